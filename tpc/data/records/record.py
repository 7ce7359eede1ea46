"""One record of a file or dataset, and the lines that records of text files are read from.

Every format of text is read through the lines here, so that all treat the odd characters alike: a
byte order mark before the first line is dropped; LF, CRLF and a lone CR end a line, and no other
character does (U+2028 is a character of its line); NUL is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tpc.diagnostics import Location, TpcError, quoted

BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Place:
    """Where a record stands.

    Attributes:
        source: The file, or the name of the dataset.
        number: Counted from 1.
        unit: What is counted: the lines of a text file, the rows of a table.
    """

    source: str
    number: int
    unit: str = "line"

    def __str__(self) -> str:
        return f"{self.source}, {self.unit} {self.number}"

    def error(
        self, message: str, *, column: str | None = None, hint: str | None = None
    ) -> TpcError:
        """A complaint about this record, or about one of its columns."""
        where = str(self) if column is None else f"{self}, column {quoted(column)}"
        return TpcError(f"{where}: {message}", hint=hint)


@dataclass(frozen=True)
class Record:
    """The values of one record by column, as its file has them: strings, lists, numbers.

    Nothing is known yet about which column is what.

    Attributes:
        values: By column. Columns without names are called `1`, `2`, and so on.
        place: Where it stands.
        named: Whether the file itself names its columns.
    """

    values: Mapping[str, object]
    place: Place
    named: bool = True


def numbered_lines(path: Path) -> Iterator[tuple[Place, str]]:
    """Each line without its end, and where it stands.

    Raises:
        TpcError: The file cannot be read, or a line is not UTF-8.
    """
    try:
        with path.open("rb") as stream:
            yield from decoded_lines(stream, str(path))
    except OSError as error:
        raise TpcError(f"cannot read {path}: {error.strerror}") from error


def decoded_lines(
    stream: Iterable[bytes], name: str, before: int = 0
) -> Iterator[tuple[Place, str]]:
    """As `numbered_lines`, from a stream that is open.

    Args:
        stream: Lines that end with a line feed.
        name: Of the stream, for messages.
        before: How many lines came before these.

    Raises:
        TpcError: A line is not UTF-8, or has a NUL.
    """
    number = before
    for raw in stream:
        text = _decoded(raw, Place(name, number + 1)).removesuffix("\n").removesuffix("\r")
        if number == 0:
            text = text.removeprefix(BYTE_ORDER_MARK)
        for line in text.split("\r"):
            number += 1
            yield Place(name, number), line


def filled_lines(path: Path) -> Iterator[tuple[Place, str]]:
    """As `numbered_lines`; blank lines are allowed at the end of the file only.

    Raises:
        TpcError: As `numbered_lines`, or a blank line stands between others.
    """
    blank: Place | None = None
    for place, line in numbered_lines(path):
        if not line.strip():
            blank = blank or place
            continue
        if blank is not None:
            raise blank.error("this row is empty", hint="remove the line, or fill it")
        yield place, line


def _decoded(raw: bytes, place: Place) -> str:
    if b"\0" in raw:
        raise place.error("there is a NUL character", hint="is it UTF-16? save the file as UTF-8")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TpcError(
            f"byte {error.start + 1} of this line is not UTF-8 text (0x{raw[error.start]:02x})",
            location=Location(place.source, place.number, error.start + 1, "(not UTF-8)"),
            hint="save the file as UTF-8",
        ) from None
