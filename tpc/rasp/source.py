"""A RASP text and the errors located in it."""

from __future__ import annotations

from tpc.diagnostics import Location, TpcError
from tpc.rasp.syntax import Place


class Source:
    """A RASP file.

    Args:
        name: Of the file, or what stands for it.
        text: All of it.

    Attributes:
        lines: The physical lines. Only the line ends that lark counts end one.
    """

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.lines = tuple(line.removesuffix("\r") for line in text.split("\n"))

    def locate(self, place: Place) -> Location:
        """`place` as a location with its line, for a diagnostic."""
        line = self.lines[place.line - 1] if place.line <= len(self.lines) else ""
        return Location(self.name, place.line, place.column, line, place.length)

    def error(self, message: str, place: Place, hint: str | None = None) -> TpcError:
        """An error that points at `place`."""
        return TpcError(message, location=self.locate(place), hint=hint)
