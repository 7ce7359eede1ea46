"""The classifier of an emitted C file: joint tables in fixed point, binary64 in doubt."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tpc.backends.c.library import PROGRAM
from tpc.backends.c.literals import comment
from tpc.backends.c.statements import fill_index, mixed
from tpc.backends.c.writer import Writer, array
from tpc.lowering import Classifier
from tpc.lowering.about import wrapped
from tpc.lowering.constants import FIXED_POINT, Constant, weight_constants
from tpc.lowering.layout import WIDTH
from tpc.lowering.library import filled
from tpc.lowering.weights import POSITION, FixedPoint, Group, Weights, plan_weights

#: Combinations of a group of features: the tables of most programs stay in the first-level cache,
#: all of them in the second.
MAX_ENTRIES = 1_024

#: What features add, by the names of the constants.
_Rows = Mapping[str, Constant]


def write_classifier(writer: Writer, classifier: Classifier) -> None:
    """Weights, set-up of joint tables, and the end of `label_block`."""
    weights = plan_weights(writer.arrays, classifier, MAX_ENTRIES)
    if weights.constant:
        _write_constant(writer, classifier, weights.answers[0])
        return
    answers = array("answers", np.array(weights.answers))
    writer.constants.append(f"/* The classes that can win. */\n{answers}")
    rows = {writer.define(c): c for c in weight_constants(writer.arrays, classifier)}
    writer.functions.insert(0, PROGRAM["weights"])
    if weights.direct:
        _write_direct(writer, rows, weights.groups[0])
        return
    _write_exact(writer, classifier, rows)
    if weights.fixed is None:
        _write_all_exact(writer, classifier)
    else:
        _write_fixed(writer, classifier, rows, weights, weights.fixed)


def _write_constant(writer: Writer, classifier: Classifier, answer: int) -> None:
    """Only one class can win."""
    rows = "1" if classifier.pool != "none" else "length"
    writer.body += [
        "    /* The label is always the same. */",
        f"    for (int i = 0; i < {rows}; i++)",
        "        for (int lane = 0; lane < LANES; lane++)",
        f"            s->labels[i][lane] = {answer};",
        "    (void)length;",
    ]


def _addition(name: str, constant: Constant, value: str) -> str:
    if constant.values.ndim == 1:
        return f"add_times(weight, {name}, (double){value});"
    return f"add(weight, {name}[{value}]);"


def _write_exact(writer: Writer, classifier: Classifier, rows: _Rows) -> None:
    """The label of one position or sequence in binary64, features added in their order."""
    lines = []
    for name, constant in rows.items():
        value = f"{writer.row(constant.owner)}[lane]"
        if constant.owner in writer.arrays.by_position:
            value = f"{writer.names[constant.owner]}_by_position[i]"
        lines.append(f"    {_addition(name, constant, value)}")
    writer.functions.append(
        "/* Add what each feature adds, in the program's order. */\n"
        f"static void add_features(const {writer.prefix}_state *s, int i, int lane, "
        "double *weight)\n{\n" + "\n".join(lines) + "\n}"
    )
    exact = PROGRAM["exact_sum" if classifier.pool == "sum" else "exact_each"]
    writer.functions.append(filled(exact, {"p": writer.prefix}))


def _fill(writer: Writer, rows: _Rows, group: Group, store: str) -> list[str]:
    """Set-up statements that store something for every combination of a group's values."""
    lines = ["    {", "        size_t at = 0;"]
    for name, size in zip(group.operands, group.sizes, strict=True):
        shown = "position" if name == POSITION else writer.names[name]
        lines.append(f"        for (int {shown} = 0; {shown} < {size}; {shown}++)")
    lines += ["        {", "            double weight[CLASSES] = {0};"]
    for name, constant in rows.items():
        if constant.owner in group.features:
            value = _derived(writer, constant.owner, group)
            lines.append(f"            {_addition(name, constant, value)}")
    return [*lines, f"            {store}", "        }", "    }"]


def _derived(writer: Writer, name: str, group: Group) -> str:
    """An expression for a variable in terms of a group's operands."""
    arrays, shown = writer.arrays, writer.names[name]
    if name in group.operands:
        return shown
    if name in arrays.by_position:
        return f"{shown}_by_position[position]"
    table = arrays.tables[name]
    axes = [k for k, operand in enumerate(table.operands) if operand not in arrays.by_position]
    terms = [_derived(writer, table.operands[k], group) for k in axes]
    at = "[position]" if len(axes) < len(table.operands) else ""
    return f"{shown}_table{at}[{mixed(terms, [table.values.shape[k] for k in axes])}]"


def _write_direct(writer: Writer, rows: _Rows, group: Group) -> None:
    """One table of labels over all features."""
    writer.members.append(f"    {writer.prefix}_class label_of[{group.entries}];")
    store = f"s->label_of[at++] = ({writer.prefix}_class)best_class(weight);"
    writer.setup.append(f"    {comment(f'The label for each {group.title}.')}")
    writer.setup += _fill(writer, rows, group, store)
    writer.block(
        f"The label: a table over {group.title}.",
        *_index(writer, group, 0, guarded=False),
        "for (int lane = 0; lane < LANES; lane++)",
        "    s->labels[i][lane] = s->label_of[index_0[lane]];",
    )


def _index(writer: Writer, group: Group, number: int, *, guarded: bool) -> list[str]:
    """Statements that fill a row with the number of each lane's combination of values."""
    terms = ["i" if n == POSITION else f"{writer.row(n)}[lane]" for n in group.operands]
    value = mixed(terms, group.sizes)
    if guarded:
        value = f"(lane_length)i < s->lengths[lane] ? {value} : {group.entries}"
    return fill_index(f"index_{number}", group.index, value)


def _write_all_exact(writer: Writer, classifier: Classifier) -> None:
    """Binary64 everywhere: some feature is a real number, or has very many values."""
    about = "The label: the first class of the largest weight."
    place = "0" if classifier.pool != "none" else "i"
    label = f"({writer.prefix}_class)exact_label(s, {place}, lane)"
    lines = "for (int lane = 0; lane < LANES; lane++)", f"    s->labels[{place}][lane] = {label};"
    if place == "i":
        writer.block(about, *lines)
    else:
        writer.body += [f"    {line}" for line in (comment(about), *lines)]


def _write_fixed(
    writer: Writer, classifier: Classifier, rows: _Rows, weights: Weights, fixed: FixedPoint
) -> None:
    """Joint tables, sums of their rows, and a list of the doubtful ones."""
    columns, answers = weights.columns, len(weights.answers)
    writer.constants.append(
        f"{comment(*wrapped(FIXED_POINT, WIDTH - 3).splitlines())}\n"
        f"typedef int{fixed.kind[1:]}_t fixed;\n"
        f"enum {{ COLUMNS = {columns}, ANSWERS = {answers}, TIE = {fixed.tie} }};\n"
        f"static const double SCALE = {fixed.scale!r};"
    )
    transpose = "\n".join(
        f"        class_score[{c}][lane] = score[lane][{c}];" for c in range(columns)
    )
    marks = {"p": writer.prefix, "transpose": transpose}
    writer.functions.append(filled(PROGRAM["fixed"], marks))
    for number, group in enumerate(weights.groups):
        writer.members.append(f"    fixed joint_{number}[{group.entries + 1}][COLUMNS];")
        about = comment(f"The weights of {', '.join(group.features)}.")
        writer.setup.append(f"    {about}")
        store = f"fixed_point(s->joint_{number}[at++], weight);"
        writer.setup += _fill(writer, rows, group, store)
    pooled = classifier.pool == "sum"
    statements = [] if pooled else ["fixed score[LANES][COLUMNS];"]
    for number, group in enumerate(weights.groups):
        statements += _index(writer, group, number, guarded=pooled)
    statements += _sums(len(weights.groups), "score[lane][c] + " if pooled else "")
    if pooled:
        writer.body += ["    fixed score[LANES][COLUMNS];", "    memset(score, 0, sizeof score);"]
        writer.block("The label: weights in fixed point, added up over positions.", *statements)
        writer.body.append("    settle(s, decide(s, 0, SCORES(score), 0));")
        return
    writer.body.append("    int doubts = 0;")
    writer.block(
        "The label: weights in fixed point, and the class that leads.",
        *statements,
        "doubts = decide(s, i, SCORES(score), doubts);",
        positions="1" if classifier.pool == "first" else "length",
    )
    writer.body.append("    settle(s, doubts);")


def _sums(groups: int, before: str) -> list[str]:
    """Statements that add up, for each lane, the rows of one position."""
    rows = [f"    const fixed *row_{k} = s->joint_{k}[index_{k}[lane]];" for k in range(groups)]
    terms = " + ".join(f"row_{k}[c]" for k in range(groups))
    return [
        "for (int lane = 0; lane < LANES; lane++) {",
        *rows,
        "    for (int c = 0; c < COLUMNS; c++)",
        f"        score[lane][c] = (fixed)({before}{terms});",
        "}",
    ]
