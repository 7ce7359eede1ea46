"""Emitted C files in this process: compiled by the system's compiler, called through ctypes."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from copy import copy
from itertools import count
from pathlib import Path

import numpy as np

from tpc.diagnostics import TpcError
from tpc.files import read_text
from tpc.ir.program import Program
from tpc.ir.types import Real, Value
from tpc.runtime.loaded import Array, LoadedArrays
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Column

#: In the header: the types of ids and of labels, and what public names start with.
_TYPES = re.compile(r"typedef (\w+)_t (\w+)_token;.*\ntypedef (\w+)_t \2_class;")


#: The reader and writer of JSON lines: see `tpc.runtime.lines`.
LINES = Path(__file__).with_name("lines.c")
#: What emitted files are compiled with for speed.
FAST = ("-std=c99", "-O3", "-march=native")


class CompiledProgram(LoadedArrays):
    """A loaded C file, and the state that its functions work on.

    Args:
        program: What it was emitted from.
        main: The C file; its header lies beside it, and says what is called how.

    Attributes:
        library: The loaded code.

    Raises:
        TpcError: There is no compiler, or it refuses the file; or the header is no such header.
    """

    def __init__(self, program: Program, main: Path) -> None:
        super().__init__(program)
        header = main.with_suffix(".h")
        found = _TYPES.search(read_text(header))
        if found is None:
            raise TpcError(f"{header} is not a header that the C backend wrote")
        self.id_type, name, self._classes = np.dtype(found[1]), found[2], np.dtype(found[3])
        types = [f"-DTOKEN={found[1]}_t", f"-DCLASS={found[3]}_t"]
        library = load_library([main, LINES], ["-DTPC_NO_MAIN", "-DTPC_TRACE", *types])
        self.library = library
        size, pointer = ctypes.c_size_t, ctypes.c_void_p
        self._create = getattr(library, f"{name}_create")
        self._create.restype = pointer
        self._free = getattr(library, f"{name}_free")
        self._free.argtypes = [pointer]
        self._run = getattr(library, f"{name}_run")
        self._run.argtypes = [pointer, pointer, pointer, size, size, pointer]
        # Called often, and twice as fast without declared types.
        self._value = getattr(library, f"{name}_trace")
        self._state = self._new_state()
        state, unused = pointer(self._state), ctypes.byref(ctypes.c_double())
        held = next(k for k in count() if self._value(state, k, 0, unused))
        names = (ctypes.c_char_p * held).in_dll(library, f"{name}_traced")
        self._held = [variable.decode() for variable in names if variable is not None]
        self._real = {name for name in self._held if isinstance(program.type_of(name), Real)}

    def __del__(self) -> None:
        if getattr(self, "_state", None) is not None:
            self._free(self._state)

    def _new_state(self) -> int:
        state: int | None = self._create()
        if state is None:
            raise TpcError("there is no memory left for the compiled program")
        return state

    def beside(self) -> CompiledProgram:
        """The same program for another thread: a state serves one at a time."""
        other = copy(self)
        other._state = self._new_state()
        return other

    def run_array(self, ids: Array, lengths: Array | None = None) -> Array:
        """As `LoadedArrays.run_array`.

        Raises:
            TpcError: An id or a length is out of range.
        """
        if lengths is None:
            lengths = np.full(len(ids), ids.shape[1], dtype=np.uint32)
        elif lengths.dtype != np.uint32:  # A negative one becomes the largest: out of range too.
            lengths = np.clip(lengths, -1, 2**32 - 1).astype(np.uint32)
        if ids.dtype != self.id_type:  # Too large ids must not wrap round into the range.
            largest = np.iinfo(self.id_type).max
            ids = np.where((ids < 0) | (ids > largest), largest, ids).astype(self.id_type)
        ids, lengths = np.ascontiguousarray(ids), np.ascontiguousarray(lengths)
        shape = ids.shape[:1] if self.program.label_type.pooled else ids.shape
        labels = np.zeros(shape, dtype=self._classes)
        data, ends = ids.ctypes.data, lengths.ctypes.data
        if self._run(self._state, data, ends, *ids.shape, labels.ctypes.data):
            raise TpcError("an id or a length is out of range")
        return labels

    def columns(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Value]]:
        """As `Loaded.columns`: what the last block left in the state."""
        labels = self.run_array(np.array([encode(self.program, tokens)], dtype=self.id_type))
        columns: dict[str, Column] = {}
        value, state = ctypes.c_double(), ctypes.c_void_p(self._state)
        address = ctypes.byref(value)
        for number, name in enumerate(self._held):
            column = []
            for position in range(len(tokens)):
                self._value(state, number, position, address)
                column.append(value.value)
            columns[name] = column if name in self._real else list(map(int, column))
        columns[self.program.result] = labels.reshape(-1).tolist()
        return self.present(columns)


def compiler() -> str:
    """The compiler's command: `$CC`, else `cc`.

    Raises:
        TpcError: There is none.
    """
    command = os.environ.get("CC", "cc")
    if shutil.which(command.split()[0] if command.split() else "cc") is None:
        raise TpcError(
            f"there is no C compiler '{command}' on this machine",
            hint="install one (on Debian: apt install gcc), set CC, or use another target",
        )
    return command


def build(sources: Sequence[Path], output: Path, flags: Sequence[str] = ()) -> None:
    """Compile and link.

    Args:
        sources: C files.
        output: The program or shared library.
        flags: Further arguments.

    Raises:
        TpcError: There is no compiler, or it refuses the files.
    """
    if len(sources) == 1:
        _finish([_start(sources, output, flags)])
        return
    # Each by a compiler of its own, at the same time.
    objects = [output.with_suffix(f".{number}.o") for number in range(len(sources))]
    compiling = [flag for flag in flags if flag != "-shared"]
    _finish(
        [
            _start([source], made, ["-c", *compiling])
            for source, made in zip(sources, objects, strict=True)
        ]
    )
    _finish([_start(objects, output, flags)])


def _start(sources: Sequence[Path], output: Path, flags: Sequence[str]) -> subprocess.Popen[str]:
    command = [*compiler().split(), *FAST, *flags, "-o", str(output), *map(str, sources)]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
    )


def _finish(compilers: Sequence[subprocess.Popen[str]]) -> None:
    """Wait for all, and raise for the first that failed."""
    said = [started.communicate()[1] for started in compilers]
    for started, complaint in zip(compilers, said, strict=True):
        if started.returncode != 0:
            assert isinstance(started.args, list), "as they were started"
            command = list(map(str, started.args))
            first = next((line for line in complaint.splitlines() if "error" in line), complaint)
            raise TpcError(
                f"the C compiler refuses {Path(command[-1]).name}: {first.strip()[:300]}",
                hint=f"the command was: {' '.join(command)}",
            )


def load_library(sources: Sequence[Path], flags: Sequence[str] = ()) -> ctypes.CDLL:
    """Compile to a shared library, and load it.

    Raises:
        TpcError: As for `build`, or the library cannot be loaded.
    """
    with tempfile.TemporaryDirectory(prefix="tpc-c-") as folder:
        path = Path(folder) / "library.so"
        build(sources, path, ["-shared", "-fPIC", *flags])
        try:
            # Mapped into memory, it outlives its file.
            return ctypes.CDLL(str(path))
        except OSError as error:
            raise TpcError(f"the compiled program cannot be loaded: {error}") from error
