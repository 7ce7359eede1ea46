"""Tables: embeddings by token, lookups by one variable or by several."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from tpc.backends.rasp.emitter import Emitter
from tpc.backends.rasp.formulas import computed_lookup
from tpc.backends.rasp.text import abbreviated
from tpc.lowering import TOKENS, Embedding, Lookup
from tpc.lowering.axes import Axis, Grid, grid

MAX_LISTED_RANGE = 1_000
"""Number ranges up to this are looked up in a list; wider ones are compared with cuts."""


def write_embedding(emitter: Emitter, step: Embedding) -> None:
    """A table over the vocabulary."""
    name = emitter.variables[step.name]
    values = [emitter.literal(step.name, value) for value in step.values]
    emitter.say(f"{name}: the value of each token")
    keys, tokens = emitter.literals(TOKENS), emitter.variables[TOKENS]
    emitter.define(name, emitter.mapping(name, keys, values, tokens))


def write_lookup(emitter: Emitter, step: Lookup) -> None:
    """A table over categorical and integer variables."""
    name = emitter.variables[step.name]
    computed = computed_lookup(emitter, step) if step.has_formulas else None
    if computed is not None:
        emitter.lines.append("")
        emitter.define(name, computed)
        return
    reduced = grid(emitter.lowered, step)
    read = ", ".join(emitter.variables[operand] for operand in dict.fromkeys(step.operands))
    emitter.say(f"{name}: a table over {read}")
    outcomes = [emitter.literal(step.name, value) for value in reduced.outcomes.flat]
    if not reduced.axes:
        emitter.define(name, f"[{outcomes[0]}][0 * indices]", "the same everywhere")
    elif len(reduced.axes) == 1:
        emitter.define(name, _one_variable(emitter, step.name, reduced.axes[0], outcomes))
    else:
        emitter.define(name, _several_variables(emitter, step, reduced, outcomes))


def _one_variable(emitter: Emitter, hint: str, axis: Axis, outcomes: list[str]) -> str:
    """The outcome of each class, by the variable."""
    if axis.column.kind == "number":
        return _number_table(emitter, hint, axis, outcomes)
    values = [outcomes[axis.class_of(value)] for value in axis.column.type_range]
    keys = emitter.literals(axis.column.name)
    return emitter.mapping(hint, keys, values, emitter.variables[axis.column.name])


def _number_table(emitter: Emitter, hint: str, axis: Axis, outcomes: list[str]) -> str:
    """The outcome for a number: from a list if its range is short, else by comparisons."""
    name = emitter.variables[axis.column.name]
    hint = f"{hint}_by_{name}"
    last = axis.starts[-1]
    if last - axis.low <= MAX_LISTED_RANGE:
        every = range(axis.low, last + 1)
        table = emitter.long_list(hint, [outcomes[axis.class_of(number)] for number in every])
        index = _capped(emitter, axis)
        return f"{table}[{index}]" if axis.low == 0 else f"{table}[{index} - {axis.low}]"
    table = emitter.long_list(hint, [outcomes[index] for index in axis.classes])
    steps = emitter.names.fresh(f"{hint}_step")
    emitter.define(steps, "0 * indices")
    for start in axis.starts[1:]:
        emitter.define(steps, f"{steps} + indicator({name} >= {start})")
    return f"{table}[{steps}]"


def _capped(emitter: Emitter, axis: Axis) -> str:
    """The number, or the last one at which something changes."""
    name, last = emitter.variables[axis.column.name], axis.starts[-1]
    return name if last == axis.high else f"min({name}, {last})"


def _several_variables(emitter: Emitter, step: Lookup, reduced: Grid, outcomes: list[str]) -> str:
    """Rows of outcomes in one list; the position in it from the class of each variable."""
    codes = [_code(emitter, step.name, axis) for axis in reduced.axes]
    *outer, last = reduced.axes
    rows = [outcomes[start : start + last.size] for start in range(0, len(outcomes), last.size)]
    remarks = [
        "; ".join(_describe(emitter, axis, index) for axis, index in zip(outer, row, strict=True))
        for row in itertools.product(*(range(axis.size) for axis in outer))
    ]
    columns = (" | ".join(_values(emitter, last, index)) for index in range(last.size))
    by = emitter.variables[last.column.name]
    emitter.lines.append(f"# a column for each {by}: {abbreviated(columns, 80)}")
    table = emitter.long_list(f"{emitter.variables[step.name]}_table", *rows, remarks=remarks)
    index = codes[0]  # Never parenthesised as a whole: that crashes the reference interpreter.
    for code, axis in zip(codes[1:], reduced.axes[1:], strict=True):
        inner = index if index.isidentifier() or index.startswith("min(") else f"({index})"
        index = f"({axis.size} * {inner}) + {code}"
    return f"{table}[{index}]"


def _code(emitter: Emitter, hint: str, axis: Axis) -> str:
    """The class of a variable as an s-op: the variable itself if it counts its classes."""
    name = emitter.variables[axis.column.name]
    number = axis.column.kind == "number"
    if axis.numbers_itself and axis.low == 0 and axis.column.labels is None:
        if number:
            return _capped(emitter, axis)
        if axis.starts[-1] == axis.high:
            return name
    code = emitter.names.fresh(f"{hint}_{name}_class")
    classes = [str(index) for index in range(axis.size)]
    emitter.define(code, _one_variable(emitter, hint, axis, classes))
    return code


def _describe(emitter: Emitter, axis: Axis, index: int) -> str:
    """Which values a row or column is for."""
    values = abbreviated(_values(emitter, axis, index), 40)
    return f"{emitter.variables[axis.column.name]} {values}"


def _values(emitter: Emitter, axis: Axis, index: int) -> Iterator[str]:
    for low, high in axis.members(index):
        if axis.column.labels is None:
            yield str(low) if low == high else f"{low}..{high}"
        else:
            yield from (emitter.literal(axis.column.name, v) for v in range(low, high + 1))
