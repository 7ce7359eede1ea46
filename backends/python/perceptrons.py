"""MLPs that are no tables: their weights, and the two loops that run them."""

from __future__ import annotations

from backends.python.draft import TOO_LONG, Draft, Json
from backends.python.literals import number, tuple_of
from backends.python.lookups import function_name, parameter
from tpc.ir.nodes import Mlp
from tpc.ir.types import Cat

#: Answers remembered by one MLP. They depend on the operands at one position alone.
_REMEMBERED = 65_536

PERCEPTRON = '''
def perceptron(layers: Any, inputs: Sequence[float]) -> int:
    """The output unit with the largest activation, the first on a tie."""
    hidden = [max(0.0, activation) for activation in affine(layers[0], inputs)]
    outputs = affine(layers[1], hidden)
    return outputs.index(max(outputs))


def affine(rows: Any, inputs: Sequence[float]) -> list[float]:
    """For each row, a bias and weights: the bias plus the weighted inputs, added left to right."""
    activations = []
    for bias, *weights in rows:
        total = 0.0
        for weight, value in zip(weights, inputs):
            total += weight * value
        activations.append(bias + total)
    return activations
'''


def mlp(draft: Draft, node: Mlp) -> str:
    """The column of an MLP's outputs, as an expression."""
    draft.import_from("functools", "lru_cache")
    draft.import_from("collections.abc", "Sequence")
    draft.import_from("typing", "Any")
    draft.helpers["perceptron"] = (PERCEPTRON, frozenset())
    distinct = tuple(dict.fromkeys(node.operands))
    parameters = ", ".join(f"{parameter(draft, n)}: {draft.annotation(n)}" for n in distinct)
    inputs = ", ".join(_input(draft, node, name) for name in node.operands)
    domain = draft.program.domain_of(node.name)
    answer = f"perceptron({_weights(draft, node)}, [{inputs}])"
    if domain.labels is not None:
        names = draft.constant(f"{node.name}_values", tuple_of(domain.labels))
        answer = f"{names}[{answer}]"
    name = function_name(draft, node.name)
    draft.functions.append(
        f"@lru_cache(maxsize={_REMEMBERED})\n"
        f"def {name}({parameters}) -> {draft.annotation(node.name)}:\n"
        f'    """What {node.name} is for {", ".join(map(draft.thing, distinct))}."""\n'
        f"    return {answer}"
    )
    return f"list(map({name}, {', '.join(draft.column(n) for n in distinct)}))"


def _input(draft: Draft, node: Mlp, name: str) -> str:
    """A number as it is; a categorical value as one input for each value it could be."""
    kind, variable = draft.program.type_of(name), parameter(draft, name)
    if not isinstance(kind, Cat):
        return variable
    domain = draft.program.domain_of_type(kind)
    if domain.labels is None:
        return f"*[{variable} == value for value in range({domain.size})]"
    values = f"{node.name}_inputs_{name}"
    if domain.size > TOO_LONG:
        source = draft.put(values, list(domain.labels))
    else:
        source = draft.constant(values, tuple_of(domain.labels))
    return f"*[{variable} == value for value in {source}]"


def _weights(draft: Draft, node: Mlp) -> str:
    """Two layers, one row for each unit: its bias, then its weights."""
    w = node.weights
    layers = (_rows(w.b_in, w.w_in), _rows(w.b_out, w.w_out))
    if sum(map(len, (*layers[0], *layers[1]))) > TOO_LONG / 4:
        stored: list[Json] = [
            [[number(weight) for weight in row] for row in layer] for layer in layers
        ]
        return draft.put(node.name, stored)
    return draft.constant(f"{node.name}_weights", tuple_of(layers))


def _rows(bias: tuple[float, ...], matrix: tuple[float, ...]) -> tuple[tuple[float, ...], ...]:
    width = len(matrix) // len(bias)
    return tuple(
        (constant, *matrix[index * width : (index + 1) * width])
        for index, constant in enumerate(bias)
    )
