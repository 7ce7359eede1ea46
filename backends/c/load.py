"""Emitted C files in this process: compiled to a shared library, called through ctypes."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.c.literals import prefix
from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.lowering import TOKENS, lower
from tpc.lowering.arrays import held
from tpc.lowering.storage import DTYPES, smallest, variables
from tpc.runtime.compiler import load_library
from tpc.runtime.loaded import LoadedArrays
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Column


class CProgram(LoadedArrays):
    """A loaded C file, and the state that its functions work on.

    Args:
        program: What it was emitted from.
        main: The C file; its header lies beside it.
    """

    def __init__(self, program: Program, main: Path) -> None:
        super().__init__(program)
        lowered = lower(program)
        stored = variables(lowered)
        self._held = held(lowered, stored)
        self._tokens = DTYPES[stored[TOKENS].storage]
        self._classes = DTYPES[smallest(len(program.classes) - 1)]
        library = load_library([main], ["-DTPC_NO_MAIN", "-DTPC_TRACE"])
        size, pointer = ctypes.c_size_t, ctypes.c_void_p
        name = prefix(program.name)
        create = getattr(library, f"{name}_create")
        create.restype = pointer
        self._free = getattr(library, f"{name}_free")
        self._free.argtypes = [pointer]
        self._run = getattr(library, f"{name}_run")
        self._run.argtypes = [pointer, pointer, pointer, size, size, pointer]
        self._trace = getattr(library, f"{name}_trace")
        self._trace.argtypes = [pointer, ctypes.c_int, ctypes.c_int, pointer]
        self._state: int | None = create()
        if self._state is None:
            raise TpcError("there is no memory left for the compiled program")

    def __del__(self) -> None:
        if getattr(self, "_state", None) is not None:
            self._free(self._state)

    def run_array(self, ids: NDArray[Any], lengths: NDArray[Any] | None = None) -> NDArray[Any]:
        """As `LoadedArrays.run_array`.

        Raises:
            TpcError: An id or a length is out of range.
        """
        if lengths is None:
            lengths = np.full(len(ids), ids.shape[1])
        if ids.dtype != self._tokens:  # Too large ids must not wrap round into the range.
            largest = np.iinfo(self._tokens).max
            ids = np.where((ids < 0) | (ids > largest), largest, ids).astype(self._tokens)
        # A negative length becomes the largest, which is out of range too.
        lengths = np.ascontiguousarray(np.clip(lengths, -1, 2**32 - 1).astype(np.uint32))
        ids = np.ascontiguousarray(ids)
        shape = ids.shape[:1] if self.program.label_type.pooled else ids.shape
        labels = np.zeros(shape, dtype=self._classes)
        data, ends = ids.ctypes.data, lengths.ctypes.data
        if self._run(self._state, data, ends, *ids.shape, labels.ctypes.data):
            raise TpcError("an id or a length is out of range")
        return labels

    def columns(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Value]]:
        """As `Loaded.columns`: what the last block left in the state."""
        labels = self.run_array(np.array([encode(self.program, tokens)]))
        columns: dict[str, Column] = {}
        value = ctypes.c_double()
        for number, variable in enumerate(self._held):
            column = []
            for position in range(len(tokens)):
                self._trace(self._state, number, position, ctypes.byref(value))
                column.append(value.value)
            columns[variable.name] = column if variable.storage == "f64" else list(map(int, column))
        columns[self.program.result] = labels.reshape(-1).tolist()
        return self.present(columns)


load = CProgram
