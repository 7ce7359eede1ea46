"""MLPs that are no tables: their arithmetic, or cuts where they read a single number."""

from __future__ import annotations

from collections.abc import Sequence

from tpc.backends.rasp.emitter import Emitter
from tpc.backends.rasp.text import MAX_ENTRIES, listed
from tpc.lowering import Perceptron
from tpc.lowering.piecewise import Piecewise, piecewise
from tpc.rasp.writing import number, real

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
    for unit, (bias, *row) in enumerate(step.layers[0]):
        total = _hidden_sum(emitter, step, row, unit)
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


def _hidden_sum(emitter: Emitter, step: Perceptron, row: Sequence[float], unit: int) -> str:
    """`w @ x` of a hidden unit: a table for a categorical operand, a product for a number."""
    terms, start = [], 0
    for operand in step.operands:
        name, column = emitter.variables[operand], emitter.lowered.columns[operand]
        if column.kind != "category":
            terms.append(f"({number(row[start])} * {name})")
            start += 1
            continue
        end = start + len(column.type_range)
        values = [number(weight) for weight in row[start:end]]
        hint = f"{emitter.variables[step.name]}_{name}_{unit}"
        terms.append(emitter.mapping(hint, emitter.literals(operand), values, name))
        start = end
    return f"({' + '.join(terms)})"


def _weights(emitter: Emitter, hint: str, row: Sequence[float]) -> str:
    """A list of weights, under a name if it is too long for one literal."""
    values = [number(weight) for weight in row]
    return listed(values) if len(values) <= MAX_ENTRIES else emitter.long_list(hint, values)
