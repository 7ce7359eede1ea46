"""Word vectors in GloVe's text format: `word v1 v2 ...`, plain, gzipped or zipped.

Files are streamed, and only the vectors of given words are kept, so that a file of 5 GB takes no
more memory than the vocabulary needs.
"""

from __future__ import annotations

import codecs
import gzip
import math
import zipfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tpc.data.records.record import Place
from tpc.diagnostics import TpcError

Matrix: TypeAlias = NDArray[np.float64]

#: Longer lines are no word vectors, and would not fit into bounded memory.
MAX_LINE_BYTES = 1 << 20
GZIP_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"PK\x03\x04"


@dataclass(frozen=True)
class WordVectors:
    """A vector for each word of a vocabulary.

    Attributes:
        matrix: `[words, width]`.
        found: How many of the words the file had.
    """

    matrix: Matrix
    found: int


def initial_vectors(path: Path, vocabulary: Sequence[str], width: int, seed: int) -> WordVectors:
    """Vectors to start an embedding from, as upstream makes them.

    Words that the file lacks get standard normal numbers, drawn in id order from NumPy's legacy
    stream with `seed`. If the file's vectors are not of the given width, all rows are projected.

    Args:
        path: A text file, gzipped or zipped or neither; `FILE.zip/MEMBER` names one of several.
        vocabulary: Words in id order.
        width: How long the vectors have to be.
        seed: Of the missing words' vectors.

    Raises:
        TpcError: The file cannot be read, or a line of it is broken.
    """
    known = _known_vectors(path, vocabulary)
    if not known:
        raise TpcError(
            f"{path} has a vector for none of the {len(vocabulary):,} words",
            hint="is it in the text format 'word v1 v2 ...', of the same language and case?",
        )
    own_width = len(next(iter(known.values())))
    stream = np.random.RandomState(seed)
    rows = [
        known[word] if word in known else stream.standard_normal(own_width) for word in vocabulary
    ]
    matrix = np.stack(rows)
    if own_width != width:
        matrix = project(matrix, width)
    return WordVectors(matrix, len(known))


def _known_vectors(path: Path, vocabulary: Sequence[str]) -> dict[str, Matrix]:
    """The vectors of the words that the file has; in lower case for those that it lacks."""
    found = read_vectors(path, {*vocabulary, *(word.lower() for word in vocabulary)})
    known = ((word, found.get(word, found.get(word.lower()))) for word in vocabulary)
    return {word: vector for word, vector in known if vector is not None}


def project(matrix: Matrix, width: int, seed: int = 0) -> Matrix:
    """Rows of another width, by a Gaussian random projection.

    Distances are kept approximately (Johnson and Lindenstrauss). The projection has independent
    normal entries of variance `1 / width` from NumPy's legacy stream; with seed 0 these are the
    numbers of scikit-learn's `GaussianRandomProjection(random_state=0)`, which upstream uses.
    """
    scale = 1.0 / math.sqrt(width)
    projection = np.random.RandomState(seed).normal(0.0, scale, (width, matrix.shape[1]))
    projected: Matrix = matrix @ projection.T
    return projected


def read_vectors(path: Path, words: Collection[str]) -> dict[str, Matrix]:
    """The vectors of the words that a file has, `[width]` each; the first of repeated ones.

    Every line must have the width of the first; numbers are read on the lines of the words only. A
    first line of two integers, as word2vec writes it, is a header and says the width.

    Raises:
        TpcError: The file cannot be read, or a line is broken: the message names it.
    """
    by_bytes = {word.encode("utf-8"): word for word in words}
    found: dict[str, Matrix] = {}
    for place, raw_word, line in _words(path):
        word = by_bytes.get(raw_word)
        if word is not None and word not in found:
            found[word] = _numbers(line[len(raw_word) + 1 :], place)
    return found


def read_words(path: Path, limit: int) -> list[str]:
    """The first words of a file of vectors, most often the most common ones; at most `limit`.

    Words that are no UTF-8 are left out.

    Raises:
        TpcError: As `read_vectors`.
    """
    words: list[str] = []
    for _, raw_word, _ in _words(path):
        with suppress(UnicodeDecodeError):
            words.append(raw_word.decode("utf-8"))
        if len(words) == limit:
            break
    return words


def _words(path: Path) -> Iterator[tuple[Place, bytes, bytes]]:
    """The word of each line but for a header, with the line and where it stands."""
    width = 0
    for place, line in _lines(path):
        if not width:
            width, header = _width(line, place)
            if header:
                continue
        yield place, _word(line, width, place), line


def _width(line: bytes, place: Place) -> tuple[int, bool]:
    """How many numbers a line has, from the first one; and whether that is a header."""
    fields = line.split()
    if place.number == 1 and len(fields) == 2 and all(field.isdigit() for field in fields):
        return int(fields[1][:9]), True
    return line.count(b" "), False


LARGEST = 1e30
"""Sums of products of larger numbers could be infinite in binary32."""


def _word(line: bytes, width: int, place: Place) -> bytes:
    """The word of a line. It may have spaces itself, as a few of GloVe's do, and end in a number.

    A last part that is written as the numbers of the line are, with a decimal point or without,
    is one of too many numbers, not the end of a word.
    """
    extra = line.count(b" ") - width
    hint = "a line is a word and its numbers, separated by single spaces"
    if width < 1 or extra < 0:
        raise place.error(
            f"{line.count(b' ')} numbers after the word, where the first line has {width}",
            hint=hint,
        )
    word, *numbers = line.rsplit(b" ", width)
    if extra:
        last = word.rsplit(b" ", 1)[1]
        if _is_number(last) and (b"." in last) == any(b"." in number for number in numbers):
            raise place.error(f"more than the {width} numbers of the first line", hint=hint)
    return word


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _numbers(text: bytes, place: Place) -> Matrix:
    try:
        numbers = np.array([float(field) for field in text.split(b" ")])
    except ValueError as error:
        raise place.error(f"a number is broken: {error}") from None
    if not (np.abs(numbers) <= LARGEST).all():
        raise place.error(f"a number is not finite, or larger than {LARGEST:g}")
    return numbers


def _lines(path: Path) -> Iterator[tuple[Place, bytes]]:
    """Lines without their ends; the archive's errors are reported at the line they occur at."""
    number = 0
    try:
        with ExitStack() as stack:
            stream = _open(path, stack)
            while line := stream.readline(MAX_LINE_BYTES):
                number += 1
                if len(line) == MAX_LINE_BYTES:
                    raise Place(str(path), number).error(
                        "this line is too long for a word vector", hint="is it a text file?"
                    )
                if number == 1:
                    line = line.removeprefix(codecs.BOM_UTF8)
                yield Place(str(path), number), line.rstrip(b" \r\n")
    except TpcError:
        raise
    except MemoryError as error:  # A damaged header can ask for any amount.
        raise TpcError(f"{path} takes more memory to unpack than there is") from error
    except (NotImplementedError, RuntimeError) as error:  # Packed in a way unknown, or encrypted.
        raise TpcError(f"cannot read {path}: {error}", hint="pack it with gzip or zip") from error
    except gzip.BadGzipFile as error:
        raise Place(str(path), number + 1).error(f"the archive is damaged: {error}") from error
    except OSError as error:
        raise TpcError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # Damaged archives make each unpacker raise something of its own.
        raise Place(str(path), number + 1).error(f"the archive is damaged: {error}") from error


def _open(path: Path, stack: ExitStack) -> IO[bytes]:
    if not path.exists() and path.parent.is_file():
        return _open_member(path.parent, path.name, stack)
    raw: Any = stack.enter_context(path.open("rb"))
    magic = raw.read(len(ZIP_MAGIC))
    raw.seek(0)
    if magic.startswith(GZIP_MAGIC):
        unzipped: Any = stack.enter_context(gzip.GzipFile(fileobj=raw))
        return unzipped  # type: ignore[no-any-return]
    if magic == ZIP_MAGIC:
        return _open_member(path, None, stack)
    return raw  # type: ignore[no-any-return]


def _open_member(path: Path, name: str | None, stack: ExitStack) -> IO[bytes]:
    archive = stack.enter_context(zipfile.ZipFile(path))
    members = [member for member in archive.namelist() if not member.endswith("/")]
    if name is None and len(members) == 1:
        name = members[0]
    if name not in members:
        raise TpcError(
            f"{path} has several files" if name is None else f"{path} has no file {name}",
            hint=f"write {path}/NAME with one of {', '.join(members)}",
        )
    return stack.enter_context(archive.open(name))
