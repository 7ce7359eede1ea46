"""Emitted NumPy modules in this process."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.batch.plan import live_nodes
from tpc.diagnostics import TpcError
from tpc.ir.nodes import Select
from tpc.ir.program import Program
from tpc.ir.types import Cat, Label, Value
from tpc.semantics.encoding import encode

#: Sequences of words that are turned into one array.
_BATCH = 4_096


class NumpyProgram:
    """A loaded module.

    Args:
        program: What it was emitted from.
        module: The module.
    """

    def __init__(self, program: Program, module: ModuleType) -> None:
        self._program = program
        self._module = module

    def run(self, tokens: Sequence[str], *, raw: bool = False) -> list[str] | str:
        """The labels of a sequence, or the one label of a pooled program.

        Raises:
            TpcError: The input is not one that the program takes.
        """
        return next(self.run_many([tokens], raw=raw))

    def run_many(
        self, sequences: Sequence[Sequence[str]], *, raw: bool = False
    ) -> Iterator[list[str] | str]:
        """The answers for several sequences, in order."""
        remaining = iter(sequences)
        while batch := list(islice(remaining, _BATCH)):
            for tokens in batch:
                encode(self._program, tokens)
            answers: list[list[str] | str] = self._module.run_batch(batch, raw)
            yield from answers

    def run_array(self, ids: NDArray[Any], lengths: NDArray[Any] | None = None) -> NDArray[Any]:
        """Class ids `[sequences, positions]` (pooled: `[sequences]`) of padded token ids."""
        labels: NDArray[Any] = self._module.run_array(ids, lengths)
        return labels

    def trace(self, tokens: Sequence[str]) -> dict[str, list[Value]]:
        """Values by position of every variable of the network that the program keeps."""
        ids = encode(self._program, tokens)
        found: dict[str, NDArray[Any]] = {}
        if ids:
            column = self._module.encode([tokens])[0].T
            lengths, room = np.array([len(ids)]), self._module.make_room()
            found[self._program.result] = self._module.label(column, lengths, None, room, found)
        shown: dict[str, list[Value]] = {}
        for node in live_nodes(self._program):
            if not isinstance(node, Select):
                values = found[node.name].reshape(-1) if ids else np.zeros(0)
                shown |= dict.fromkeys(node.origin, present(self._program, node.name, values))
        labels = found[self._program.result].reshape(-1) if ids else np.zeros(0)
        return shown | {"label": present(self._program, self._program.result, labels)}


def present(program: Program, name: str, values: NDArray[Any]) -> list[Value]:
    """Values as users see them: names of categorical values, numbers as they are."""
    if not isinstance(program.type_of(name), Cat | Label):
        numbers: list[Value] = values.tolist()
        return numbers
    domain = program.domain_of(name)
    return [domain.value(index) for index in values.tolist()]


def load_module(program: Program, main: Path) -> NumpyProgram:
    """Import an emitted module from its file.

    Raises:
        TpcError: The file cannot be imported.
    """
    spec = importlib.util.spec_from_file_location(f"tpc_numpy_{program.name}", main)
    if spec is None or spec.loader is None:
        raise TpcError(f"{main} is no Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (OSError, SyntaxError) as error:
        raise TpcError(f"{main} cannot be loaded: {error}") from error
    return NumpyProgram(program, module)
