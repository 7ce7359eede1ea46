"""Emitted C files in this process: compiled to a shared library, called through ctypes."""

from __future__ import annotations

import ctypes
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.batch.plan import plan
from backends.batch.storage import Storage, smallest
from backends.batch.tables import DTYPES
from backends.c.build import build
from backends.c.emit import traced
from backends.c.literals import prefix
from tpc.diagnostics import TpcError
from tpc.ir.nodes import TOKENS, Select
from tpc.ir.program import Program
from tpc.ir.types import Cat, Label, Num, Value
from tpc.semantics.encoding import encode, present

#: Sequences of words that are turned into one array.
_BATCH = 4_096


class CProgram:
    """A loaded C file.

    Args:
        program: What it was emitted from.
        main: The C file; its header lies beside it.
    """

    def __init__(self, program: Program, main: Path) -> None:
        self._program = program
        self._plan = plan(program)
        self._tokens = DTYPES[self._plan.variables[TOKENS].storage]
        self._classes = DTYPES[_class_storage(program)]
        self._library = _Library(program, main)

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
        classes, pooled = self._program.classes, self._program.label_type.pooled
        remaining = iter(sequences)
        while batch := list(islice(remaining, _BATCH)):
            encoded = [encode(self._program, tokens) for tokens in batch]
            lengths = np.array([len(ids) for ids in encoded], dtype=np.uint32)
            ids = np.zeros((len(batch), int(lengths.max(initial=0))), dtype=self._tokens)
            ids[np.arange(ids.shape[1]) < lengths[:, None]] = [i for row in encoded for i in row]
            for tokens, row in zip(batch, self.run_array(ids, lengths).tolist(), strict=True):
                labels = [classes[k] for k in ([row] if pooled else row[: len(tokens)])]
                yield present(self._program, tokens, labels, raw=raw)

    def run_array(self, ids: NDArray[Any], lengths: NDArray[Any] | None = None) -> NDArray[Any]:
        """Class ids `[sequences, positions]` (pooled: `[sequences]`) of padded token ids.

        Raises:
            TpcError: An id or a length is out of range.
        """
        return self._library.run(self._prepared(ids), _lengths(ids, lengths), self._classes)

    def trace(self, tokens: Sequence[str]) -> dict[str, list[Value]]:
        """Values by position of every variable of the network that the program keeps."""
        ids = np.array([encode(self._program, tokens)], dtype=self._tokens)
        labels = self._library.run(ids, _lengths(ids, None), self._classes)
        columns = {self._program.result: [float(label) for label in labels.reshape(-1)]}
        for number, name in enumerate(traced(self._plan)):
            columns[name] = self._library.values(number, len(tokens))
        shown: dict[str, list[Value]] = {}
        for node in self._plan.nodes:
            if not isinstance(node, Select):
                values = present_column(self._program, node.name, columns[node.name])
                shown |= dict.fromkeys(node.origin, values)
        result = self._program.result
        return shown | {"label": present_column(self._program, result, columns[result])}

    def _prepared(self, ids: NDArray[Any]) -> NDArray[Any]:
        """Ids in the C file's own type; too large ones must not wrap round into the range."""
        if ids.dtype != self._tokens:
            largest = np.iinfo(self._tokens).max
            ids = np.where((ids < 0) | (ids > largest), largest, ids).astype(self._tokens)
        return np.ascontiguousarray(ids)


class _Library:
    """A shared library and the state that its functions work on."""

    def __init__(self, program: Program, main: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="tpc-c-") as folder:
            path = Path(folder) / "program.so"
            build([main], path, ["-shared", "-fPIC", "-DTPC_NO_MAIN", "-DTPC_TRACE"])
            try:
                # Mapped into memory, it outlives its file.
                library = ctypes.CDLL(str(path))
            except OSError as error:
                raise TpcError(f"the compiled program cannot be loaded: {error}") from error
        name = prefix(program.name)
        self._pooled = program.label_type.pooled
        create = getattr(library, f"{name}_create")
        create.restype = ctypes.c_void_p
        self._free = getattr(library, f"{name}_free")
        self._free.argtypes = [ctypes.c_void_p]
        self._run = getattr(library, f"{name}_run")
        size, pointer = ctypes.c_size_t, ctypes.c_void_p
        self._run.argtypes = [pointer, pointer, pointer, size, size, pointer]
        self._trace = getattr(library, f"{name}_trace")
        self._state: int | None = create()
        if self._state is None:
            raise TpcError("there is no memory left for the compiled program")

    def __del__(self) -> None:
        if getattr(self, "_state", None) is not None:
            self._free(self._state)

    def run(self, ids: NDArray[Any], lengths: NDArray[Any], classes: type[Any]) -> NDArray[Any]:
        """The labels of contiguous ids `[sequences, positions]`."""
        labels = np.zeros(len(ids) if self._pooled else ids.shape, dtype=classes)
        count, stride = ids.shape
        failed = self._run(
            self._state, ids.ctypes.data, lengths.ctypes.data, count, stride, labels.ctypes.data
        )
        if failed:
            raise TpcError("an id or a length is out of range")
        return labels

    def values(self, variable: int, length: int) -> list[float]:
        """A variable of the first sequence of the last run."""
        value = ctypes.c_double()
        found = []
        for position in range(length):
            self._trace(ctypes.c_void_p(self._state), variable, position, ctypes.byref(value))
            found.append(value.value)
        return found


def _lengths(ids: NDArray[Any], lengths: NDArray[Any] | None) -> NDArray[Any]:
    if lengths is None:
        return np.full(len(ids), ids.shape[1], dtype=np.uint32)
    return np.ascontiguousarray(np.clip(lengths, -1, 2**32 - 1).astype(np.uint32))


def _class_storage(program: Program) -> Storage:
    return smallest(len(program.classes) - 1)


def present_column(program: Program, name: str, column: list[float]) -> list[Value]:
    """Values as users see them: names of categorical values, numbers as they are."""
    kind = program.type_of(name)
    if isinstance(kind, Cat | Label):
        domain = program.domain_of(name)
        return [domain.value(int(index)) for index in column]
    if isinstance(kind, Num):
        return [int(value) for value in column]
    return list(column)


__all__ = ["CProgram", "present_column"]
