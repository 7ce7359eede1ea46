"""One thing the linter found."""

from __future__ import annotations

from dataclasses import dataclass

from tpc.diagnostics import Location, TpcError
from tpc.rasp.source import Source
from tpc.rasp.syntax import Place


@dataclass(frozen=True)
class Finding:
    """A place in a RASP text that the reference interpreter cannot load.

    Attributes:
        rule: Short name of the rule, such as `literal-size`.
        location: Where.
        message: What is wrong.
        hint: What to do about it.
    """

    rule: str
    location: Location
    message: str
    hint: str | None = None

    @staticmethod
    def at(
        source: Source, place: Place, rule: str, message: str, hint: str | None = None
    ) -> Finding:
        """A finding at a place of a text."""
        return Finding(rule, source.locate(place), message, hint)

    @staticmethod
    def of_error(rule: str, error: TpcError, source: Source) -> Finding:
        """A load error as a finding."""
        location = error.location or source.locate(Place(1, 1))
        return Finding(rule, location, error.message, error.hint)

    def sort_key(self) -> tuple[str, int, int, str]:
        """Findings are listed in the order of the text."""
        return (self.location.file, self.location.line, self.location.column, self.rule)

    def render(self) -> str:
        """Place, rule, message, excerpt and hint as shown to a person."""
        lines = [f"{self.location}: {self.rule}: {self.message}", self.location.excerpt()]
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, str | int | None]:
        """The same as JSON fields."""
        return {
            "rule": self.rule,
            "file": self.location.file,
            "line": self.location.line,
            "column": self.location.column,
            "message": self.message,
            "hint": self.hint,
        }
