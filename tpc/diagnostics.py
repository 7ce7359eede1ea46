"""Errors a user can cause: what is wrong, where, and what to do about it.

Every expected failure in `tpc` is a `TpcError`. The command line prints it as one paragraph and
exits with status 2; nothing a user can do should end in a traceback. What is worth a word and
no failure is a `TpcWarning`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Name = TypeVar("Name", bound=str)

#: Characters that a message quotes of one value, and characters of a whole message or hint: what
#: users give may be megabytes.
_QUOTED, _MESSAGE = 80, 2_000


def shortened(text: str, limit: int = _QUOTED) -> str:
    """The text, or its start, its end and how much of it there is, if that is over the limit."""
    if len(text) <= limit:
        return text
    end = limit // 4
    return f"{text[: limit - end]}...{text[-end:]} ({len(text):,} characters)"


def quoted(value: object) -> str:
    """How a message quotes what a user gave: in quotation marks if it is text, and not too long."""
    try:
        return shortened(repr(str(value) if isinstance(value, str) else value))
    except Exception:  # Of a user's own class, or an integer of over 4,300 digits.
        return f"a value of type {type(value).__name__}"


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A hint that names what was perhaps meant, if anything that is known is like it."""
    close = difflib.get_close_matches(name[:_QUOTED], list(known), n=3)
    return f"did you mean {' or '.join(close)}?" if close else None


def readable_terminal(terminal: str, names: Mapping[str, str], spelled: Mapping[str, str]) -> str:
    """What a terminal of a grammar is called in a message: its name there, else how it is written.

    Args:
        terminal: As the grammar names it.
        names: Of terminals that are patterns, and of the end of the file.
        spelled: How each terminal of the grammar is written.
    """
    if terminal in names:
        return names[terminal]
    return f"'{spelled[terminal]}'" if terminal in spelled else terminal.lower()


def one_of(known: Sequence[Name], name: str, what: str) -> Name:
    """The one of some names that a user gave.

    Args:
        known: What there is.
        name: As given.
        what: What these are names of.

    Raises:
        TpcError: There is none of that name.
    """
    for found in known:
        if found == name:
            return found
    hint = did_you_mean(name, known) or f"one of {', '.join(known)}"
    raise TpcError(f"there is no {what} {quoted(name)}", hint=hint)


@dataclass(frozen=True)
class Location:
    """A span in a text file. `line` and `column` count from 1; `source` is the whole line."""

    file: str
    line: int
    column: int
    source: str
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def excerpt(self) -> str:
        """The source line with carets under the span, cut to a window when the line is long."""
        start = max(0, self.column - 1 - 40)
        window = self.source[start : start + 100]
        prefix = "..." if start else ""
        suffix = "..." if start + 100 < len(self.source) else ""
        offset = len(prefix) + self.column - 1 - start
        room = max(1, len(window) - (self.column - 1 - start))
        padding = "".join("\t" if c == "\t" else " " for c in (prefix + window)[:offset])
        return f"  {prefix}{window}{suffix}\n  {padding}{'^' * max(1, min(self.length, room))}"


class TpcWarning(UserWarning):
    """Something that a user may want to know, though all goes on as asked.

    The command line prints it as one line on standard error.
    """


class TpcError(Exception):
    """A failure with a message for the user, an optional place and an optional hint.

    What a message says of a user's text is `quoted`; a message or a hint that is still very long is
    shortened here.

    Args:
        message: What is wrong, one sentence without a full stop.
        location: Where in a text file it is wrong.
        hint: What to do about it.
    """

    def __init__(
        self, message: str, *, location: Location | None = None, hint: str | None = None
    ) -> None:
        self.message = shortened(message, _MESSAGE)
        super().__init__(self.message)
        self.location = location
        self.hint = None if hint is None else shortened(hint, _MESSAGE)

    def render(self) -> str:
        """The text shown to the user: place, message, excerpt, hint."""
        lines = [self.headline]
        if self.location is not None:
            lines.append(self.location.excerpt())
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)

    @property
    def headline(self) -> str:
        """Place and message."""
        place = "" if self.location is None else f"{self.location}: "
        return f"{place}error: {self.message}"

    def __str__(self) -> str:
        return self.render()
