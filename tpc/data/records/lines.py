"""The lines of a UTF-8 file, one at a time, so that a complaint can name the line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tpc.data.records.record import Place
from tpc.diagnostics import TpcError

BYTE_ORDER_MARK = "\ufeff"


def numbered_lines(path: Path) -> Iterator[tuple[Place, str]]:
    """Each line without its end, and where it stands. Only a line feed ends a line.

    Raises:
        TpcError: The file cannot be read, or a line is not UTF-8.
    """
    try:
        with path.open("rb") as stream:
            yield from decoded_lines(stream, str(path))
    except OSError as error:
        raise TpcError(f"cannot read {path}: {error.strerror}") from error


def decoded_lines(stream: Iterable[bytes], name: str) -> Iterator[tuple[Place, str]]:
    """As `numbered_lines`, from a stream that is open.

    Raises:
        TpcError: A line is not UTF-8.
    """
    for number, raw in enumerate(stream, 1):
        place = Place(name, number)
        line = _decoded(raw, place)
        yield place, (line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line).rstrip("\r\n")


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
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise place.error(
            f"byte {error.start + 1} of this line is not UTF-8 text (0x{raw[error.start]:02x})",
            hint="save the file as UTF-8",
        ) from None
