"""How long constants and statements are laid out on a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tpc.ir.numbers import format_float
from tpc.lowering.arrays import Array

#: Columns of a page, and the column before which a short list ends.
WIDTH = 100
_SHORT = WIDTH - 50

#: Before which lines of an expression in brackets may end.
_OPERATORS = tuple(f" {operator} " for operator in ("+", "-", "*", "//", "%", "&", "|"))


@dataclass(frozen=True)
class Layout:
    """Lists of one language.

    Args:
        opening: Before a list.
        closing: Behind it.
        label: What is said behind a row, with `{}` for its label.
    """

    opening: str
    closing: str
    label: str

    def filled(self, items: Sequence[str], indent: int = 0, room: int = _SHORT) -> str:
        """A list: on one line if that ends before column `room`, else filled lines."""
        line = f"{self.opening}{', '.join(items)}{self.closing}"
        if indent + len(line) <= room:
            return line
        pad = " " * (indent + 4)
        lines: list[str] = []
        current: list[str] = []
        width = len(pad)
        for item in items:
            if width + len(item) + 1 > WIDTH and current:
                lines.append(f"{pad}{', '.join(current)},\n")
                current, width = [], len(pad)
            current.append(item)
            width += len(item) + 2
        lines.append(f"{pad}{', '.join(current)},\n")
        return f"{self.opening}\n{''.join(lines)}{' ' * indent}{self.closing}"

    def array(self, values: Array, indent: int = 0, labels: Sequence[str] = ()) -> str:
        """An array as lists of lists.

        Args:
            values: The array.
            indent: Of the line on which it starts.
            labels: What each row is for.
        """
        return self._nested(values.tolist(), indent, labels)

    def _nested(self, values: list[Any], indent: int, labels: Sequence[str] = ()) -> str:
        if not isinstance(values[0], list):
            numbers = list(map(format_float if isinstance(values[0], float) else repr, values))
            return self.filled(numbers, indent, WIDTH - 1 if indent else _SHORT)
        pad = " " * (indent + 4)
        rows = []
        for index, row in enumerate(values):
            label = self.label.format(labels[index]) if index < len(labels) else ""
            rows.append(f"{pad}{self._nested(row, indent + 4)},{label}\n")
        return f"{self.opening}\n{''.join(rows)}{' ' * indent}{self.closing}"


def broken(line: str, operators: Sequence[str] = (" + ", " * ")) -> list[str]:
    """A statement on as many lines as it needs, broken behind commas or before operators."""
    lines, indent = [], len(line) - len(line.lstrip())
    while len(line) > WIDTH:
        ends = (line.rfind(operator, 0, WIDTH) for operator in operators)
        at = max(line.rfind(", ", 0, WIDTH) + 1, *ends)
        if at <= indent + 4:
            break
        lines.append(line[:at])
        line = " " * (indent + 4) + line[at:].lstrip()
    return [*lines, line]


def broken_call(start: str, expression: str, indent: int) -> list[str]:
    """Lines of `start` and a call, its arguments on lines of their own if it is too long.

    Args:
        start: What comes before the call.
        expression: The call, a tuple, or an expression in brackets. It has no strings.
        indent: Of the first line.
    """
    pad = " " * indent
    line = f"{pad}{start}{expression}"
    if len(line) <= WIDTH:
        return [line]
    head, bracket, inside, rest = _bracketed(expression)
    if rest or not (re.fullmatch(r"[\w.]+", head) or (bracket and len(_top_level(inside)) > 1)):
        # Between brackets a line may end anywhere.
        return [line] if head or " " in rest else broken(line, _OPERATORS)
    arguments = _top_level(inside)
    line = f"{pad}    {', '.join(arguments)}"
    if len(line) <= WIDTH:
        return [f"{pad}{start}{head}(", line, f"{pad})"]
    lines = [line for item in arguments if item for line in _argument(item, indent + 4)]
    return [f"{pad}{start}{head}(", *lines, f"{pad})"]


def _argument(item: str, indent: int) -> list[str]:
    """The lines of an argument, which may end anywhere."""
    lines = broken_call("", item, indent)
    if any(len(line) >= WIDTH for line in lines):
        lines = broken(" " * indent + item, _OPERATORS)
    return [*lines[:-1], f"{lines[-1]},"]


def _bracketed(expression: str) -> tuple[str, str, str, str]:
    """What is before the first bracket, the bracket, what is inside, and what is behind it."""
    head, bracket, after = expression.partition("(")
    depth = 1
    for index, character in enumerate(after):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return head, bracket, after[:index], after[index + 1 :]
    return head, "", "", ""


def _top_level(text: str) -> list[str]:
    """The arguments of a call, split at its own commas."""
    parts, depth, current = [], 0, ""
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += character
    return [*parts, current.strip()]
