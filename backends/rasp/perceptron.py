"""MLPs that are no tables: their arithmetic, or cuts where they read a single number."""

from __future__ import annotations

from backends.rasp.draft import Draft
from backends.rasp.text import chunked, listed, number, real
from backends.rasp.thresholds import Cut, cuts
from tpc.ir.nodes import Mlp
from tpc.ir.types import Cat

MAX_CUTS = 200


def write_mlp(draft: Draft, node: Mlp) -> None:
    """The output unit with the largest activation, the first on ties."""
    if len(set(node.operands)) == 1 and not isinstance(
        draft.program.type_of(node.operands[0]), Cat
    ):
        first, changes = cuts(node.weights, len(node.operands))
        if len(changes) <= MAX_CUTS:
            _write_cuts(draft, node, first, changes)
            return
    _write_arithmetic(draft, node)


def _write_cuts(draft: Draft, node: Mlp, first: int, changes: list[Cut]) -> None:
    name, variable = draft.variables[node.name], draft.variables[node.operands[0]]
    draft.say(
        f"{name}: an MLP of {node.weights.hidden} hidden units on {variable} alone, "
        "which is a table by where the number lies"
    )
    outcomes = [first, *(change.outcome for change in changes)]
    table = draft.list_table(
        f"{name}_table", [("", [draft.outcome(node.type, outcome) for outcome in outcomes])]
    )
    steps = draft.namer.fresh(f"{name}_interval")
    draft.define(steps, "0 * indices")
    for change in changes:
        limit = real(change.point)
        draft.define(steps, f"{steps} + indicator({variable} {change.comparison} {limit})")
    draft.define(name, f"{table}[{steps}]")


def _write_arithmetic(draft: Draft, node: Mlp) -> None:
    name, weights = draft.variables[node.name], node.weights
    read = ", ".join(draft.variables[operand] for operand in node.operands)
    draft.say(
        f"{name}: an MLP of {weights.hidden} hidden units on {read}; "
        "the output unit with the largest activation"
    )
    draft.use("relu")
    draft.use("dot")
    width = len(weights.w_in) // weights.hidden
    hidden = draft.namer.private(f"{name}_hidden")
    draft.define(hidden, "[]")
    for unit, bias in enumerate(weights.b_in):
        row = weights.w_in[unit * width : (unit + 1) * width]
        total = _hidden_sum(draft, node, row, unit)
        draft.define(hidden, f"{hidden} + [relu({number(bias)} + {total})]")
    outputs = draft.namer.private(f"{name}_outputs")
    draft.define(outputs, "[]")
    for output, bias in enumerate(weights.b_out):
        row = weights.w_out[output * weights.hidden : (output + 1) * weights.hidden]
        table = _weights(draft, f"{name}_weights", row)
        draft.define(outputs, f"{outputs} + [{number(bias)} + dot({table}, {hidden})]")
    winner = f"{draft.use('argmax')}({outputs})"
    domain = draft.program.domain_of_type(node.type)
    if domain.labels is None:
        draft.define(name, winner)
        return
    index = draft.namer.fresh(f"{name}_unit")
    draft.define(index, winner)
    values = [draft.literal(domain, value) for value in range(domain.size)]
    table = draft.list_table(f"{name}_values", [("", values)])
    draft.define(name, f"{table}[{index}]")


def _hidden_sum(draft: Draft, node: Mlp, row: tuple[float, ...], unit: int) -> str:
    """`w @ x` of a hidden unit: a table for a categorical operand, a product for a number."""
    terms, start = [], 0
    for operand in node.operands:
        name = draft.variables[operand]
        if not isinstance(draft.program.type_of(operand), Cat):
            terms.append(f"({number(row[start])} * {name})")
            start += 1
            continue
        size = draft.program.domain_of(operand).size
        values = [number(weight) for weight in row[start : start + size]]
        wish = f"{draft.variables[node.name]}_{name}_{unit}"
        terms.append(draft.mapping(wish, draft.literals(operand), values, name))
        start += size
    return f"({' + '.join(terms)})"


def _weights(draft: Draft, wish: str, row: tuple[float, ...]) -> str:
    pieces = chunked([number(weight) for weight in row])
    if len(pieces) == 1:
        return listed(pieces[0])
    return draft.list_table(wish, [("", piece) for piece in pieces])
