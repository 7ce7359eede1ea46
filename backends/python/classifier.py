"""The classifier: weights by value, added up; the class with the largest sum."""

from __future__ import annotations

from collections.abc import Sequence

from backends.python.draft import TOO_LONG, Draft, Json, as_json, each, repeated
from backends.python.literals import literal, number, tuple_of
from backends.python.tables import Table, render
from tpc.interpreter import best_class
from tpc.ir.nodes import Classify, Feature, Ones
from tpc.ir.program import MAX_TABLE_ENTRIES
from tpc.ir.types import Cat, Num, Real

#: Sums of as many integers up to this as occur here are the same in any order and in binary64.
_EXACT_SUM = 2**40

#: So many weights are added by name, more in a loop.
_MOST_NAMED = 4

#: The widest row of weights that black leaves on one line.
_MOST_WIDE = 76


def classify(draft: Draft, node: Classify) -> None:
    """Write the statements that compute the label of every position, or of the sequence."""
    label = draft.names.variable(node.name)
    single = _single_feature(draft, node)
    if single is not None:
        draft.body.append(f"{label} = {single}")
        return
    if not node.features:
        first = literal(_names(draft, node)[0])
        pooled = node.type.pooled
        tokens = draft.tokens_name
        draft.body.append(
            f"{label} = {first}" if pooled else f"{label} = [{first}] * len({tokens})"
        )
        return
    weights = _Weights(draft, node)
    positions = "[:1]" if node.pool == "first" else ""
    features = [weights.feature(feature, positions) for feature in node.features]
    classes = _classes(draft, node)
    if node.type.pooled:
        lines = _pooled(features, weights.exact, len(_names(draft, node)))
        lines.append(f"{label} = {classes}[logits.index(max(logits))]")
    else:
        lines = [f"{label} = []", f"for rows in zip({', '.join(features)}):"]
        lines += _indent(_sum(len(features), weights.exact, len(_names(draft, node))))
        lines.append(f"    {label}.append({classes}[logits.index(max(logits))])")
    if any("map(add" in line for line in lines):
        draft.import_from("operator", "add")
    draft.body += lines


def _names(draft: Draft, node: Classify) -> list[str]:
    """The classes that can be answered."""
    domain = draft.program.domain_of(node.name)
    return [str(domain.value(i)) for i in range(domain.size) if i not in node.never]


def _classes(draft: Draft, node: Classify) -> str:
    return draft.constant("CLASSES", tuple_of(_names(draft, node)))


def _single_feature(draft: Draft, node: Classify) -> str | None:
    """With one feature, the label is a function of its value."""
    if len(node.features) != 1 or node.type.pooled:
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


class _Weights:
    """How features are written: in place, or, where rows are too long to read, from the file."""

    def __init__(self, draft: Draft, node: Classify) -> None:
        self.draft = draft
        self.classes = [
            i for i in range(draft.program.domain_of(node.name).size) if i not in node.never
        ]
        self.exact = all(map(self._integral, node.features))
        self.stored: dict[str, Json] | None = None
        self.name = ""
        rows = [self.row(row) for feature in node.features for row in feature.rows]
        wide = max(len(tuple_of(row)) for row in rows) > _MOST_WIDE
        if wide and sum(map(len, rows)) > TOO_LONG / 4:
            self.stored = {}
            self.name = draft.store("weights", self.stored)

    def row(self, weights: Sequence[float]) -> tuple[float, ...]:
        """The weights of the classes that can be answered."""
        return tuple(weights[i] for i in self.classes)

    def _integral(self, feature: Feature) -> bool:
        """Whether a feature adds integers that no sum makes inexact."""
        kind = self.draft.program.type_of(feature.variable)
        if isinstance(kind, Real):
            return False
        largest = 1
        if isinstance(kind, Num):
            reach = self.draft.reach[feature.variable]
            largest = max(abs(reach[0]), abs(reach[-1]))
        weights = [number(w) for row in feature.rows for w in self.row(row)]
        return all(isinstance(w, int) and abs(w) * largest < _EXACT_SUM for w in weights)

    def feature(self, feature: Feature, positions: str) -> str:
        """The list of what the feature adds at each position: a row of weights."""
        draft, name = self.draft, feature.variable
        if isinstance(draft.program.type_of(name), Cat):
            table = draft.table(name, lambda value: self.row(feature.rows[value]))
            if table.constant:
                return repeated(table.outcomes[0], draft.tokens_name + positions)
            text = self._categorical(table, name)
            return each(text, draft.loop(name), draft.column(name) + positions)
        row = self._row(name, self.row(feature.rows[0]))
        if isinstance(draft.program.by_name.get(name), Ones):
            return f"[{row}] * len({draft.tokens_name}{positions})"
        loop = draft.loop(name)
        return f"[[w * {loop} for w in {row}] for {loop} in {draft.column(name)}{positions}]"

    def _categorical(self, table: Table, name: str) -> str:
        loop = self.draft.loop(name)
        values = table.universe.values
        contiguous = values == tuple(range(len(values)))
        if self.stored is None or not (contiguous or not table.universe.ordered):
            return self.draft.settle(render(table, loop), f"{name}_weights")
        rows = [as_json(row) for row in table.outcomes]
        self.stored[name] = (
            list(rows) if contiguous else dict(zip(map(str, values), rows, strict=True))
        )
        return f'{self.name}["{name}"][{loop}]'

    def _row(self, name: str, row: tuple[float, ...]) -> str:
        if self.stored is None:
            return self.draft.constant(f"{name}_weights", tuple_of(row))
        self.stored[name] = as_json(row)
        return f'{self.name}["{name}"]'


def _sum(features: int, exact: bool, classes: int) -> list[str]:
    """Statements that add up the rows of one position, the first feature first."""
    if features == 1:
        return ["logits = list(rows[0])"]
    if features <= _MOST_NAMED:
        names = [f"w{index}" for index in range(features)]
        return [f"logits = [{' + '.join(names)} for {', '.join(names)} in zip(*rows)]"]
    if exact:
        return ["logits = [sum(column) for column in zip(*rows)]"]
    return [
        f"logits = [0.0] * {classes}",
        "for row in rows:",
        "    logits = list(map(add, logits, row))",
    ]


def _pooled(features: list[str], exact: bool, classes: int) -> list[str]:
    """Statements that add up the rows of all positions."""
    if exact:
        columns = ", ".join(f"*{feature}" for feature in features)
        return [f"logits = [sum(column) for column in zip({columns})]"]
    if len(features) == 1:
        return [
            f"logits = [0.0] * {classes}",
            f"for row in {features[0]}:",
            "    logits = list(map(add, logits, row))",
        ]
    return [
        f"logits = [0.0] * {classes}",
        f"for rows in zip({', '.join(features)}):",
        "    votes = [0.0] * " + str(classes),
        "    for row in rows:",
        "        votes = list(map(add, votes, row))",
        "    logits = list(map(add, logits, votes))",
    ]


def _indent(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
