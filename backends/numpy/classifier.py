"""The end of an emitted module's `label` function: features to labels."""

from __future__ import annotations

from collections.abc import Mapping

from tpc.backends.numpy.writer import Writer, array, constant, kind, tuple_of
from tpc.lowering import Classifier, about
from tpc.lowering.constants import FIXED_POINT, Constant, weight_constants
from tpc.lowering.layout import WIDTH, broken_call
from tpc.lowering.storage import DTYPES
from tpc.lowering.weights import POSITION, FixedPoint, Group, Weights, plan_weights

#: Combinations of a group of features: with 8 integers each, the tables of most programs stay in
#: the second-level cache.
MAX_ENTRIES = 4_096

#: What features add, by the names of the constants.
LONGEST_EXPRESSION = 400
"""Characters of a table's index in an expression; a longer one is a statement of its own."""

_Rows = Mapping[str, Constant]


def write_classifier(writer: Writer, classifier: Classifier) -> None:
    """Weights, the function `logits`, joint tables, and the end of the function `label`."""
    weights = plan_weights(writer.arrays, classifier, MAX_ENTRIES)
    if weights.constant:
        shape = "tokens.shape" if classifier.pool == "none" else "tokens.shape[1]"
        writer.body += [
            "    # The label is always the same.",
            f"    return np.full({shape}, {weights.answers[0]})",
        ]
        return
    rows = {writer.define(c): c for c in weight_constants(writer.arrays, classifier)}
    _write_logits(writer, rows)
    answers = f"({', '.join(map(str, weights.answers))},)"
    writer.constants.append(f"# The classes that can win.\nANSWERS = {answers}")
    if weights.direct:
        _write_direct(writer, rows, weights.groups[0])
    elif weights.fixed is None:
        _write_exact(writer, classifier, rows)
    else:
        _write_fixed(writer, classifier, rows, weights, weights.fixed)


def _term(name: str, found: Constant, value: str) -> str:
    return f"{value}[..., None] * {name}" if found.values.ndim == 1 else f"{name}[{value}]"


def _features(writer: Writer, rows: _Rows) -> list[str]:
    """The names of the variables that are read, each once."""
    return list(dict.fromkeys(writer.names[found.owner] for found in rows.values()))


def _write_logits(writer: Writer, rows: _Rows) -> None:
    writer.functions += [
        "def logits(",
        *(f"    {name}: np.ndarray," for name in _features(writer, rows)),
        ") -> np.ndarray:",
        '    """The weights of the classes [..., classes], in binary64, in order."""',
        f"    weight = np.zeros({len(writer.arrays.lowered.classes)})",
    ]
    for name, found in rows.items():
        term = _term(name, found, writer.names[found.owner])
        writer.functions.append(f"    weight = weight + {term}")
    writer.functions.append("    return weight")


def _write_direct(writer: Writer, rows: _Rows, group: Group) -> None:
    """One table of labels over all features."""
    owners = dict.fromkeys(found.owner for found in rows.values())
    found, statements = _derived(writer, list(owners), group)
    values = ",\n            ".join(found)
    best = writer.call("best_class", "weights_of_all()", "ANSWERS")
    title = f"# The label for each {group.title}."
    writer.tables += [
        "def weights_of_all() -> np.ndarray:",
        '    """The weights of the classes for all combinations of values."""',
        _grid(writer, group),
        *statements,
        f"    return logits(\n            {values},\n    )",
        "",
        "",
        title,
        f"LABELS = {best}",
    ]
    index = broken_call("return ", f"LABELS.take({_index(writer, group)})", 4)
    writer.body += [f"    {title}", *index]


def _write_exact(writer: Writer, classifier: Classifier, rows: _Rows) -> None:
    """Binary64 everywhere: some feature is a real number, or has very many values."""
    weight = f"logits({', '.join(_features(writer, rows))})"
    if classifier.pool == "first":
        weight += "[:1]"
    elif classifier.pool == "sum":
        weight = writer.call("sum_of_positions", weight, "tokens", "padding")
    best = writer.call("best_class", weight, "ANSWERS")
    end = ".reshape(-1)" if classifier.pool != "none" else ""
    writer.body += ["    # The first class of the largest weight.", f"    return {best}{end}"]


def _write_fixed(
    writer: Writer, classifier: Classifier, rows: _Rows, weights: Weights, fixed: FixedPoint
) -> None:
    """Joint tables in fixed point, and binary64 where they prove nothing."""
    form = f"np.int{fixed.kind[1:]}"
    text = about.wrapped(FIXED_POINT, WIDTH - 3).replace("\n", "\n# ")
    writer.constants.append(f"# {text}\nSCALE = {fixed.scale!r}\nTIE = {fixed.tie}")
    writer.room = f"(2, max(CHUNK, MAX_LENGTH), {weights.columns}), {form}"
    writer.body.append("    # The weights of the classes in fixed point, added group by group.")
    first = "[:1]" if classifier.pool == "first" else ""
    for number, group in enumerate(weights.groups):
        _write_table(writer, rows, number, group, f"SCALE, {form}, {weights.columns}")
        table, index = f"JOINT_{number}", _index(writer, group)
        if classifier.pool == "sum":
            found = writer.call("pooled_rows", "room[0]", table, index, "tokens", "padding")
        else:
            room = f"room[{min(number, 1)}]"
            found = writer.call("rows_at", room, table, f"{index}{first}", f"tokens{first}")
        writer.body += broken_call(f"scores {'+=' if number else '='} ", found, 4)
    _write_doubts(writer, classifier, rows)


def _write_table(writer: Writer, rows: _Rows, number: int, group: Group, form: str) -> None:
    lowered, terms = writer.arrays.lowered, []
    of_group = {name: found for name, found in rows.items() if found.owner in group.features}
    owners = [found.owner for found in of_group.values()]
    values, statements = _derived(writer, owners, group)
    for (name, found), value in zip(of_group.items(), values, strict=True):
        terms.append(name if lowered.is_ones(found.owner) else _term(name, found, value))
    total = "\n        + ".join(terms)
    text = about.wrapped(
        f"The weights of {', '.join(group.features)}: for all of their values.", WIDTH - 10
    ).replace("\n", "\n    ")
    writer.helpers.add("fixed_point")
    writer.tables += [
        f"def weights_{number}() -> np.ndarray:",
        f'    """{text}' + ('\n    """' if "\n" in text else '"""'),
        _grid(writer, group),
        *statements,
        f"    total = (\n        {total}\n    )",
        f"    return np.broadcast_to(total, {(*group.sizes, len(lowered.classes))})",
        "",
        "",
        f"JOINT_{number} = fixed_point(weights_{number}()[..., ANSWERS], {form})",
        "",
        "",
    ]


def _write_doubts(writer: Writer, classifier: Classifier, rows: _Rows) -> None:
    pooled = classifier.pool != "none"
    first = "[:1]" if classifier.pool == "first" else ""
    helper, shape = ("sequences_at", "") if pooled else ("at", "tokens")
    picked = ", ".join(
        writer.call(helper, f"{name}{first}", "unsure", shape) for name in _features(writer, rows)
    )
    weight, at_padding = f"logits({picked})", []
    if classifier.pool == "sum":
        weight = writer.call("sum_of_positions", weight, "tokens[:, unsure]", "padding_at")
        at_padding = ["        padding_at = None if padding is None else padding[:, unsure]"]
    writer.body += [
        f"    labels, unsure = {writer.call('leading', 'scores', 'ANSWERS', 'TIE')}",
        "    if len(unsure):",
        "        # Too close for fixed point: binary64 decides.",
        *at_padding,
        *broken_call("weight = ", weight, 8),
        f"        labels[unsure] = {writer.call('best_class', 'weight', 'ANSWERS')}.reshape(-1)",
        "    return labels" if pooled else "    return labels.reshape(tokens.shape)",
    ]


def _grid(writer: Writer, group: Group) -> str:
    """A statement that gives each operand its values, on an axis of its own."""
    names = ["position" if n == POSITION else writer.names[n] for n in group.operands]
    return f"    [{', '.join(names)}] = np.indices({group.sizes}, sparse=True)"


def _derived(writer: Writer, names: list[str], group: Group) -> tuple[list[str], list[str]]:
    """Expressions for variables in terms of a group's operands, and the statements before them.

    A long chain of tables is no expression that Python reads, nor is its program for recursion.
    """
    found: dict[str, str] = {}
    statements, left = [], names[::-1]
    while left:
        name = left[-1]
        operands = () if name in found else _operands(writer, name, group)
        if missing := [operand for operand in operands if operand not in found]:
            left += missing
            continue
        left.pop()
        if name not in found:
            found[name] = _expression(writer, name, group, [found[one] for one in operands])
            if operands and len(found[name]) > LONGEST_EXPRESSION:
                statements.append(f"    {writer.names[name]} = {found[name]}")
                found[name] = writer.names[name]
    return [found[name] for name in names], statements


def _operands(writer: Writer, name: str, group: Group) -> tuple[str, ...]:
    """The variables that a variable is looked up by; none if it is known at each position."""
    table = writer.arrays.tables.get(name)
    known = name in group.operands or writer.arrays.lowered.is_positions(name)
    if known or table is None or any(codes is not None for codes in table.codes):
        return ()
    return table.operands


def _expression(writer: Writer, name: str, group: Group, operands: list[str]) -> str:
    if operands:
        return f"{constant(writer.names[name])}[{', '.join(operands)}]"
    arrays = writer.arrays
    if name in group.operands:
        return writer.names[name]
    if arrays.lowered.is_positions(name):
        return "position"
    values = arrays.by_position[name].astype(DTYPES[arrays.storage(name)])
    return f"{array(values)}[position]"


def _index(writer: Writer, group: Group) -> str:
    """The number of each position's combination of a group's values."""
    columns = [writer.position() if n == POSITION else writer.names[n] for n in group.operands]
    return writer.call("joint_index", kind(group.index), tuple_of(columns), str(group.sizes))
