"""Emitted C files in this process: compiled to a shared library, called through ctypes."""

from __future__ import annotations

import ctypes
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.c.literals import prefix
from tpc.diagnostics import TpcError
from tpc.ir.nodes import TOKENS
from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.lowering import lower
from tpc.lowering.storage import DTYPES, smallest, variables
from tpc.runtime.compiler import build
from tpc.runtime.loaded import Loaded
from tpc.semantics.encoding import encode, present
from tpc.semantics.interpreter import Column


class CProgram(Loaded):
    """A loaded C file.

    Args:
        program: What it was emitted from.
        main: The C file; its header lies beside it.
    """

    AT_ONCE = 4_096

    def __init__(self, program: Program, main: Path) -> None:
        super().__init__(program)
        lowered = lower(program)
        stored = variables(lowered)
        self._tokens = DTYPES[stored[TOKENS].storage]
        self._traced = [
            v for v in stored.values() if lowered.columns[v.name].source != "classifier"
        ]
        self._library = _Library(program, main)

    def answers(self, sequences: Sequence[Sequence[str]], raw: bool) -> Sequence[list[str] | str]:
        """As `Loaded.answers`."""
        classes, pooled = self.program.classes, self.program.label_type.pooled
        encoded = [encode(self.program, tokens) for tokens in sequences]
        lengths = np.array([len(ids) for ids in encoded], dtype=np.uint32)
        ids = np.zeros((len(encoded), int(lengths.max(initial=0))), dtype=self._tokens)
        ids[np.arange(ids.shape[1]) < lengths[:, None]] = [i for row in encoded for i in row]
        found = []
        for tokens, row in zip(sequences, self.run_array(ids, lengths).tolist(), strict=True):
            labels = [classes[k] for k in ([row] if pooled else row[: len(tokens)])]
            found.append(present(self.program, tokens, labels, raw=raw))
        return found

    def run_array(self, ids: NDArray[Any], lengths: NDArray[Any] | None = None) -> NDArray[Any]:
        """Class ids `[sequences, positions]` (pooled: `[sequences]`) of padded token ids.

        Raises:
            TpcError: An id or a length is out of range.
        """
        if lengths is None:
            lengths = np.full(len(ids), ids.shape[1])
        if ids.dtype != self._tokens:  # Too large ids must not wrap round into the range.
            largest = np.iinfo(self._tokens).max
            ids = np.where((ids < 0) | (ids > largest), largest, ids).astype(self._tokens)
        # A negative length becomes the largest, which is out of range too.
        lengths = np.clip(lengths, -1, 2**32 - 1).astype(np.uint32)
        return self._library.run(np.ascontiguousarray(ids), np.ascontiguousarray(lengths))

    def columns(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Value]]:
        """As `Loaded.columns`: what the last block left in the library's state."""
        labels = self.run_array(np.array([encode(self.program, tokens)]))
        columns: dict[str, Column] = {}
        for number, variable in enumerate(self._traced):
            values = self._library.values(number, len(tokens))
            columns[variable.name] = values if variable.storage == "f64" else list(map(int, values))
        columns[self.program.result] = labels.reshape(-1).tolist()
        return self.present(columns)


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
        self._classes = DTYPES[smallest(len(program.classes) - 1)]
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

    def run(self, ids: NDArray[Any], lengths: NDArray[Any]) -> NDArray[Any]:
        """The labels of contiguous ids `[sequences, positions]`."""
        labels = np.zeros(len(ids) if self._pooled else ids.shape, dtype=self._classes)
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
