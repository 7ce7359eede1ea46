"""One block of an emitted C file for each variable of the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tpc.backends.c.formulas import computed
from tpc.backends.c.library import PROGRAM
from tpc.backends.c.literals import TYPES, comment
from tpc.backends.c.writer import Writer, array
from tpc.lowering import TOKENS, Embedding, Head, Lookup, Perceptron
from tpc.lowering.arrays import Array, Table, input_width
from tpc.lowering.constants import (
    Constant,
    code_constant,
    description,
    head_constants,
    table_constant,
)
from tpc.lowering.library import filled
from tpc.lowering.storage import DTYPES, STORAGES, Storage

#: By strategy, and whether a head takes one position: the helper, the columns (and the type of
#: ranks) that it is made for, and what it is given after the result.
_HELPERS = {
    ("fixed", True): ("at_fixed", "value", "target values lengths length"),
    ("fixed", False): ("total_at_fixed", "value own", "target values lengths length"),
    ("direct", True): ("at_position", "key value", "wanted values lengths visible"),
    ("direct", False): ("total_at_position", "key value own", "wanted values lengths visible"),
    ("score", True): (
        "best_score",
        "query key value ranks",
        "query all_keys values lengths visible ranks columns",
    ),
    ("closest", True): ("closest", "key value", "wanted keys values i length causal"),
    ("first", True): ("first", "key value", "wanted keys values visible"),
    ("best", True): ("best_offset", "key value", "wanted keys values i visible offsets"),
    ("count", False): ("count", "key own", "wanted keys visible"),
    ("sum", False): ("total", "key value own", "wanted keys values visible"),
}


def write_variables(writer: Writer) -> None:
    """Blocks, in the program's order, of everything that depends on the tokens."""
    arrays = writer.arrays
    _write_keys(writer, TOKENS)
    for step in arrays.lowered.live_steps:
        if step.name in arrays.by_position:
            _write_by_position(writer, step.name)
        elif isinstance(step, Head):
            write_head(writer, step)
        elif isinstance(step, Perceptron) and step.name not in arrays.tables:
            write_perceptron(writer, step)
        elif isinstance(step, Lookup) and step.name not in arrays.tables:
            about = f"{step.name}: {description(arrays, step)}."
            writer.block(about, *computed(writer, step))
        elif isinstance(step, Embedding | Lookup | Perceptron):
            write_table(writer, step)
        _write_keys(writer, step.name)


def _write_keys(writer: Writer, name: str) -> None:
    """The rows that keys are read from: a masked copy where the block is ragged."""
    if name not in writer.arrays.keys:
        return
    storage, shown = writer.arrays.storage(name), writer.names[name]
    helper, kind = writer.use("mask_keys", storage), TYPES[storage]
    writer.members.append(f"    {kind} {shown}_keys[MAX_LENGTH][LANES];")
    writer.body += [
        f"    const {kind} (*{shown}_keys)[LANES] = {writer.rows(name)};",
        "    if (ragged) {",
        "        for (int i = 0; i < length; i++)",
        f"            {helper}(s->{shown}_keys[i], s->{shown}[i], s->lengths, i);",
        f"        {shown}_keys = {storage.upper()}(s->{shown}_keys);",
        "    }",
    ]


def _write_by_position(writer: Writer, name: str) -> None:
    """A variable that depends on the position alone: its rows are written once."""
    values = writer.arrays.by_position[name].astype(DTYPES[writer.arrays.storage(name)])
    about = (f"{name} at each position.",)
    rows = writer.define(Constant(name, "by_position", values, about))
    writer.setup += [
        "    for (int i = 0; i < MAX_LENGTH; i++)",
        "        for (int lane = 0; lane < LANES; lane++)",
        f"            s->{writer.names[name]}[i][lane] = {rows}[i];",
    ]


def _define_table(writer: Writer, constant: Constant, index: Storage) -> tuple[str, str]:
    """Define a table over a row of indices; its name, and the helper that reads it."""
    values = constant.values
    width, outcome = values.shape[-1], STORAGES[values.dtype.type]
    if index == outcome == "u8" and width <= 256:
        # Tables of bytes are loaded in whole vectors.
        width = next(whole for whole in (64, 128, 256) if width <= whole)
        helper = writer.use(f"look_up_{width}")
    else:
        helper = writer.use("look_up", index, outcome)
    return writer.define(constant, (*values.shape[:-1], width)), helper


def write_head(writer: Writer, head: Head) -> None:
    """A head: the key that each query matches, and the helper that finds it."""
    arrays, selector = writer.arrays, head.selector
    constants = {constant.what: constant for constant in head_constants(arrays, head)}
    matched = constants.pop("wants", None)
    statements = _matched_row(writer, head, matched) if matched else []
    names = {what: writer.define(constant) for what, constant in constants.items()}
    columns = {"query": selector.query, "key": selector.key, "value": head.value, "own": head.name}
    storages = {role: arrays.storage(name) for role, name in columns.items()}
    shown = {
        "target": f"{names.get('targets')}[i]",
        "offsets": names.get("offsets", ""),
        "query": writer.row(selector.query),
        "keys": f"{writer.names[selector.key]}_keys",
        "all_keys": writer.rows(selector.key),
        "values": writer.rows(head.value),
        "lengths": "s->lengths",
        "visible": "i + 1" if selector.causal else "length",
        "causal": str(int(selector.causal)),
    }
    if "ranks" in constants:
        ranks = constants["ranks"].values
        storages["ranks"] = STORAGES[ranks.dtype.type]
        shown |= {"ranks": f"&{names['ranks']}[0][0]", "columns": str(ranks.shape[1])}
    name, types, arguments = _HELPERS[head.strategy, selector.single]
    helper = writer.use(name, *(storages[role] for role in types.split()))
    given = ", ".join(shown.get(word, word) for word in arguments.split())
    writer.block(
        f"{head.name}: {description(arrays, head)}.",
        *statements,
        f"{helper}({writer.row(head.name)}, {given});",
    )


def _matched_row(writer: Writer, head: Head, constant: Constant) -> list[str]:
    """Statements that fill the row `wanted`."""
    arrays, query = writer.arrays, head.selector.query
    declaration = f"{TYPES[arrays.storage(head.selector.key)]} wanted[LANES];"
    if query in arrays.by_position:
        about = (*constant.about[:-1], f"The {head.selector.key} that each position looks for.")
        values = constant.values[arrays.by_position[query]]
        table = writer.define(replace(constant, values=values, about=about))
        return [
            declaration,
            "for (int lane = 0; lane < LANES; lane++)",
            f"    wanted[lane] = {table}[i];",
        ]
    table, helper = _define_table(writer, constant, arrays.storage(query))
    return [declaration, f"{helper}(wanted, {writer.row(query)}, {table});"]


def write_table(writer: Writer, step: Embedding | Lookup | Perceptron) -> None:
    """A table over columns; what depends on the position alone is resolved beforehand."""
    arrays, table = writer.arrays, writer.arrays.table(step)
    axes = [k for k, name in enumerate(table.operands) if name not in arrays.by_position]
    at = ""
    values: Array = table.values.ravel()
    if len(axes) < len(table.operands):
        at, values = "[i]", arrays.at_positions(table).reshape(arrays.lowered.max_length, -1)
    if len(axes) == 1 and table.codes[axes[0]] is None:
        operand = table.operands[axes[0]]
        index, storage, lines = writer.row(operand), arrays.storage(operand), []
    else:
        index, storage = "index", "u8" if values.shape[-1] <= 256 else "u32"
        terms = [_number(writer, step.name, table, axis) for axis in axes]
        lines = fill_index("index", storage, mixed(terms, [table.values.shape[k] for k in axes]))
    rows, helper = _define_table(writer, table_constant(step, values), storage)
    lines.append(f"{helper}({writer.row(step.name)}, {index}, {rows}{at});")
    writer.block(f"{step.name}: {description(arrays, step)}.", *lines)


def _number(writer: Writer, name: str, table: Table, axis: int) -> str:
    """The index of a lane's value on an axis of a table."""
    value = f"{writer.row(table.operands[axis])}[lane]"
    codes = code_constant(name, table, axis)
    return value if codes is None else f"{writer.define(codes)}[{value}]"


def fill_index(index: str, storage: Storage, value: str) -> list[str]:
    """Statements that fill a row of indices."""
    kind = TYPES[storage]
    return [
        f"{kind} {index}[LANES];",
        "for (int lane = 0; lane < LANES; lane++)",
        f"    {index}[lane] = ({kind})({value});",
    ]


def mixed(terms: Sequence[str], sizes: Sequence[int]) -> str:
    """The number of a combination, the last term varying fastest."""
    text = terms[0] if len(terms) == 1 else f"(uint32_t){terms[0]}"
    for term, size in zip(terms[1:], sizes[1:], strict=True):
        text = f"({text}) * {size} + {term}" if "+" in text else f"{text} * {size} + {term}"
    return text


def write_perceptron(writer: Writer, step: Perceptron) -> None:
    """Weights, and a loop over hidden units that adds each to every output."""
    weights, shown = step.weights, writer.names[step.name]
    operands = ", ".join(step.operands)
    writer.constants.append(
        comment(f"{step.name}: an MLP of {weights.hidden} hidden units over {operands}.")
    )
    for what, values in {
        "w_in": np.array(weights.w_in).reshape(weights.hidden, -1),
        "b_in": np.array(weights.b_in),
        "w_out": np.array(weights.w_out).reshape(-1, weights.hidden).T,
        "b_out": np.array(weights.b_out),
    }.items():
        writer.constants.append(array(f"{shown}_{what}", values))
    writer.functions.append(_function(writer, step))
    about = f"{step.name}: {description(writer.arrays, step)}."
    writer.block(about, f"{shown}_row(s, i);")


def _function(writer: Writer, step: Perceptron) -> str:
    """The function that computes one row."""
    inputs, start = [], 0
    for operand in step.operands:
        value, width = f"{writer.row(operand)}[lane]", input_width(writer.arrays.lowered, operand)
        term = f"w[{start}] * (double){value}" if width is None else f"w[{start} + {value}]"
        start += width or 1
        inputs.append(
            f"        for (int lane = 0; lane < LANES; lane++)\n            sum[lane] += {term};"
        )
    marks = {
        "p": writer.prefix,
        "name": step.name,
        "shown": writer.names[step.name],
        "hidden": step.weights.hidden,
        "outputs": len(step.weights.b_out),
        "inputs": "\n".join(inputs),
        "result": writer.row(step.name),
        "type": TYPES[writer.arrays.storage(step.name)],
    }
    return filled(PROGRAM["perceptron"], marks)
