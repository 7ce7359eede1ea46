"""JSON lines through a compiled program: text in, text out, without a Python object for each word.

`lines.c` reads what is plain: lists of words whose spelling it has met. What a new spelling means,
Python's own reader says; and a line with anything unusual is refused, for Python to answer it.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tpc.ir.words import BOS, EOS
from tpc.runtime.compiled import CompiledProgram
from tpc.runtime.loaded import Array
from tpc.semantics.strings import PromiseCheck

#: Spellings beyond those of the vocabulary that are remembered before all are forgotten.
MAX_SPELLINGS = 100_000
#: Lines that are labelled at once, and the most bytes of their ids and labels. Threads take turns
#: for what Python does between them: they are as many as stay in a processor's second cache.
ROWS, ROOM = 16_384, 1 << 24
_DONE, _REFUSED = 0, 1
#: Labels of at most so many bytes are copied as whole vectors.
_VECTOR = 16
_MARKS = {BOS: 1, EOS: 2}


class RefusedError(Exception):
    """A line is not one that the reader takes: Python's answers it, or says what is wrong."""


class _Names(ctypes.Structure):
    """The texts of labels, as `lines.c` has them."""

    _fields_ = (
        ("texts", ctypes.c_void_p),
        ("sizes", ctypes.c_void_p),
        ("width", ctypes.c_size_t),
        ("classes", ctypes.c_size_t),
    )


class _Language(ctypes.Structure):
    """The shapes of strings, as `lines.c` has them."""

    _fields_ = (
        ("shapes", ctypes.c_void_p),
        ("first", ctypes.c_void_p),
        ("tokens", ctypes.c_size_t),
    )


@dataclass(frozen=True)
class Rows:
    """Lines that were read, in the arrays of a `LineReader`: they hold until it reads on.

    Attributes:
        ids: Token ids `[lines, positions]`.
        lengths: Of the lines.
        marks: Of each line, 1 if it begins with `<s>`, and 2 if it ends with `</s>`.
    """

    ids: Array
    lengths: Array
    marks: Array


class LineReader:
    """Reads JSON lines of words into arrays.

    Args:
        loaded: The program.
        token_id: The id of a word; raises what tells that there is none.
    """

    def __init__(self, loaded: CompiledProgram, token_id: Callable[[str], int]) -> None:
        self._library, self._token_id = loaded.library, token_id
        self._library.tpc_spellings.restype = ctypes.c_void_p
        program = loaded.program
        rows = max(1, min(ROWS, ROOM // (program.max_length * loaded.id_type.itemsize)))
        self._ids = np.zeros((rows, program.max_length), dtype=loaded.id_type)
        self._lengths = np.zeros(rows, dtype=np.uint32)
        self._marks = np.zeros(rows, dtype=np.uint8)
        self._most = len(program.vocabulary) + MAX_SPELLINGS
        self._known, self._count = ctypes.c_void_p(), 0
        self._forget()

    def __del__(self) -> None:
        self._library.tpc_forget(self._known)

    def _forget(self) -> None:
        self._library.tpc_forget(self._known)
        self._known, self._count = ctypes.c_void_p(self._library.tpc_spellings(self._most)), 0
        if not self._known:
            raise MemoryError

    def read(self, text: bytes, start: int) -> tuple[Rows, int]:
        """Lines from `start` on, as many as there is room for, and where they end.

        Raises:
            RefusedError: A line is not plain.
            TpcError: The program does not know a word.
            ValueError: A word is not UTF-8, or not what JSON has between quotes.
        """
        at, row = ctypes.c_size_t(start), ctypes.c_size_t(0)
        word, size = ctypes.c_size_t(), ctypes.c_size_t()
        arrays = [array.ctypes.data for array in (self._ids, self._lengths, self._marks)]
        pointers = list(map(ctypes.c_void_p, arrays))
        room = list(map(ctypes.c_size_t, self._ids.shape))
        length = ctypes.c_size_t(len(text))
        ends = [ctypes.byref(found) for found in (at, row, word, size)]
        while status := self._library.tpc_read(
            self._known, text, ends[0], length, *pointers, ends[1], *room, *ends[2:]
        ):
            if status == _REFUSED:
                raise RefusedError
            self._learn(text[word.value : word.value + size.value])
        rows = slice(row.value)
        return Rows(self._ids[rows], self._lengths[rows], self._marks[rows]), at.value

    def _learn(self, spelling: bytes) -> None:
        if self._count == self._most:
            self._forget()
        word = json.loads(b'"%s"' % spelling)
        found = self._token_id(word), _MARKS.get(word, 0)
        size = ctypes.c_size_t(len(spelling))
        if not self._library.tpc_remember(self._known, spelling, size, *found):
            raise MemoryError
        self._count += 1


class LineChecker:
    """Says whether lines are ones that a program is promised on.

    Args:
        loaded: The program.
        promise: What it promises.
    """

    def __init__(self, loaded: CompiledProgram, promise: PromiseCheck) -> None:
        self._library, self._promise = loaded.library, promise
        shapes = None if promise.language is None else promise.language.shapes
        self._language: _Language | None = None
        if shapes is None:
            return
        lengths = range(loaded.program.max_length + 1)
        counts = [len(shapes.get(length, ())) for length in lengths]
        self._first = np.cumsum([0, *counts], dtype=np.uint32)
        self._masks = [
            np.ascontiguousarray(mask) for length in lengths for mask in shapes.get(length, ())
        ]
        self._shapes = np.array([mask.ctypes.data for mask in self._masks], dtype=np.uintp)
        pointers = self._shapes.ctypes.data, self._first.ctypes.data
        self._language = _Language(*pointers, len(loaded.program.vocabulary))

    def covers(self, rows: Rows) -> bool:
        """Whether all are; see `PromiseCheck.covers`."""
        if self._language is None:
            return self._promise.covers(rows.ids, rows.lengths)
        arrays = [array.ctypes.data for array in (rows.ids, rows.lengths)]
        pointers = [ctypes.byref(self._language), *map(ctypes.c_void_p, arrays)]
        return bool(self._library.tpc_covered(*pointers, *map(ctypes.c_size_t, rows.ids.shape)))


class LineWriter:
    """Writes labels as JSON lines.

    Args:
        loaded: The program.
        raw: Labels at framing tokens, too, and no echo of these.
    """

    def __init__(self, loaded: CompiledProgram, *, raw: bool) -> None:
        classes, self._raw = loaded.program.classes, raw
        self._write = loaded.library.tpc_write
        self._write.restype = ctypes.c_size_t
        self._pooled = loaded.program.label_type.pooled
        texts = _label_texts((*classes, BOS, EOS), "\n" if self._pooled else ", ")
        longest = max(map(len, texts))
        width = max(_VECTOR, longest)
        self._texts = b"".join(text.ljust(width, b" ") for text in texts)
        self._sizes = np.array(list(map(len, texts)), dtype=np.uint32)
        address = ctypes.cast(ctypes.c_char_p(self._texts), ctypes.c_void_p)
        self._names = _Names(address, self._sizes.ctypes.data, width, len(classes))
        self._width = width
        self._text = np.zeros(0, dtype=np.uint8)

    def write(self, rows: Rows, labels: Array) -> bytes:
        """The lines of labels.

        Args:
            rows: What the labels are for.
            labels: As `LoadedArrays.run_array` has them.
        """
        count, stride = rows.ids.shape
        tokens = count if self._pooled else int(rows.lengths.sum())
        if len(self._text) < (room := tokens * self._width + count + _VECTOR):
            self._text = np.zeros(room, dtype=np.uint8)
        marks = np.zeros_like(rows.marks) if self._raw else rows.marks
        arrays = [array.ctypes.data for array in (labels, rows.lengths, marks)]
        written = self._write(
            ctypes.byref(self._names),
            *map(ctypes.c_void_p, arrays),
            ctypes.c_size_t(count),
            ctypes.c_size_t(0 if self._pooled else stride),
            ctypes.c_void_p(self._text.ctypes.data),
        )
        return self._text[:written].tobytes()


def _label_texts(labels: Sequence[str], end: str) -> list[bytes]:
    """Labels as JSON, each with what follows it."""
    texts = (json.dumps(name, ensure_ascii=False) + end for name in labels)
    return [text.encode("utf-8", "surrogatepass") for text in texts]
