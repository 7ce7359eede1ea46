"""What adds weights up: MLPs that are no tables, and the classifier."""

from __future__ import annotations

from collections.abc import Sequence

from tpc.backends.rasp.emitter import Emitter
from tpc.backends.rasp.text import MAX_ENTRIES, abbreviated, chunked, listed
from tpc.lowering import Classifier, Feature, Perceptron
from tpc.lowering.arrays import perceptron_features
from tpc.lowering.piecewise import Piecewise, piecewise
from tpc.rasp.writing import number, real, string

MAX_CUTS = 200


def write_perceptron(emitter: Emitter, step: Perceptron) -> None:
    """The output unit with the largest activation, the first on ties."""
    pieces = piecewise(emitter.lowered, step)
    if pieces is not None and len(pieces.cuts) <= MAX_CUTS:
        _write_cuts(emitter, step, pieces)
    else:
        _write_arithmetic(emitter, step)


def _write_cuts(emitter: Emitter, step: Perceptron, pieces: Piecewise) -> None:
    name, variable = emitter.variables[step.name], emitter.variables[step.operands[0]]
    emitter.say(
        f"{name}: an MLP of {step.weights.hidden} hidden units on {variable} alone, "
        "which is a table by where the number lies"
    )
    outcomes = [emitter.literal(step.name, outcome) for outcome in pieces.outcomes]
    table = emitter.long_list(f"{name}_table", outcomes)
    interval = emitter.names.fresh(f"{name}_interval")
    emitter.define(interval, "0 * indices")
    for cut in pieces.cuts:
        is_above = f"{variable} {cut.comparison} {real(cut.point)}"
        emitter.define(interval, f"{interval} + indicator({is_above})")
    emitter.define(name, f"{table}[{interval}]")


def _write_arithmetic(emitter: Emitter, step: Perceptron) -> None:
    name = emitter.variables[step.name]
    read = ", ".join(emitter.variables[operand] for operand in step.operands)
    emitter.say(
        f"{name}: an MLP of {step.weights.hidden} hidden units on {read}; "
        "the output unit with the largest activation"
    )
    relu, dot = emitter.use("relu"), emitter.use("dot")
    hidden = emitter.private(f"{name}_hidden")
    emitter.define(hidden, "[]")
    inputs = perceptron_features(emitter.lowered, step)
    for unit, bias in enumerate(step.weights.b_in):
        total = _hidden_sum(emitter, name, inputs, unit)
        emitter.define(hidden, f"{hidden} + [{relu}({number(bias)} + {total})]")
    outputs = emitter.private(f"{name}_outputs")
    emitter.define(outputs, "[]")
    for bias, *row in step.layers[1]:
        table = _weights(emitter, f"{name}_weights", row)
        emitter.define(outputs, f"{outputs} + [{number(bias)} + {dot}({table}, {hidden})]")
    winner = f"{emitter.use('argmax')}({outputs})"
    if emitter.lowered.columns[step.name].labels is None:
        emitter.define(name, winner)
        return
    index = emitter.names.fresh(f"{name}_unit")
    emitter.define(index, winner)
    values = emitter.long_list(f"{name}_values", emitter.literals(step.name))
    emitter.define(name, f"{values}[{index}]")


def _hidden_sum(emitter: Emitter, hint: str, inputs: Sequence[Feature], unit: int) -> str:
    """`w @ x` of a hidden unit: a table for a categorical operand, a product for a number."""
    terms = []
    for feature in inputs:
        name = emitter.variables[feature.variable]
        weights = [number(row[unit]) for row in feature.rows]
        if emitter.lowered.is_category(feature.variable):
            keys = emitter.literals(feature.variable)
            terms.append(emitter.mapping(f"{hint}_{name}_{unit}", keys, weights, name))
        else:
            terms.append(f"({weights[0]} * {name})")
    return f"({' + '.join(terms)})"


def _weights(emitter: Emitter, hint: str, row: Sequence[float]) -> str:
    """A list of weights, under a name if it is too long for one literal."""
    values = [number(weight) for weight in row]
    return listed(values) if len(values) <= MAX_ENTRIES else emitter.long_list(hint, values)


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
    variable = emitter.variables[feature.variable]
    rows = [[number(row[index]) for index in answerable] for row in feature.rows]
    hint = f"{variable}_weights"
    if not emitter.lowered.is_category(feature.variable):
        emitter.lines.append(f"# {variable}, times")
        table = emitter.long_list(hint, rows[0])
        emitter.define(logits, f"{emitter.use('add_times')}({logits}, {variable}, {table})")
        return
    emitter.lines.append(f"# {variable}")
    entries = [
        " + ".join(listed(piece) for piece in chunked([value, *row]))
        for value, row in zip(emitter.literals(feature.variable), rows, strict=True)
    ]
    # One row a line reads best; many rows share lines, 200 numbers each.
    each = max(1, 200 // (1 + len(answerable))) if len(rows) > 64 else 1
    lines = (listed(entries[start : start + each]) for start in range(0, len(entries), each))
    table = emitter.concatenate(emitter.private(hint), ((line, "") for line in lines))
    emitter.define(logits, f"{emitter.use('add_rows')}({logits}, {variable}, {table})")
