"""Emitted NumPy modules in this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.runtime.loaded import LoadedArrays
from tpc.runtime.modules import load_module


class NumpyProgram(LoadedArrays):
    """A loaded module.

    Args:
        program: What it was emitted from.
        main: The module's file.
    """

    def __init__(self, program: Program, main: Path) -> None:
        super().__init__(program)
        self._module: Any = load_module(program, main, "NumPy", ("run_batch", "run_array", "label"))

    def answers(self, sequences: Sequence[Sequence[str]], raw: bool) -> Sequence[list[str] | str]:
        """As `Loaded.answers`."""
        found: list[list[str] | str] = self._module.run_batch(sequences, raw)
        return found

    def run_array(self, ids: NDArray[Any], lengths: NDArray[Any] | None = None) -> NDArray[Any]:
        """Class ids `[sequences, positions]` (pooled: `[sequences]`) of padded token ids."""
        labels: NDArray[Any] = self._module.run_array(ids, lengths)
        return labels

    def columns(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Value]]:
        """As `Loaded.columns`: what the function `label` writes to its trace, and what it gives."""
        module = self._module
        ids, lengths = module.encode([tokens])
        found: dict[str, NDArray[Any]] = {}
        labels = module.label(ids.T, lengths, None, module.make_room(), found)
        found[self.program.result] = labels
        return self.present({name: values.reshape(-1).tolist() for name, values in found.items()})


load = NumpyProgram
