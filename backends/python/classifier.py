"""The classifier: weights by value, added up; the class with the largest sum."""

from __future__ import annotations

from collections.abc import Sequence

from backends.python.draft import Draft, each, repeated
from backends.python.literals import literal, tuple_of
from backends.python.weights import Classifier
from tpc.ir.nodes import Classify, Feature
from tpc.ir.program import MAX_TABLE_ENTRIES
from tpc.ir.types import Cat, Real
from tpc.semantics.interpreter import best_class

#: So many weights are added by name, more in a loop; fewer where the order does not matter.
_MOST_NAMED, _FEW_NAMED = 4, 2

#: More classes than this are not listed if they are numbers in a row.
_MOST_NAMED_CLASSES = 2


def classify(draft: Draft, node: Classify) -> None:
    """Write the statements that compute the label of every position, or of the sequence."""
    label = draft.names.variable(node.name)
    classifier = Classifier(draft, node)
    text = _at_once(draft, classifier)
    if text is not None:
        draft.body.append(f"{label} = {text}")
        return
    if classifier.readable or not classifier.in_order:
        lines = _in_place(classifier)
    else:
        lines = _from_data(draft, classifier)
    answer = _answer(draft, classifier, lines)
    if node.type.pooled:
        lines.append(f"{label} = {answer}")
    else:
        lines = [f"{label} = []", *lines, f"    {label}.append({answer})"]
    if any("map(add" in line for line in lines):
        draft.import_from("operator", "add")
    draft.body += lines


def _answer(draft: Draft, classifier: Classifier, lines: list[str]) -> str:
    """The class with the largest logit; one whose weights are all 0 is put in its place first."""
    margin = "" if classifier.node.type.pooled else "    "
    if classifier.anchor is not None:
        before, _, display = lines[-1].partition(f"{margin}logits = [")
        if classifier.anchor == 0 and not before and display and display[0] == "*":
            lines[-1] = f"{margin}logits = [0, {display}"
        else:
            lines.append(f"{margin}logits.insert({classifier.anchor}, 0)")
    best, classes = "logits.index(max(logits))", classifier.classes
    if len(classes) > _MOST_NAMED_CLASSES and _counted(classes):
        return f"str({best})" if classes[0] == "0" else f"str({best} + {classes[0]})"
    return f"{draft.inline('CLASSES', tuple_of(classes))}[{best}]"


def _counted(classes: Sequence[str]) -> bool:
    """Whether the classes are consecutive numbers."""
    first = classes[0]
    return (
        first.isascii()
        and first.isdecimal()
        and list(classes) == [str(int(first) + place) for place in range(len(classes))]
    )


# Without sums.


def _at_once(draft: Draft, classifier: Classifier) -> str | None:
    """With no feature the label is a constant, with one it is a function of its value."""
    node = classifier.node
    if not node.features:
        first = classifier.classes[0]
        return literal(first) if node.type.pooled else repeated(first, draft.tokens_name)
    if len(node.features) > 1 or node.type.pooled:
        return None
    name, rows = node.features[0].variable, node.features[0].rows
    kind = draft.program.type_of(name)
    if isinstance(kind, Real) or len(draft.reach[name]) > MAX_TABLE_ENTRIES:
        return None
    domain = draft.program.domain_of(node.name)

    def label(value: int) -> str:
        row = rows[value] if isinstance(kind, Cat) else [w * value for w in rows[0]]
        return str(domain.value(best_class(row, node.never)))

    column, loop = draft.column(name), draft.loop(name)
    text = draft.expression(draft.table(name, label), loop, node.name)
    # The ends of a list of labels may be replaced: it must not be another variable's list.
    return f"list({column})" if text == loop else each(text, loop, column)


# Sums.


def _in_place(classifier: Classifier) -> list[str]:
    """Statements up to the logits, each feature a list of rows."""
    node, classes, exact = classifier.node, len(classifier.weighed), classifier.exact
    positions = "[:1]" if node.pool == "first" else ""
    features = [classifier.rows_of(feature, positions) for feature in node.features]
    loop = f"for rows in zip({', '.join(features)}):"
    if not node.type.pooled:
        return [loop, *_indent(_sum("logits", len(features), classes, exact))]
    if exact:
        columns = ", ".join(f"*{feature}" for feature in features)
        return [f"logits = [*map(sum, zip({columns}))]"]
    if len(features) == 1:
        return [
            f"logits = [0.0] * {classes}",
            f"for row in {features[0]}:",
            *_indent([_add("row")]),
        ]
    return [
        f"logits = [0.0] * {classes}",
        loop,
        *_indent([*_sum("votes", len(features), classes, exact), _add("votes")]),
    ]


def _from_data(draft: Draft, classifier: Classifier) -> list[str]:
    """Statements up to the logits, values and numbers of a position each looked up in one loop."""
    node, classes, exact = classifier.node, len(classifier.weighed), classifier.exact
    by_value = [feature for feature in node.features if classifier.by_value(feature)]
    by_number = [feature for feature in node.features if not classifier.by_value(feature)]
    columns: list[tuple[str, str]] = []
    rows: list[str] = []
    for features, key, loop, row in (
        (by_value, "weights", "values", f"{classifier.read()} for table, v"),
        (by_number, "factors", "numbers", "[w * x for w in row] for row, x"),
    ):
        if features:
            name = draft.store(key, classifier.table(features))
            columns.append((loop, _columns(draft, features, pooled_first=node.pool == "first")))
            assign = "+=" if rows else "="
            rows.append(f"rows {assign} [{row} in zip({name}.values(), {loop})]")
    loops, sources = zip(*columns, strict=True)
    source = sources[0] if len(sources) == 1 else f"zip({', '.join(sources)})"
    head = f"for {', '.join(loops)} in {source}:"
    if not node.type.pooled:
        return [head, *_indent([*rows, *_sum("logits", len(node.features), classes, exact)])]
    rows += [*_sum("votes", len(node.features), classes, exact), _add("votes")]
    return [f"logits = [0.0] * {classes}", head, *_indent(rows)]


def _columns(draft: Draft, features: Sequence[Feature], *, pooled_first: bool) -> str:
    """The values of several variables at each position."""
    end = "[:1]" if pooled_first else ""
    return f"zip({', '.join(draft.column(feature.variable) + end for feature in features)})"


def _sum(target: str, features: int, classes: int, exact: bool) -> list[str]:
    """Statements that add up the rows of one position, the first feature first."""
    if features == 1:
        return [f"{target} = list(rows[0])"]
    if features <= (_FEW_NAMED if exact else _MOST_NAMED):
        names = [f"w{index}" for index in range(features)]
        return [f"{target} = [{' + '.join(names)} for {', '.join(names)} in zip(*rows)]"]
    if exact:
        return [f"{target} = [*map(sum, zip(*rows))]"]
    return [f"{target} = [0.0] * {classes}", "for row in rows:", *_indent([_add("row", target)])]


def _add(row: str, target: str = "logits") -> str:
    return f"{target} = list(map(add, {target}, {row}))"


def _indent(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
