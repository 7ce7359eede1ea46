"""The classifier: weights in place, then the class with the largest sum."""

from __future__ import annotations

from tpc.backends.rasp.emitter import Emitter
from tpc.backends.rasp.text import abbreviated, chunked, listed
from tpc.lowering import Classifier, Feature
from tpc.rasp.writing import number, string


def write_classifier(emitter: Emitter, step: Classifier) -> None:
    """The logits of the classes that may be answered, feature by feature, then their argmax."""
    lowered, name = emitter.lowered, emitter.variables[step.name]
    answerable = [index for index in range(len(lowered.classes)) if index not in step.never]
    labels = [string(lowered.classes[index]) for index in answerable]
    emitter.say(f"{name}: the class with the largest sum of weights")
    emitter.lines.append(f"# columns: {abbreviated(labels, 90)}")
    logits = emitter.names.fresh("logits")
    emitter.define(logits, listed([f"0 * indices for k in range({len(labels)})"]))
    for feature in step.features:
        _add_feature(emitter, logits, feature, answerable)
    if step.pool == "sum":
        emitter.say("one label for the whole sequence: averages are largest where sums are")
        emitter.define(logits, f"[aggregate(full_s, logit) for logit in {logits}]")
    elif step.pool == "first":
        emitter.say("one label for the whole sequence: what position 0 says")
        emitter.define(logits, f"[logit[0] for logit in {logits}]")
    classes = emitter.long_list("classes", labels)
    winner = emitter.names.fresh("winner")
    emitter.define(winner, f"{emitter.use('argmax')}({logits})")
    emitter.define(name, f"{classes}[{winner}]")


def _add_feature(emitter: Emitter, logits: str, feature: Feature, answerable: list[int]) -> None:
    variable = emitter.variables[feature.column]
    rows = [[number(row[index]) for index in answerable] for row in feature.rows]
    hint = f"{variable}_weights"
    if emitter.lowered.columns[feature.column].kind != "category":
        emitter.lines.append(f"# {variable}, times")
        table = emitter.long_list(hint, rows[0])
        emitter.define(logits, f"{emitter.use('add_times')}({logits}, {variable}, {table})")
        return
    emitter.lines.append(f"# {variable}")
    entries = [
        " + ".join(listed(piece) for piece in chunked([value, *row]))
        for value, row in zip(emitter.literals(feature.column), rows, strict=True)
    ]
    # One row a line reads best; many rows share lines, 200 numbers each.
    each = max(1, 200 // (1 + len(answerable))) if len(rows) > 64 else 1
    lines = (listed(entries[start : start + each]) for start in range(0, len(entries), each))
    table = emitter.concatenate(emitter.private(hint), ((line, "") for line in lines))
    emitter.define(logits, f"{emitter.use('add_rows')}({logits}, {variable}, {table})")
