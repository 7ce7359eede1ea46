"""Text for a terminal: tokens that are always visible as text, and tables in aligned columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tpc.ir.printer import quote
from tpc.ir.types import Value, value_set

#: Columns of a terminal, where nothing is known of it.
WIDTH = 80

_GAP = 2

#: Longer lists of positions are counted instead.
_MAX_SPANS = 20


def visible(value: Value | None) -> str:
    """A value as text that nobody can mistake: it takes one line and does nothing to a terminal.

    Tokens of letters and signs are as they are; what is empty, begins with a quotation mark, or
    has spaces, control characters or marks that cannot be seen is quoted and escaped.
    """
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    if not isinstance(value, str):
        return str(value)
    plain = value.isprintable() and " " not in value and value != ""
    return value if plain and (len(value) == 1 or value[0] not in "\"'") else repr(value)


def in_words(value: Value) -> str:
    """A value in a sentence: tokens and labels in double quotes, as in the text of programs."""
    return quote(value) if isinstance(value, str) else visible(value)


def spans(positions: Sequence[int]) -> str:
    """Ascending positions, runs of three or more by their ends: `0,3-5`; `-` for none.

    Of very many it says only how many there are.
    """
    parts: list[str] = []
    for low, high in value_set(positions):
        parts += [f"{low}-{high}"] if high > low + 1 else map(str, range(low, high + 1))
    text = ",".join(parts) or "-"
    return text if len(text) <= _MAX_SPANS else f"({len(positions)} in all)"


def aligned(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """Rows of one length as lines with aligned columns; those in `right` end together."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [_line(row, widths, right) for row in rows]


def in_blocks(rows: Sequence[Sequence[str]], width: int, *, headers: int) -> list[str]:
    """Rows as lines of at most a width: blocks of columns, each with the first column and a gap.

    Args:
        rows: All of one length; the first cell of each is its name.
        width: Of a terminal. A column that alone is wider is not cut.
        headers: How many rows, the first ones, are set apart by a line.
    """
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    starts, used = [1], widths[0]
    for index, own in enumerate(widths[1:], 1):
        if used + _GAP + own > width and index > starts[-1]:
            starts.append(index)
            used = widths[0]
        used += _GAP + own
    lines: list[str] = []
    for start, end in pairwise([*starts, len(widths)]):
        shown = [widths[0], *widths[start:end]]
        block = [_line([row[0], *row[start:end]], shown, range(1, len(shown))) for row in rows]
        rule = "-" * min(width, sum(shown) + _GAP * (len(shown) - 1))
        lines += ["", *block[:headers], rule, *block[headers:]]
    return lines[1:]


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    cells = []
    for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
        room = " " * (width - _width(cell))
        cells.append(room + cell if index in right else cell + room)
    return (" " * _GAP).join(cells).rstrip()


def _width(text: str) -> int:
    """How many columns of a terminal a text takes: signs of East Asia take two."""
    from rich.cells import cell_len

    return cell_len(text)
