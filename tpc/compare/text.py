"""A comparison of two programs as people read it."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from tpc.compare.answers import AnswerDiff, Disagreement
from tpc.compare.grids import Cell, Content, GridDiff
from tpc.compare.nodes import NodeDiff, Status
from tpc.explain.tables import visible
from tpc.ir.numbers import format_float

#: Where lists of names are broken.
_WIDTH = 96


def answer_lines(answers: AnswerDiff) -> Iterator[str]:
    """On how many inputs answers differ, and the smallest of them."""
    yield f"answers: {_tried(answers)}"
    if answers.smallest is not None:
        exhaustive = answers.method == "exhaustive"
        yield from _disagreement(answers.smallest, "the smallest" if exhaustive else "one of them")


def node_lines(nodes: Sequence[NodeDiff]) -> Iterator[str]:
    """Counts of nodes, those that one program has alone, and those that changed."""
    counts = Counter(node.status for node in nodes)
    order: tuple[Status, ...] = ("same", "renamed", "changed", "lost", "gained")
    yield "nodes: " + ", ".join(f"{counts[status]:,} {status}" for status in order)
    for mark, status in (("-", "lost"), ("+", "gained")):
        yield from _listed(mark, [node for node in nodes if node.status == status])
    for node in nodes:
        if node.status == "changed":
            yield from _changed(node)


def _listed(mark: str, nodes: list[NodeDiff]) -> Iterator[str]:
    """Nodes that only one program has, by operation."""
    by_operation: dict[str, list[str]] = {}
    for node in nodes:
        by_operation.setdefault(node.operation, []).append(f"%{node.name}")
    for operation, names in by_operation.items():
        yield from _wrapped(f"  {mark} {operation}: ", names)


def _wrapped(head: str, names: list[str]) -> list[str]:
    return textwrap.wrap(
        head + ", ".join(names),
        _WIDTH,
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _changed(node: NodeDiff) -> Iterator[str]:
    name = f"%{node.name}"
    if node.other != node.name:
        name += f" -> %{node.other}"
    yield f"  ~ {node.operation}: {name}"
    parts = node.operation == "classify"
    for change in node.changes:
        if not (parts and change.what == "reads"):
            text = f"{change.before} -> {change.after}"
            yield from _wrapped(f"      {change.what}: ", [text])
    for word in ("lost", "gained"):
        alone = [
            table
            for table in node.tables
            if table.part and not table.total and getattr(table, word)
        ]
        if alone:
            count = sum(getattr(table, word) for table in alone)
            head = f"      {count:,} {alone[0].what} {word}, of "
            yield from _wrapped(head, [f"%{table.part}" for table in alone])
    for table in node.tables:
        if table.total or not table.part:
            yield from _table(table)


def _table(table: GridDiff) -> Iterator[str]:
    part = f"{table.part}: " if table.part else ""
    counts = [f"{table.changed:,} of {table.total:,} {table.what} changed"]
    for count, word in ((table.lost, "lost"), (table.gained, "gained")):
        if count:
            counts.append(f"{count:,} {table.what} {word}")
    yield f"      {part}{', '.join(counts)}"
    width = max((len(_place(cell)) for cell in table.cells), default=0)
    for cell in table.cells:
        yield f"        {_place(cell):{width}}  {_content(cell.before)} -> {_content(cell.after)}"
    if table.changed > len(table.cells) > 0:
        yield f"        and {table.changed - len(table.cells):,} more"


def _place(cell: Cell) -> str:
    return ", ".join(map(visible, cell.at))


def _content(value: Content) -> str:
    if value is None:
        return "no key"
    return format_float(value) if isinstance(value, float) else visible(value)


def _disagreement(found: Disagreement, which: str) -> Iterator[str]:
    words = list(map(visible, found.tokens))
    rows = [(f"{which}:", list(found.tokens))]
    for title, answer in (("before", found.before), ("after", found.after)):
        rows.append((title, [answer] if isinstance(answer, str) else answer))
    rows = [(title, list(map(visible, cells))) for title, cells in rows]
    if found.positions:
        marks = ["^" if index in found.positions else "" for index in range(len(words))]
        rows.append(("", marks))
    columns = [max(map(len, column)) for column in zip(*(cells for _, cells in rows), strict=False)]
    for title, cells in rows:
        padded = [f"{cell:{width}}" for cell, width in zip(cells, columns, strict=False)]
        yield f"  {title:15}{' '.join([*padded, *cells[len(columns) :]])}".rstrip()


def _tried(answers: AnswerDiff) -> str:
    if answers.method == "exhaustive":
        tried = f"all {answers.inputs:,} inputs of the language"
    else:
        tried = f"a sample of {answers.inputs:,} inputs of the language"
    if answers.only_before:
        tried += f" that the second program has too ({answers.only_before:,} it has not)"
    if not answers.inputs:
        return "the two languages have no input in common"
    if not answers.different:
        return f"{tried}, {answers.labels:,} labels, 0 differences"
    share = answers.different / answers.inputs
    return (
        f"{tried}, {answers.different:,} are answered differently ({share:.2%}), "
        f"{answers.different_labels:,} of {answers.labels:,} labels"
    )
