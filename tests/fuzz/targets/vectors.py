"""Files of word vectors, plain and packed: refused, or every reader says the same of them.

A case is how the text is packed, on a line, then the text; packed bytes may be changed too.
"""

from __future__ import annotations

import gzip
import random
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tests.fuzz import mutate
from tests.fuzz.target import Fault
from tpc.data.vectors import initial_vectors, read_vectors, read_words

TEXTS = (
    "the 1 2.5 -3e-1\n. . . 4 5 6\ncafé 7 8 9\nthe 0 0 0\n",
    "3 2\nthe 0.5 1.5\nThe 1.5 .5\nof 1. -2.25\n",
    "\ufeffa 1\r\nb 2\r\n",
    "at name@domain.com 0.1 0.2\n2 0.3 0.4\n1990 0.5 -0.6\n",
)
PACKINGS = ("plain", "gzip", "zip", "stored", "two", "bzip2", "lzma")
WORDS = [
    "the",
    "The",
    "THE",
    "of",
    "a",
    "b",
    ". . .",
    "café",
    "2",
    "1990",
    "<pad>",
    "at name@domain.com",
]


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        return [f"{kind} -\n{text}".encode() for kind in PACKINGS for text in TEXTS]

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        head, _, content = case.partition(b"\n")
        kind, _, change = head.decode().partition(" ")
        if stream.random() < 0.05:
            kind = stream.choice(PACKINGS)
        if kind != "plain" and stream.random() < 0.6:
            change = f"{stream.getrandbits(32)}"
        elif stream.random() < 0.4:
            content = mutate.raw(stream, content)
        else:
            text = mutate.text(stream, content.decode("utf-8", "replace"), TEXTS)
            content = text.encode("utf-8", "replace")[: 2 << 20]
        return f"{kind} {change}\n".encode() + content

    def simpler(self, case: bytes) -> Iterator[bytes]:
        head, _, content = case.partition(b"\n")
        return (head + b"\n" + less for less in mutate.shorter(content))

    def check(self, case: bytes) -> str:
        head, _, content = case.partition(b"\n")
        kind, _, change = head.decode().partition(" ")
        path = self._folder / "vectors"
        _pack(path, kind, content)
        if change.isdecimal():
            path.write_bytes(mutate.raw(random.Random(int(change)), path.read_bytes()))
        return _check(path / "a.txt" if kind == "two" else path)


def _pack(path: Path, kind: str, content: bytes) -> None:
    methods = {
        "zip": zipfile.ZIP_DEFLATED, "two": zipfile.ZIP_DEFLATED, "stored": zipfile.ZIP_STORED,
        "bzip2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA,
    }  # fmt: skip
    if kind not in methods:
        path.write_bytes(gzip.compress(content, mtime=0) if kind == "gzip" else content)
        return
    with zipfile.ZipFile(path, "w", methods[kind]) as archive:
        for name in ("a.txt", "b.txt")[: 2 if kind == "two" else 1]:
            archive.writestr(zipfile.ZipInfo(name), content, methods[kind])


def _check(path: Path) -> str:
    found = read_vectors(path, WORDS)
    widths = {len(vector) for vector in found.values()}
    if len(widths) > 1:
        raise Fault("vectors of one file have several widths", f"{widths}")
    if not all(np.isfinite(vector).all() for vector in found.values()):
        raise Fault("a vector is not finite")
    words = read_words(path, 1_000_000)
    if not set(found) <= set(words):
        raise Fault("a word with a vector is not among the file's words", f"{set(found)}, {words}")
    missing = {word for word in WORDS if word in words} - found.keys()
    if missing:
        raise Fault("a word of the file has no vector", f"{missing}")
    start = initial_vectors(path, WORDS, 3, 0)
    if start.matrix.shape != (len(WORDS), 3) or not np.isfinite(start.matrix).all():
        raise Fault("vectors to start from are not finite or of another shape")
    return f"{len(found)} {sorted(widths)} {len(words)}"
