"""Emitted C files in this process: compiled to a shared library, called through ctypes."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

import numpy as np

from tpc.diagnostics import TpcError
from tpc.files import read_text
from tpc.ir.program import Program
from tpc.ir.types import Real, Value
from tpc.runtime.compiler import load_library
from tpc.runtime.loaded import Array, LoadedArrays
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Column

#: In the header: the types of ids and of labels, and what public names start with.
_TYPES = re.compile(r"typedef (\w+)_t (\w+)_token;.*\ntypedef (\w+)_t \2_class;")


class CompiledProgram(LoadedArrays):
    """A loaded C file, and the state that its functions work on.

    Args:
        program: What it was emitted from.
        main: The C file; its header lies beside it, and says what is called how.

    Raises:
        TpcError: There is no compiler, or it refuses the file; or the header is no such header.
    """

    def __init__(self, program: Program, main: Path) -> None:
        super().__init__(program)
        library = load_library([main], ["-DTPC_NO_MAIN", "-DTPC_TRACE"])
        header = main.with_suffix(".h")
        found = _TYPES.search(read_text(header))
        if found is None:
            raise TpcError(f"{header} is no header that the C backend wrote")
        self._tokens, name, self._classes = np.dtype(found[1]), found[2], np.dtype(found[3])
        size, number, pointer = ctypes.c_size_t, ctypes.c_int, ctypes.c_void_p
        create = getattr(library, f"{name}_create")
        create.restype = pointer
        self._free = getattr(library, f"{name}_free")
        self._free.argtypes = [pointer]
        self._run = getattr(library, f"{name}_run")
        self._run.argtypes = [pointer, pointer, pointer, size, size, pointer]
        self._value = getattr(library, f"{name}_trace")
        self._value.argtypes = [pointer, number, number, pointer]
        self._state: int | None = create()
        if self._state is None:
            raise TpcError("there is no memory left for the compiled program")
        unused = ctypes.byref(ctypes.c_double())
        held = next(k for k in count() if self._value(self._state, k, 0, unused))
        names = (ctypes.c_char_p * held).in_dll(library, f"{name}_traced")
        self._held = [variable.decode() for variable in names if variable is not None]

    def __del__(self) -> None:
        if getattr(self, "_state", None) is not None:
            self._free(self._state)

    def run_array(self, ids: Array, lengths: Array | None = None) -> Array:
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
        for number, name in enumerate(self._held):
            column = []
            for position in range(len(tokens)):
                self._value(self._state, number, position, ctypes.byref(value))
                column.append(value.value)
            real = isinstance(self.program.type_of(name), Real)
            columns[name] = column if real else list(map(int, column))
        columns[self.program.result] = labels.reshape(-1).tolist()
        return self.present(columns)
