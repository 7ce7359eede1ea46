"""The classifier: weights by value, added up; the class with the largest sum."""

from __future__ import annotations

from collections.abc import Sequence

from tpc.backends.python.emitter import Emitter, repeated
from tpc.backends.python.expressions import clamped
from tpc.backends.python.literals import literal, tuple_of
from tpc.backends.python.pointwise import Pointwise
from tpc.backends.python.weights import Weights
from tpc.lowering import Classifier, Feature
from tpc.lowering.functions import Clamped, Function, Universe, forms
from tpc.lowering.logits import by_value, label_function, logits

#: So many weights are added by name, more in a loop; fewer where the order does not matter.
_MOST_NAMED, _FEW_NAMED = 4, 2

#: More classes than this are not listed if they are numbers in a row.
_MOST_NAMED_CLASSES = 2


def classify(emitter: Emitter, step: Classifier) -> None:
    """Write the statements that compute the label of every position, or of the sequence."""
    label, pooled = emitter.names.variables[step.name], emitter.lowered.pooled
    weights = Weights(emitter, logits(emitter.lowered, step))
    text = _at_once(emitter, step, weights)
    if text is not None:
        emitter.assign(step.name, text)
        return
    if weights.readable or not weights.logits.in_order(emitter.lowered):
        lines = _in_place(step, weights, pooled=pooled)
    else:
        lines = _from_data(emitter, step, weights)
    answer = _answer(emitter, weights, lines)
    if pooled:
        lines.append(f"{label} = {answer}")
    else:
        lines = [f"{label} = []", *lines, f"    {label}.append({answer})"]
    if any("map(add" in line for line in lines):
        emitter.import_from("operator", "add")
    emitter.body += lines


def _answer(emitter: Emitter, weights: Weights, lines: list[str]) -> str:
    """The class with the largest logit; one whose weights are all 0 is put in its place first."""
    margin = "" if emitter.lowered.pooled else "    "
    anchor, classes = weights.logits.anchor, weights.classes
    if anchor is not None:
        before, _, display = lines[-1].partition(f"{margin}logits = [")
        if anchor == 0 and not before and display and display[0] == "*":
            lines[-1] = f"{margin}logits = [0, {display}"
        else:
            lines.append(f"{margin}logits.insert({anchor}, 0)")
    best = "logits.index(max(logits))"
    form = next(forms(Function(Universe(tuple(range(len(classes)))), tuple(classes))))
    if len(classes) > _MOST_NAMED_CLASSES and isinstance(form, Clamped):
        return clamped(form, best)
    return f"{emitter.inline('CLASSES', tuple_of(classes))}[{best}]"


# Without sums.


def _at_once(emitter: Emitter, step: Classifier, weights: Weights) -> str | Pointwise | None:
    """With no feature the label is a constant, with one it is a function of its value."""
    if not step.features:
        first = weights.classes[0]
        return literal(first) if emitter.lowered.pooled else repeated(first, emitter.tokens_name)
    label = label_function(emitter.lowered, step)
    if label is None:
        return None
    name = step.features[0].variable
    loop = emitter.loop(name)
    text = emitter.expression(label, loop, step.name)
    # The ends of a list of labels may be replaced: it must not be another variable's list.
    return f"list({emitter.column(name)})" if text == loop else emitter.rows(text, {loop: name})


# Sums.


def _in_place(step: Classifier, weights: Weights, *, pooled: bool) -> list[str]:
    """Statements up to the logits, each feature a list of rows."""
    width, exact = weights.logits.width, weights.logits.exact
    positions = "[:1]" if step.pool == "first" else ""
    features = [weights.rows_of(feature, positions) for feature in weights.logits.features]
    loop = f"for rows in zip({', '.join(features)}):"
    if not pooled:
        return [loop, *_indent(_sum("logits", len(features), width, exact))]
    if exact:
        columns = ", ".join(f"*{feature}" for feature in features)
        return [f"logits = [*map(sum, zip({columns}))]"]
    if len(features) == 1:
        return [
            f"logits = [0.0] * {width}",
            f"for row in {features[0]}:",
            *_indent([_add("row")]),
        ]
    return [
        f"logits = [0.0] * {width}",
        loop,
        *_indent([*_sum("votes", len(features), width, exact), _add("votes")]),
    ]


def _from_data(emitter: Emitter, step: Classifier, weights: Weights) -> list[str]:
    """Statements up to the logits, values and numbers of a position each looked up in one loop."""
    features, width, exact = weights.logits.features, weights.logits.width, weights.logits.exact
    valued = [feature for feature in features if by_value(emitter.lowered, feature)]
    numbers = [feature for feature in features if not by_value(emitter.lowered, feature)]
    by_name = weights.by_name
    columns: list[tuple[str, str]] = []
    rows: list[str] = []
    for chosen, key, loop, row in (
        (valued, "weights", "values", f"{weights.read(by_name=by_name)} for table, v"),
        (numbers, "factors", "numbers", "[w * x for w in row] for row, x"),
    ):
        if chosen:
            name = emitter.store(key, weights.table(chosen, by_name=by_name))
            columns.append((loop, _columns(emitter, chosen, pooled_first=step.pool == "first")))
            assign = "+=" if rows else "="
            rows.append(f"rows {assign} [{row} in zip({name}.values(), {loop})]")
    loops, sources = zip(*columns, strict=True)
    source = sources[0] if len(sources) == 1 else f"zip({', '.join(sources)})"
    head = f"for {', '.join(loops)} in {source}:"
    if not emitter.lowered.pooled:
        return [head, *_indent([*rows, *_sum("logits", len(features), width, exact)])]
    rows += [*_sum("votes", len(features), width, exact), _add("votes")]
    return [f"logits = [0.0] * {width}", head, *_indent(rows)]


def _columns(emitter: Emitter, features: Sequence[Feature], *, pooled_first: bool) -> str:
    """The values of several variables at each position."""
    names = [feature.variable for feature in features]
    firsts = (f"{emitter.sequence(name)}[:1]" for name in names)
    return f"zip({', '.join(firsts if pooled_first else map(emitter.column, names))})"


def _sum(target: str, features: int, width: int, exact: bool) -> list[str]:
    """Statements that add up the rows of one position, the first feature first."""
    if features == 1:
        return [f"{target} = list(rows[0])"]
    if features <= (_FEW_NAMED if exact else _MOST_NAMED):
        names = [f"w{index}" for index in range(features)]
        return [f"{target} = [{' + '.join(names)} for {', '.join(names)} in zip(*rows)]"]
    if exact:
        return [f"{target} = [*map(sum, zip(*rows))]"]
    return [f"{target} = [0.0] * {width}", "for row in rows:", *_indent([_add("row", target)])]


def _add(row: str, target: str = "logits") -> str:
    return f"{target} = list(map(add, {target}, {row}))"


def _indent(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
