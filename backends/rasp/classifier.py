"""The classifier: weights in place, then the class with the largest sum."""

from __future__ import annotations

from backends.rasp.draft import Draft
from backends.rasp.names import LABELS
from backends.rasp.text import abbreviated, chunked, listed, number, string
from tpc.ir.nodes import Classify, Feature
from tpc.ir.types import Cat


def write_classify(draft: Draft, node: Classify) -> None:
    """The logits of the classes that may be answered, feature by feature, then their argmax."""
    labels = draft.program.classes
    answerable = [index for index in range(len(labels)) if index not in node.never]
    columns = abbreviated((string(labels[index]) for index in answerable), 90)
    draft.say(f"{draft.variables[node.name]}: the class with the largest sum of weights")
    draft.lines.append(f"# columns: {columns}")
    logits = draft.namer.fresh("logits")
    zeros = [f"0 * indices for k in range({len(answerable)})"]
    draft.define(logits, listed(zeros))
    for feature in node.features:
        _add_feature(draft, logits, feature, answerable)
    if node.pool == "sum":
        draft.say("one label for the whole sequence: averages are largest where sums are")
        draft.define(logits, f"[aggregate(full_s, logit) for logit in {logits}]")
    elif node.pool == "first":
        draft.say("one label for the whole sequence: what position 0 says")
        draft.define(logits, f"[logit[0] for logit in {logits}]")
    classes = draft.list_table("classes", [("", [string(labels[index]) for index in answerable])])
    winner = draft.namer.fresh("winner")
    draft.define(winner, f"{draft.use('argmax')}({logits})")
    draft.define(draft.variables[node.name], f"{classes}[{winner}]")


def _add_feature(draft: Draft, logits: str, feature: Feature, answerable: list[int]) -> None:
    variable = draft.variables[feature.variable]
    rows = [[number(row[index]) for index in answerable] for row in feature.rows]
    if not isinstance(draft.program.type_of(feature.variable), Cat):
        draft.lines.append(f"# {variable}, times")
        weights = draft.list_table(f"{variable}_weights", [("", rows[0])])
        draft.define(logits, f"{draft.use('add_times')}({logits}, {variable}, {weights})")
        return
    draft.lines.append(f"# {variable}")
    values = draft.literals(feature.variable)
    entries = [
        " + ".join(listed(piece) for piece in chunked([value, *row]))
        for value, row in zip(values, rows, strict=True)
    ]
    table = draft.namer.private(f"{variable}_weights")
    # One row a line reads best; many rows share lines, 200 numbers each.
    per_line = max(1, 200 // (1 + len(answerable))) if len(values) > 64 else 1
    for start in range(0, len(entries), per_line):
        piece = listed(entries[start : start + per_line])
        draft.define(table, f"{table} + {piece}" if start else piece)
    draft.define(logits, f"{draft.use('add_rows')}({logits}, {variable}, {table})")


def write_labels(draft: Draft) -> None:
    """The last definition of every emitted text."""
    draft.say("the answer: raw labels, at framing tokens too")
    draft.define(LABELS, draft.variables[draft.program.result])
