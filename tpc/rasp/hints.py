"""What to do about text that is not RASP: the habits of other languages that RASP lacks."""

from __future__ import annotations

import re

from tpc.rasp.source import Source
from tpc.rasp.syntax import Place

_HABITS: tuple[tuple[str, str], ...] = (
    (r"\d[eE][-+]?\d*", "RASP has no exponents: write the number out, 0.001 for 1e-3"),
    (r"(?<!\d)\.\d", "write a digit before the point: 0.5"),
    (r"\d\.(?!\d)", "write a digit after the point: 1.0"),
    (r"//", "RASP has no integer division"),
    (r"!=", "'!=' exists only inside select(...): write not (a == b)"),
    (r"'", "strings are written with double quotes"),
    (r"s-op", "'s-op' is one word of the language: write s - op"),
    (r"\*\*", "the power is written '^'"),
    (r"&&|\|\|", "write 'and', 'or'"),
)


def hint_for(source: Source, place: Place) -> str | None:
    """A hint when a known habit of other languages stands at or just before `place`."""
    line = source.lines[place.line - 1] if place.line <= len(source.lines) else ""
    column = place.column - 1
    end = column + max(place.length, 1) + 1
    for pattern, hint in _HABITS:
        for match in re.finditer(pattern, line):
            if match.start() <= end and match.end() >= column:
                return hint
    if re.search(r"\b(select|aggregate|range|zip|len)\s+\(", line[:column]):
        return "no space is allowed between this word and its parenthesis: select("
    return _command_hint(line)


def _command_hint(line: str) -> str | None:
    if re.match(r"\s*(set|show)\b.*;", line):
        return "commands such as 'set example' have no ';' at the end"
    if re.match(r"\s*(def|for)\b.*}\s*;", line):
        return "no ';' follows the '}' of a function or loop"
    return None
