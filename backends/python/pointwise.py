"""Values that each position has by itself: expressions of loop variables, joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tpc.backends.python.literals import SOURCE_TOKEN

#: The loop variable that counts positions, and what it goes through.
INDEX, POSITIONS = "i", ""

#: What stands for a value that is computed and named at once, until it is in its place.
_COMPUTED = "computed_"

#: Loop variables that are taken where one is in use for something else.
_FREE = ("m", "k", "a", "b", "c", "d", "e", "f", "g", "h")


@dataclass(frozen=True)
class Pointwise:
    """An expression for the value at each position, the same everywhere if it has no loops.

    Args:
        text: The expression.
        loops: Its loop variables, and the variables whose values they go through.
    """

    text: str
    loops: tuple[tuple[str, str], ...] = ()


def joined(text: str, operands: Mapping[str, Pointwise]) -> Pointwise:
    """An expression with others in the places of some of its names."""
    loops: dict[str, str] = {}
    inside: dict[str, str] = {}
    for name, operand in operands.items():
        renamed: dict[str, str] = {}
        for loop, source in operand.loops:
            free = (letter for letter in (loop, *_FREE) if loops.get(letter, source) == source)
            renamed[loop] = next(free)
            loops[renamed[loop]] = source
        inside[name] = _replaced(operand.text, renamed)
        if is_guarded(text, name) and not inside[name].isidentifier():
            # Computed for the condition, and taken from there.
            condition, _, rest = text.partition(f" if {name} ")
            text = f"{condition} if {_COMPUTED} {rest}"
            inside[_COMPUTED] = f"{name} := {inside.pop(name)}"
    return Pointwise(_replaced(text, inside), tuple(loops.items()))


def is_guarded(text: str, name: str) -> bool:
    """Whether an expression is a name, or something else under a condition on the name."""
    found = occurrences(text, name) == 2 and f" if {name} " in text
    return found and (text.startswith(f"{name} if ") or text.endswith(f" else {name}"))


def occurrences(text: str, name: str) -> int:
    """How often a name stands in an expression."""
    return sum(match[0] == name for match in SOURCE_TOKEN.finditer(text))


def stands_alone(text: str, name: str) -> bool:
    """Whether a name stands in an expression once, where any other expression could stand."""
    found = [match.span() for match in SOURCE_TOKEN.finditer(text) if match[0] == name]
    return len(found) == 1 and _is_alone(text, *found[0])


def _is_alone(text: str, start: int, end: int) -> bool:
    before, after = text[:start].rstrip(), text[end:].lstrip()
    return before[-1:] in ("", "(", "[") and after[:1] in ("", ")", "]", ",")


def _replaced(text: str, names: Mapping[str, str]) -> str:
    """An expression with other expressions for names, in parentheses where they are needed."""
    parts, end = [], 0
    for match in SOURCE_TOKEN.finditer(text):
        inside = names.get(match[0])
        if inside is None or text[: match.start()].endswith("."):
            continue
        alone = _is_alone(text, *match.span())
        parts += [text[end : match.start()], inside if alone or is_atom(inside) else f"({inside})"]
        end = match.end()
    return "".join([*parts, text[end:]])


def is_atom(text: str) -> bool:
    """Whether an expression binds as tightly as a name."""
    depth, end = 0, 0
    for match in SOURCE_TOKEN.finditer(text):
        if depth == 0 and (match.start() > end or match[0] == "-"):
            return False
        depth += (match[0] in "([{") - (match[0] in ")]}")
        end = match.end()
    return True
