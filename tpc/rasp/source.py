"""A RASP text and the errors located in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tpc.diagnostics import Location, TpcError
from tpc.rasp.syntax import Place


@dataclass(frozen=True)
class Source:
    """A file's name and text.

    Attributes:
        lines: The physical lines. Only the line ends that lark counts end one.
    """

    name: str
    text: str
    lines: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lines = tuple(line.removesuffix("\r") for line in self.text.split("\n"))
        object.__setattr__(self, "lines", lines)

    def locate(self, place: Place) -> Location:
        """`place` as a location with its line, for a diagnostic."""
        line = self.lines[place.line - 1] if place.line <= len(self.lines) else ""
        return Location(self.name, place.line, place.column, line, place.length)

    def error(self, message: str, place: Place, hint: str | None = None) -> TpcError:
        """An error that points at `place`."""
        return TpcError(message, location=self.locate(place), hint=hint)
