"""How long constants are laid out on a page, in any language with lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tpc.lowering.tables import Array

#: Columns of a page, and the column before which a short list ends.
WIDTH = 100
_SHORT = WIDTH - 50


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
        lines, current = [], pad
        for item in items:
            if len(current) + len(item) + 1 > WIDTH and current != pad:
                lines.append(current.rstrip())
                current = pad
            current += f"{item}, "
        lines.append(current.rstrip())
        return f"{self.opening}\n" + "\n".join(lines) + f"\n{' ' * indent}{self.closing}"

    def array(self, values: Array, indent: int = 0, labels: Sequence[str] = ()) -> str:
        """An array as lists of lists.

        Args:
            values: The array.
            indent: Of the line on which it starts.
            labels: What each row is for.
        """
        if values.ndim == 1:
            numbers = list(map(number, values.tolist()))
            return self.filled(numbers, indent, WIDTH - 1 if indent else _SHORT)
        rows = []
        for index, row in enumerate(values):
            label = self.label.format(labels[index]) if index < len(labels) else ""
            rows.append(f"{' ' * (indent + 4)}{self.array(row, indent + 4)},{label}\n")
        return f"{self.opening}\n{''.join(rows)}{' ' * indent}{self.closing}"


def number(value: float) -> str:
    """A number; whole ones without a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)
