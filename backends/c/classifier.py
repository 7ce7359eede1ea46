"""The classifier of an emitted C file: joint tables in fixed point, binary64 in doubt."""

from __future__ import annotations

import math

import numpy as np

from backends.batch.comments import row_labels
from backends.batch.grouping import POSITION, Group
from backends.batch.weights import FixedPoint, Weights, is_number, plan_weights
from backends.c.literals import comment, constant
from backends.c.statements import mixed
from backends.c.writer import Writer
from tpc.ir.nodes import Classify, Feature

#: Combinations of a group of features: the tables of most programs stay in the first-level cache,
#: all of them in the second.
MAX_ENTRIES = 1_024


def write_classifier(writer: Writer, node: Classify) -> None:
    """Weights, set-up of joint tables, and the end of `label_block`."""
    weights = plan_weights(writer.plan, node, MAX_ENTRIES)
    if weights.constant:
        _write_constant(writer, node, weights.answers[0])
        return
    answers = np.array(weights.answers)
    writer.constants.append(
        "/* The classes that can win. */\n" + constant("int", "answers", answers)
    )
    for index, feature in enumerate(node.features):
        _write_weights(writer, node, index, feature)
    if weights.direct:
        _write_direct(writer, node, weights.groups[0])
        return
    _write_exact(writer, node)
    if weights.fixed is None:
        _write_all_exact(writer, node)
    else:
        _write_fixed(writer, node, weights, weights.fixed)


def _write_constant(writer: Writer, node: Classify, answer: int) -> None:
    """Only one class can win."""
    rows = "1" if node.pool != "none" else "length"
    writer.body += [
        "    /* The label is always the same. */",
        f"    for (int i = 0; i < {rows}; i++)",
        "        for (int lane = 0; lane < LANES; lane++)",
        f"            s->labels[i][lane] = {answer};",
        "    (void)length;",
    ]


def _weights_name(writer: Writer, node: Classify, index: int) -> str:
    variable = node.features[index].variable
    earlier = sum(feature.variable == variable for feature in node.features[:index])
    return f"{writer.names[variable]}_weights" + (f"_{earlier + 1}" if earlier else "")


def _write_weights(writer: Writer, node: Classify, index: int, feature: Feature) -> None:
    rows = np.array(feature.rows, dtype=np.float64)
    number = is_number(writer.plan, feature)
    what = "its value times this" if number else "for each value"
    name = _weights_name(writer, node, index)
    labels = row_labels(writer.plan, feature.variable, comment)
    writer.constants.append(
        f"/* What {comment(feature.variable)} adds to each class, {what}. */\n"
        + constant("double", name, rows[0] if number else rows, labels=labels)
    )


def _addition(writer: Writer, node: Classify, index: int, value: str) -> str:
    name = _weights_name(writer, node, index)
    if is_number(writer.plan, node.features[index]):
        return f"add_times(weight, {name}, (double){value});"
    return f"add(weight, {name}[{value}]);"


def _write_exact(writer: Writer, node: Classify) -> None:
    """The function `add_features`: the weights of one position of one sequence, in order."""
    writer.exact = True
    lines = []
    for index, feature in enumerate(node.features):
        value = f"{writer.row(feature.variable)}[lane]"
        if writer.by_position(feature.variable):
            value = f"{writer.names[feature.variable]}_by_position[i]"
        lines.append(f"    {_addition(writer, node, index, value)}")
    writer.functions.append(
        "/* Add what each feature adds, in the program's order. */\n"
        f"static void add_features(const {writer.prefix}_state *s, int i, int lane, "
        "double *weight)\n{\n" + "\n".join(lines) + "\n}"
    )


def _position_loops(writer: Writer, group: Group) -> list[str]:
    lines = []
    for name, size in zip(group.operands, group.sizes, strict=True):
        shown = "position" if name == POSITION else writer.names[name]
        lines.append(f"        for (int {shown} = 0; {shown} < {size}; {shown}++)")
    return lines


def _fill(writer: Writer, node: Classify, group: Group, store: str) -> list[str]:
    """Set-up statements that store something for every combination of a group's values."""
    lines = ["    {", "        size_t at = 0;", *_position_loops(writer, group), "        {"]
    lines.append("            double weight[CLASSES] = {0};")
    for index, feature in enumerate(node.features):
        if feature.variable in group.features:
            value = _derived(writer, feature.variable, group)
            lines.append(f"            {_addition(writer, node, index, value)}")
    return [*lines, f"            {store}", "        }", "    }"]


def _derived(writer: Writer, name: str, group: Group) -> str:
    """An expression for a variable in terms of a group's operands."""
    plan, shown = writer.plan, writer.names[name]
    if name in group.operands:
        return shown
    if name in plan.by_position:
        return f"{shown}_by_position[position]"
    table = plan.tables[name]
    rest = [operand for operand in table.operands if operand not in plan.by_position]
    sizes = tuple(
        size
        for size, operand in zip(table.values.shape, table.operands, strict=True)
        if operand in rest
    )
    index = mixed([_derived(writer, operand, group) for operand in rest], sizes)
    at = "[position]" if len(rest) < len(table.operands) else ""
    return f"{shown}_table{at}[{index}]"


def _write_direct(writer: Writer, node: Classify, group: Group) -> None:
    """One table of labels over all features."""
    entries = math.prod(group.sizes)
    writer.members.append(f"    {writer.prefix}_class label_of[{entries}];")
    store = f"s->label_of[at++] = ({writer.prefix}_class)best_class(weight);"
    writer.setup.append(f"    /* The label for each {comment(', '.join(group.operands))}. */")
    writer.setup += _fill(writer, node, group, store)
    writer.block(
        f"The label: a table over {comment(', '.join(group.operands))}.",
        *_index(writer, group, 0, guarded=False),
        "for (int lane = 0; lane < LANES; lane++)",
        "    s->labels[i][lane] = s->label_of[index_0[lane]];",
    )


def _index(writer: Writer, group: Group, number: int, *, guarded: bool) -> list[str]:
    """Statements that fill a row with the number of each lane's combination of values."""
    terms, sizes = [], []
    for name, size in zip(group.operands, group.sizes, strict=True):
        terms.append("i" if name == POSITION else f"{writer.row(name)}[lane]")
        sizes.append(size)
    value = mixed(terms, tuple(sizes))
    entries = math.prod(group.sizes)
    if guarded:
        value = f"(lane_length)i < s->lengths[lane] ? {value} : {entries}"
    kind = "uint16_t" if entries < 1 << 16 else "uint32_t"
    return [
        f"{kind} index_{number}[LANES];",
        "for (int lane = 0; lane < LANES; lane++)",
        f"    index_{number}[lane] = ({kind})({value});",
    ]


def _write_all_exact(writer: Writer, node: Classify) -> None:
    """Binary64 everywhere: some feature is a real number, or has very many values."""
    if node.pool != "none":
        writer.body += [
            "    /* The label: the first class of the largest weight. */",
            "    for (int lane = 0; lane < LANES; lane++)",
            f"        s->labels[0][lane] = ({writer.prefix}_class)exact_label(s, 0, lane);",
        ]
        return
    writer.block(
        "The label: the first class of the largest weight.",
        "for (int lane = 0; lane < LANES; lane++)",
        f"    s->labels[i][lane] = ({writer.prefix}_class)exact_label(s, i, lane);",
    )


def _write_fixed(writer: Writer, node: Classify, weights: Weights, fixed: FixedPoint) -> None:
    """Joint tables, sums of their rows, and a list of the doubtful ones."""
    columns = next(c for c in (4, 8, 16, *range(24, 1 << 20, 8)) if c >= len(weights.answers))
    writer.columns = columns
    kind = {"i16": "int16_t", "i32": "int32_t"}[fixed.kind]
    writer.constants.append(
        "/* Weights are added up in fixed point, as multiples of 1 / SCALE. A class that leads\n"
        " * by more than TIE of them has the largest weight in binary64 too: what is looked up is\n"
        " * off by half of one. */\n"
        f"typedef {kind} fixed;\n"
        f"enum {{ COLUMNS = {columns}, ANSWERS = {len(weights.answers)}, TIE = {fixed.tie} }};\n"
        f"static const double SCALE = {fixed.scale!r};"
    )
    for number, group in enumerate(weights.groups):
        entries = math.prod(group.sizes)
        writer.members.append(f"    fixed joint_{number}[{entries + 1}][COLUMNS];")
        writer.setup.append(f"    /* The weights of {comment(', '.join(group.features))}. */")
        store = f"fixed_point(s->joint_{number}[at++], weight);"
        writer.setup += _fill(writer, node, group, store)
    if node.pool == "sum":
        _write_pooled_sum(writer, weights)
    else:
        _write_each(writer, node, weights)


def _sum(weights: Weights) -> list[str]:
    """Statements that add up the rows of one lane and one position."""
    lines = [
        f"    const fixed *row_{number} = s->joint_{number}[index_{number}[lane]];"
        for number in range(len(weights.groups))
    ]
    terms = " + ".join(f"row_{number}[c]" for number in range(len(weights.groups)))
    return [
        *lines,
        "    for (int c = 0; c < COLUMNS; c++)",
        f"        score[lane][c] = (fixed)({terms});",
    ]


def _write_each(writer: Writer, node: Classify, weights: Weights) -> None:
    statements = ["fixed score[LANES][COLUMNS];"]
    for number, group in enumerate(weights.groups):
        statements += _index(writer, group, number, guarded=False)
    statements += ["for (int lane = 0; lane < LANES; lane++) {", *_sum(weights), "}"]
    statements.append("doubts = decide(s, i, SCORES(score), doubts);")
    writer.body.append("    int doubts = 0;")
    start = len(writer.body)
    writer.block("The label: weights in fixed point, and the class that leads.", *statements)
    if node.pool == "first":
        loop = writer.body.index("    for (int i = 0; i < length; i++) {", start)
        writer.body[loop] = "    for (int i = 0; i < 1; i++) {"
    writer.body.append("    settle(s, doubts);")


def _write_pooled_sum(writer: Writer, weights: Weights) -> None:
    statements = []
    for number, group in enumerate(weights.groups):
        statements += _index(writer, group, number, guarded=True)
    lines = [line.replace("= (fixed)(", "= (fixed)(score[lane][c] + ") for line in _sum(weights)]
    statements += ["for (int lane = 0; lane < LANES; lane++) {", *lines, "}"]
    writer.body += ["    fixed score[LANES][COLUMNS];", "    memset(score, 0, sizeof score);"]
    writer.block("The label: weights in fixed point, added up over positions.", *statements)
    writer.body += [
        "    settle(s, decide(s, 0, SCORES(score), 0));",
    ]


__all__ = ["MAX_ENTRIES", "write_classifier"]
