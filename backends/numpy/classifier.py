"""The end of an emitted module's `label` function: features to labels."""

from __future__ import annotations

import math
import textwrap

import numpy as np

from backends.batch.comments import row_labels
from backends.batch.grouping import POSITION, Group
from backends.batch.tables import DTYPES
from backends.batch.weights import FixedPoint, Weights, is_number, plan_weights
from backends.numpy.literals import WIDTH, array, constant, tuple_of, wrapped
from backends.numpy.writer import Writer
from tpc.ir.nodes import Classify, Ones, Positions

#: Combinations of a group of features: with 8 integers each, the tables of most programs stay in
#: the second-level cache.
MAX_ENTRIES = 4_096

_FIXED_COMMENT = """\
# Weights are added up in fixed point, as multiples of 1 / SCALE. A class that leads by more than
# TIE of them has the largest weight in binary64 too: what is looked up is off by half of one.
"""


def write_classifier(writer: Writer, node: Classify) -> None:
    """Weights, the function `logits`, joint tables, and the end of the function `label`."""
    weights = plan_weights(writer.plan, node, MAX_ENTRIES)
    if weights.constant:
        shape = "tokens.shape" if node.pool == "none" else "tokens.shape[1]"
        writer.body += [
            "    # The label is always the same.",
            f"    return np.full({shape}, {weights.answers[0]})",
        ]
        return
    _write_weights(writer, node)
    _write_logits(writer, node)
    answers = f"({', '.join(map(str, weights.answers))},)"
    writer.constants.append(f"# The classes that can win.\nANSWERS = {answers}")
    if weights.direct:
        _write_direct(writer, node, weights.groups[0])
    elif weights.fixed is None:
        _write_exact(writer, node)
    else:
        _write_fixed(writer, node, weights, weights.fixed)


def _write_weights(writer: Writer, node: Classify) -> None:
    for index, feature in enumerate(node.features):
        what = "its value times this" if is_number(writer.plan, feature) else "for each value"
        rows = np.array(feature.rows, dtype=np.float64)
        rows = rows[0] if is_number(writer.plan, feature) else rows
        shown = array(rows, labels=row_labels(writer.plan, feature.variable))
        writer.constants.append(
            f"# What {feature.variable} adds to each class, {what}.\n"
            f"{_weights_name(writer, node, index)} = {shown}"
        )


def _weights_name(writer: Writer, node: Classify, index: int) -> str:
    variable = node.features[index].variable
    earlier = sum(feature.variable == variable for feature in node.features[:index])
    suffix = f"_{earlier + 1}" if earlier else ""
    return constant(writer.names[variable], "WEIGHTS") + suffix


def _term(writer: Writer, node: Classify, index: int, value: str) -> str:
    name = _weights_name(writer, node, index)
    if is_number(writer.plan, node.features[index]):
        return f"{value}[..., None] * {name}"
    return f"{name}[{value}]"


def _feature_names(writer: Writer, node: Classify) -> list[str]:
    return list(dict.fromkeys(writer.names[feature.variable] for feature in node.features))


def _write_logits(writer: Writer, node: Classify) -> None:
    parameters = [f"    {name}: np.ndarray," for name in _feature_names(writer, node)]
    writer.functions += [
        "def logits(",
        *parameters,
        ") -> np.ndarray:",
        '    """The weights of the classes [..., classes], in binary64, in order."""',
        f"    weight = np.zeros({len(writer.plan.program.classes)})",
    ]
    for index, feature in enumerate(node.features):
        term = _term(writer, node, index, writer.names[feature.variable])
        writer.functions.append(f"    weight = weight + {term}")
    writer.functions.append("    return weight")


def _write_direct(writer: Writer, node: Classify, group: Group) -> None:
    """One table of labels over all features."""
    variables = dict.fromkeys(feature.variable for feature in node.features)
    values = ",\n            ".join(_derived(writer, name, group) for name in variables)
    best = writer.call("best_class", "weights_of_all()", "ANSWERS")
    operands = ", ".join(group.operands)
    writer.tables += [
        "def weights_of_all() -> np.ndarray:",
        '    """The weights of the classes for all combinations of values."""',
        _grid(writer, group),
        f"    return logits(\n            {values},\n    )",
        "",
        "",
        f"# The label for each {operands}.",
        f"LABELS = {best}",
    ]
    writer.body.append(f"    # The label for each {operands}.")
    writer.body += wrapped("return ", f"LABELS.take({_index(writer, group)})", 4)


def _write_exact(writer: Writer, node: Classify) -> None:
    """Binary64 everywhere: some feature is a real number, or has very many values."""
    weight = f"logits({', '.join(_feature_names(writer, node))})"
    if node.pool == "first":
        weight += "[:1]"
    elif node.pool == "sum":
        weight = writer.call("sum_of_positions", weight, "tokens", "padding")
    best = writer.call("best_class", weight, "ANSWERS")
    end = ".reshape(-1)" if node.pool != "none" else ""
    writer.body += ["    # The first class of the largest weight.", f"    return {best}{end}"]


def _write_fixed(writer: Writer, node: Classify, weights: Weights, fixed: FixedPoint) -> None:
    """Joint tables in fixed point, and binary64 where they prove nothing."""
    columns = next(c for c in (4, 8, 16, *range(24, 1 << 20, 8)) if c >= len(weights.answers))
    kind = {"i16": "np.int16", "i32": "np.int32"}[fixed.kind]
    writer.constants.append(f"{_FIXED_COMMENT}SCALE = {fixed.scale!r}\nTIE = {fixed.tie}")
    writer.room = f"(2, max(CHUNK, MAX_LENGTH), {columns}), {kind}"
    writer.body.append("    # The weights of the classes in fixed point, added group by group.")
    for number, group in enumerate(weights.groups):
        _write_table(writer, node, number, group, f"SCALE, {kind}, {columns}")
        table, index = f"JOINT_{number}", _index(writer, group)
        if node.pool == "sum":
            rows = writer.call("pooled_rows", "room[0]", table, index, "tokens", "padding")
        else:
            first = "[:1]" if node.pool == "first" else ""
            room = f"room[{min(number, 1)}]"
            rows = writer.call("rows_at", room, table, f"{index}{first}", f"tokens{first}")
        writer.body += wrapped(f"scores {'+=' if number else '='} ", rows, 4)
    _write_doubts(writer, node)


def _write_table(writer: Writer, node: Classify, number: int, group: Group, form: str) -> None:
    terms = []
    for index, feature in enumerate(node.features):
        if isinstance(writer.plan.program.by_name.get(feature.variable), Ones):
            terms += [_weights_name(writer, node, index)] * (feature.variable in group.features)
        elif feature.variable in group.features:
            value = _derived(writer, feature.variable, group)
            terms.append(_term(writer, node, index, value))
    total = "\n        + ".join(terms)
    writer.helpers.add("fixed_point")
    writer.tables += [
        f"def weights_{number}() -> np.ndarray:",
        *_docstring(f"The weights of {', '.join(group.features)}: for all of their values."),
        _grid(writer, group),
        f"    total = (\n        {total}\n    )",
        f"    return np.broadcast_to(total, {(*group.sizes, len(writer.plan.program.classes))})",
        "",
        "",
        f"JOINT_{number} = fixed_point(weights_{number}()[..., ANSWERS], {form})",
        "",
        "",
    ]


def _write_doubts(writer: Writer, node: Classify) -> None:
    leading = writer.call("leading", "scores", "ANSWERS", "TIE")
    names = _feature_names(writer, node)
    pooled = node.pool != "none"
    helper = "sequences_at" if pooled else "at"
    shape = [] if pooled else ["tokens"]
    first = "[:1]" if node.pool == "first" else ""
    picked = ", ".join(writer.call(helper, f"{name}{first}", "unsure", *shape) for name in names)
    weight = f"logits({picked})"
    if node.pool == "sum":
        weight = writer.call("sum_of_positions", weight, "tokens[:, unsure]", "padding_at")
    best = writer.call("best_class", "weight", "ANSWERS")
    writer.body += [
        f"    labels, unsure = {leading}",
        "    if len(unsure):",
        "        # Too close for fixed point: binary64 decides.",
    ]
    if node.pool == "sum":
        writer.body.append("        padding_at = None if padding is None else padding[:, unsure]")
    picked_at = wrapped("weight = ", weight, 8)
    writer.body += [*picked_at, f"        labels[unsure] = {best}.reshape(-1)"]
    writer.body.append("    return labels" if pooled else "    return labels.reshape(tokens.shape)")


def _docstring(text: str) -> list[str]:
    lines = textwrap.wrap(text, WIDTH - 10)
    if len(lines) == 1:
        return [f'    """{text}"""']
    return [f'    """{lines[0]}', *(f"    {line}" for line in lines[1:]), '    """']


def _grid(writer: Writer, group: Group) -> str:
    """A statement that gives each operand its values, on an axis of its own."""
    names = ["position" if n == POSITION else writer.names[n] for n in group.operands]
    return f"    [{', '.join(names)}] = np.indices({group.sizes}, sparse=True)"


def _derived(writer: Writer, name: str, group: Group) -> str:
    """An expression for a variable in terms of a group's operands."""
    plan = writer.plan
    if name in group.operands:
        return writer.names[name]
    if isinstance(plan.program.by_name.get(name), Positions):
        return "position"
    if name not in plan.tables or any(codes is not None for codes in plan.tables[name].codes):
        kind = DTYPES[plan.variables[name].storage]
        return f"{array(plan.by_position[name].astype(kind))}[position]"
    inner = ", ".join(_derived(writer, operand, group) for operand in plan.tables[name].operands)
    return f"{constant(writer.names[name])}[{inner}]"


def _index(writer: Writer, group: Group) -> str:
    """The number of each position's combination of a group's values."""
    columns = [writer.position() if n == POSITION else writer.names[n] for n in group.operands]
    kind = "np.uint16" if math.prod(group.sizes) < 1 << 16 else "np.uint32"
    return writer.call("joint_index", kind, tuple_of(columns), str(group.sizes))
