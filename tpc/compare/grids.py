"""Tables and weights as grids whose cells are named by values, and how two grids differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tpc.ir import nodes as ir
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Cat, Num, Value
from tpc.semantics.arrays import Array
from tpc.semantics.dense_tables import MAX_DENSE, dense_table, entries
from tpc.semantics.interpreter import present_column

#: What a cell holds: a value as users see it; nothing where no key matches.
Content: TypeAlias = Value | None
Names: TypeAlias = Callable[[str], str]


@dataclass(frozen=True)
class Cell:
    """A cell that two programs fill differently.

    Attributes:
        at: Where it is: a value for each axis.
        before: What the first program has there.
        after: What the second has.
    """

    at: tuple[Value, ...]
    before: Content
    after: Content


@dataclass(frozen=True)
class GridDiff:
    """How a table or a set of weights differs.

    Attributes:
        part: Which of its node's: the variable of a feature, `w_in`; empty if it has only one.
        what: What a cell is: `entries`, `weights`, `keys`, `ranks` or `values`.
        total: Cells that both programs have.
        changed: How many of them are filled differently.
        lost: Cells that only the first has: the second does not know their values.
        gained: Cells that only the second has.
        cells: The first of those that changed.
    """

    part: str
    what: str
    total: int
    changed: int
    lost: int
    gained: int
    cells: tuple[Cell, ...]

    @property
    def same(self) -> bool:
        """Whether the two have the same cells, filled alike."""
        return not (self.changed or self.lost or self.gained)


@dataclass(frozen=True)
class Grid:
    """Cells along axes.

    Args:
        what: What a cell is.
        axes: The values of each axis.
        table: The cells: numbers, or indices of `names`, -1 for nothing.
        names: What the indices mean.
    """

    what: str
    axes: tuple[tuple[Value, ...], ...]
    table: Array
    names: tuple[str, ...] | None = None

    def content(self, cell: float) -> Content:
        """What a cell holds, as users see it."""
        if self.what == "keys" and cell < 0:
            return None
        return cell if self.names is None else self.names[int(cell)]


def grids(program: Program, node: ir.Node, seen: Names) -> dict[str, Grid]:
    """The tables and weights of a node by part; none of what is a table of too many entries.

    Args:
        program: The node's program.
        node: A node.
        seen: What to call the variables that name parts.
    """
    match node:
        case ir.Embed():
            names = program.domain_of(node.name).labels if isinstance(node.type, Cat) else None
            axis = _axis(program, ir.TOKENS)
            return {"": Grid("values", (axis,), np.array(node.values), names)}
        case ir.Select():
            return dict(_select_grids(program, node))
        case ir.Lookup():
            if entries(program, node) > MAX_DENSE:
                return {}
            axes = tuple(_axis(program, name) for name in node.operands)
            number = isinstance(node.type, Num)
            names = None if number else program.domain_of(node.name).labels
            return {"": Grid("entries", axes, dense_table(program, node), names)}
        case ir.Mlp():
            return dict(_mlp_grids(program, node))
        case ir.Classify():
            return {
                seen(feature.variable): _feature_grid(program, feature) for feature in node.features
            }
        case _:
            return {}


def _select_grids(program: Program, node: ir.Select) -> Iterator[tuple[str, Grid]]:
    queries = _axis(program, node.query)
    if node.predicate is not None:
        matched = [-1 if key is None else key for key in matched_keys(program, node)]
        names = program.domain_of(node.key).labels
        yield "", Grid("keys", (queries,), np.array(matched), names)
    if node.scores is not None:
        axes = (queries, _axis(program, node.key))
        yield "scores", Grid("ranks", axes, np.array(node.scores))
    if node.offsets is not None:
        last = len(node.offsets) // 2
        offsets = tuple(range(-last, last + 1))
        yield "offsets", Grid("ranks", (offsets,), np.array(node.offsets))


def _mlp_grids(program: Program, node: ir.Mlp) -> Iterator[tuple[str, Grid]]:
    weights = node.weights
    hidden = tuple(range(weights.hidden))
    inputs = tuple(range(len(weights.w_in) // max(1, weights.hidden)))
    outputs = _axis(program, node.name)
    parts = (
        ("w_in", weights.w_in, (hidden, inputs)),
        ("b_in", weights.b_in, (hidden,)),
        ("w_out", weights.w_out, (outputs, hidden)),
        ("b_out", weights.b_out, (outputs,)),
    )
    for name, numbers, axes in parts:
        yield name, Grid("weights", axes, np.array(numbers).reshape([len(axis) for axis in axes]))


def _feature_grid(program: Program, feature: ir.Feature) -> Grid:
    categorical = isinstance(program.type_of(feature.variable), Cat)
    values = _axis(program, feature.variable) if categorical else ("unit",)
    return Grid("weights", (values, program.classes), np.array(feature.rows))


def _axis(program: Program, name: str) -> tuple[Value, ...]:
    return tuple(present_column(program, name, list(program.range_of(name))))


def grid_diffs(
    before: Mapping[str, Grid], after: Mapping[str, Grid], most: int | None
) -> tuple[GridDiff, ...]:
    """How the grids of two nodes differ, part by part; parts that do not differ are left out.

    Args:
        before: Of the first program.
        after: Of the second.
        most: Cells of a part that are listed; all if `None`.
    """
    found = []
    for part in dict.fromkeys([*before, *after]):
        first, second = before.get(part), after.get(part)
        if first is None or second is None:
            whole = first or second
            assert whole is not None, "the part is of one of them"
            size = int(whole.table.size)
            lost, gained = (size, 0) if second is None else (0, size)
            found.append(GridDiff(part, whole.what, 0, 0, lost, gained, ()))
        else:
            found.append(_grid_diff(part, first, second, most))
    return tuple(diff for diff in found if not diff.same)


def _grid_diff(part: str, before: Grid, after: Grid, most: int | None) -> GridDiff:
    if len(before.axes) != len(after.axes) or before.what != after.what:
        return GridDiff(part, before.what, 0, 0, int(before.table.size), int(after.table.size), ())
    shared = [
        [value for value in axis if value in known]
        for axis, known in zip(before.axes, map(set, after.axes), strict=True)
    ]
    one, other = _restricted(before, shared), _restricted(after, shared)
    different = one != _translated(other, after.names, before.names)
    where = np.argwhere(different)
    cells = tuple(
        Cell(
            tuple(values[index] for values, index in zip(shared, at, strict=True)),
            before.content(one[tuple(at)].item()),
            after.content(other[tuple(at)].item()),
        )
        for at in where[:most].tolist()
    )
    total = int(one.size)
    lost, gained = int(before.table.size) - total, int(after.table.size) - total
    return GridDiff(part, before.what, total, len(where), lost, gained, cells)


def _restricted(grid: Grid, shared: list[list[Value]]) -> Array:
    """The cells at some values of each axis, in this order."""
    indices = []
    for axis, values in zip(grid.axes, shared, strict=True):
        number = {value: index for index, value in enumerate(axis)}
        indices.append(np.array([number[value] for value in values], dtype=np.int64))
    return grid.table[np.ix_(*indices)]


def _translated(
    table: Array, names: tuple[str, ...] | None, known: tuple[str, ...] | None
) -> Array:
    """Indices of names as indices of other names; -2 for a name that is not among them."""
    if names == known:
        return table
    if names is None or known is None:
        return np.full(table.shape, -2)
    number = {name: index for index, name in enumerate(known)}
    # The last one is what -1, for nothing, finds.
    return np.array([*(number.get(name, -2) for name in names), -1])[table]
