"""Tables: embeddings by token, lookups by one variable or by several."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from backends.rasp.draft import Draft
from backends.rasp.grid import Axis, Grid, reduce_lookup
from backends.rasp.text import MAX_ENTRIES, abbreviated
from tpc.ir.nodes import TOKENS, Embed, Lookup
from tpc.ir.types import Cat, Num

MAX_LISTED_RANGE = 1_000
"""Number ranges up to this are looked up in a list; wider ones are compared with cuts."""


def write_embed(draft: Draft, node: Embed) -> None:
    """A table over the vocabulary."""
    name = draft.variables[node.name]
    if isinstance(node.type, Cat):
        domain = draft.program.domain_of_type(node.type)
        values = [draft.literal(domain, int(value)) for value in node.values]
    else:
        values = draft.numbers([float(value) for value in node.values])
    draft.say(f"{name}: the value of each token")
    tokens = draft.variables[TOKENS]
    draft.define(name, draft.mapping(name, draft.literals(TOKENS), values, tokens))


def write_lookup(draft: Draft, node: Lookup) -> None:
    """A table over categorical and integer variables."""
    name = draft.variables[node.name]
    grid = reduce_lookup(draft.program, node)
    read = ", ".join(draft.variables[operand] for operand in dict.fromkeys(node.operands))
    draft.say(f"{name}: a table over {read}")
    outcomes = [draft.outcome(node.type, int(value)) for value in grid.outcomes.reshape(-1)]
    if not grid.axes:
        draft.define(name, f"[{outcomes[0]}][0 * indices]", "the same everywhere")
    elif len(grid.axes) == 1:
        draft.define(name, _one_variable(draft, node.name, grid.axes[0], outcomes))
    else:
        draft.define(name, _several_variables(draft, node, grid, outcomes))


def _one_variable(draft: Draft, wish: str, axis: Axis, outcomes: list[str]) -> str:
    if isinstance(draft.program.type_of(axis.operand), Num):
        return _number_table(draft, wish, axis, outcomes)
    keys = draft.literals(axis.operand)
    values = [outcomes[axis.class_of(value)] for value in range(len(keys))]
    return draft.mapping(wish, keys, values, draft.variables[axis.operand])


def _number_table(draft: Draft, wish: str, axis: Axis, values: list[str]) -> str:
    """The class's value for a number: from a list if its range is short, else by comparisons."""
    name = draft.variables[axis.operand]
    last = axis.starts[-1]
    per_segment = [values[index] for index in axis.classes]
    if last - axis.low <= MAX_LISTED_RANGE:
        listed = [values[axis.class_of(number)] for number in range(axis.low, last + 1)]
        table = draft.list_table(f"{wish}_by_{name}", [("", listed)])
        index = name if last == axis.high else f"min({name}, {last})"
        return f"{table}[{index}]" if axis.low == 0 else f"{table}[{index} - {axis.low}]"
    table = draft.list_table(f"{wish}_by_{name}", [("", per_segment)])
    steps = draft.namer.fresh(f"{wish}_by_{name}_step")
    draft.define(steps, "0 * indices")
    for start in axis.starts[1:]:
        draft.define(steps, f"{steps} + indicator({name} >= {start})")
    return f"{table}[{steps}]"


def _several_variables(draft: Draft, node: Lookup, grid: Grid, outcomes: list[str]) -> str:
    """Rows of outcomes in one list; the position in it from the class of each variable."""
    codes = [_code(draft, node.name, axis) for axis in grid.axes]
    width = grid.axes[-1].size
    rows = []
    heads = itertools.product(*(range(axis.size) for axis in grid.axes[:-1]))
    for number, head in enumerate(heads):
        remark = "; ".join(_describe(draft, axis, k) for axis, k in zip(grid.axes, head))  # noqa: B905
        rows.append((remark, outcomes[number * width : (number + 1) * width]))
    last = grid.axes[-1]
    columns = (" | ".join(_values(draft, last, index)) for index in range(width))
    by = draft.variables[last.operand]
    draft.lines.append(f"# a column for each {by}: {abbreviated(columns, 80)}")
    table = draft.list_table(f"{draft.variables[node.name]}_table", rows)
    index = codes[0]  # Never parenthesised as a whole: that crashes the reference interpreter.
    for code, axis in zip(codes[1:], grid.axes[1:], strict=True):
        inner = index if index.isidentifier() or index.startswith("min(") else f"({index})"
        index = f"({axis.size} * {inner}) + {code}"
    return f"{table}[{index}]"


def _code(draft: Draft, wish: str, axis: Axis) -> str:
    """The class of a variable as an s-op: the variable itself if it counts its classes."""
    kind = draft.program.type_of(axis.operand)
    name = draft.variables[axis.operand]
    identity = axis.classes == tuple(range(len(axis.starts))) == axis.starts
    whole = axis.starts[-1] == axis.high
    if isinstance(kind, Num):
        if identity and axis.low == 0:
            return name if whole else f"min({name}, {axis.starts[-1]})"
    elif identity and whole and draft.program.domain_of(axis.operand).labels is None:
        return name
    code = draft.namer.fresh(f"{wish}_{name}_class")
    draft.define(code, _one_variable(draft, wish, axis, [str(k) for k in range(axis.size)]))
    return code


def _describe(draft: Draft, axis: Axis, index: int) -> str:
    """Which values a row or column is for."""
    values = abbreviated(_values(draft, axis, index), 40)
    return f"{draft.variables[axis.operand]} {values}"


def _values(draft: Draft, axis: Axis, index: int) -> Iterator[str]:
    domain = None
    if not isinstance(draft.program.type_of(axis.operand), Num):
        domain = draft.program.domain_of(axis.operand)
    for low, high in axis.members(index):
        if domain is not None and domain.labels is not None:
            for value in range(low, high + 1):
                yield draft.literal(domain, value)
        else:
            yield str(low) if low == high else f"{low}..{high}"


def vocabulary_list(draft: Draft) -> str:
    """The list of all known words."""
    words = draft.literals(TOKENS)
    pieces = [words[start : start + MAX_ENTRIES] for start in range(0, len(words), MAX_ENTRIES)]
    return draft.list_table("words", [("", piece) for piece in pieces])
