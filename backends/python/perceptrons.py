"""MLPs that are no tables: their weights, and the two loops that run them."""

from __future__ import annotations

from tpc.backends.python.emitter import TOO_LONG, Emitter, as_json
from tpc.backends.python.literals import tuple_of
from tpc.backends.python.lookups import function_name, opening
from tpc.lowering import Perceptron

#: Answers remembered by one MLP. They depend on the operands at one position alone.
_REMEMBERED = 65_536


def mlp(emitter: Emitter, step: Perceptron) -> str:
    """The column of an MLP's outputs, as an expression."""
    emitter.import_from("functools", "lru_cache")
    emitter.import_from("collections.abc", "Sequence")
    emitter.import_from("typing", "Any")
    emitter.use("perceptron")
    distinct = tuple(dict.fromkeys(step.operands))
    inputs = ", ".join(_input(emitter, step, name) for name in step.operands)
    labels = emitter.lowered.columns[step.name].labels
    answer = f"perceptron({_weights(emitter, step)}, [{inputs}])"
    if labels is not None:
        names = emitter.constant(f"{step.name}_values", tuple_of(labels))
        answer = f"{names}[{answer}]"
    emitter.functions.append(
        f"@lru_cache(maxsize={_REMEMBERED})\n"
        f"{opening(emitter, step.name, distinct)}    return {answer}"
    )
    columns = ", ".join(map(emitter.column, distinct))
    return f"list(map({function_name(emitter, step.name)}, {columns}))"


def _input(emitter: Emitter, step: Perceptron, name: str) -> str:
    """A number as it is; a categorical value as one input for each value it could be."""
    column, variable = emitter.lowered.columns[name], emitter.parameter(name)
    if column.kind != "category":
        return variable
    if column.labels is None:
        return f"*[{variable} == value for value in range({len(column.type_range)})]"
    values = f"{step.name}_inputs_{name}"
    if len(column.labels) > TOO_LONG:
        source = emitter.put(values, list(column.labels))
    else:
        source = emitter.constant(values, tuple_of(column.labels))
    return f"*[{variable} == value for value in {source}]"


def _weights(emitter: Emitter, step: Perceptron) -> str:
    """Two layers, one row for each unit: its bias, then its weights."""
    layers = step.layers
    if sum(map(len, (*layers[0], *layers[1]))) > TOO_LONG / 4:
        return emitter.put(step.name, as_json(layers))
    return emitter.constant(f"{step.name}_weights", tuple_of(layers))
