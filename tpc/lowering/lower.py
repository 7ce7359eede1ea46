"""Program to `Lowered`: columns, steps, strategies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from tpc.ir import nodes
from tpc.ir.nodes import backward_slice
from tpc.ir.printer import print_node
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Cat, Label, Num, Real
from tpc.ir.words import BOS, EOS, PAD, UNK
from tpc.lowering import lowered
from tpc.semantics.dense_tables import MAX_DENSE, decided_values, meets

#: The values of a variable that can occur: ascending domain indices, or the integers of a `num`.
Values = Sequence[int]

_SAMPLE = 20

_SOURCES: dict[type[nodes.Node], lowered.Source] = {
    nodes.Positions: "positions",
    nodes.Ones: "ones",
    nodes.Embed: "embedding",
    nodes.Aggregate: "head",
    nodes.Lookup: "lookup",
    nodes.Mlp: "perceptron",
    nodes.Classify: "classifier",
}


def lower(program: Program) -> lowered.Lowered:
    """Decide everything about a verified program that is the same for all targets."""
    values = _occurring_values(program)
    columns = {nodes.TOKENS: _column(program, nodes.TOKENS, "tokens", values)}
    for node in program.nodes:
        if not isinstance(node, nodes.Select):
            columns[node.name] = _column(program, node.name, _SOURCES[type(node)], values)
    origin = program.metadata.get("origin")
    return lowered.Lowered(
        name=program.name,
        vocabulary=program.vocabulary,
        classes=program.classes,
        max_length=program.max_length,
        rewrite=program.rewrite,
        pooled=program.label_type.pooled,
        contract=program.contract,
        columns=columns,
        steps=_steps(program),
        live=frozenset(backward_slice(program.nodes, [program.result]) - {nodes.TOKENS}),
        result=program.result,
        echoed=_echoed(program),
        origin=origin if isinstance(origin, dict) else {},
        sample=tuple(program.language.sample(program.max_length, _SAMPLE, seed=0)),
    )


def _column(
    program: Program, name: str, source: lowered.Source, values: Mapping[str, Values]
) -> lowered.Column:
    kind = program.type_of(name)
    shown: lowered.Kind = "real"
    labels: tuple[str, ...] | None = None
    if isinstance(kind, Cat | Label):
        shown = "category" if isinstance(kind, Cat) else "label"
        labels = program.domain_of(name).labels
    elif isinstance(kind, Num):
        shown = "number"
    whole = range(0) if isinstance(kind, Real) else program.range_of(name)
    origin = () if name == nodes.TOKENS else program.by_name[name].origin
    return lowered.Column(name, shown, source, whole, values.get(name, ()), labels, origin)


def _steps(program: Program) -> tuple[lowered.Step, ...]:
    selectors: dict[str, lowered.Selector] = {}
    by_position: set[str] = set()
    steps: list[lowered.Step] = []
    for node in program.nodes:
        step: lowered.Step
        match node:
            case nodes.Positions():
                step = lowered.Positions(node.name)
            case nodes.Ones():
                step = lowered.Ones(node.name)
            case nodes.Embed():
                step = lowered.Embedding(node.name, node.values)
            case nodes.Select():
                step = selectors[node.name] = _selector(program, node)
            case nodes.Aggregate():
                selector = selectors[node.pattern]
                strategy = _strategy(program, selector, node.value, by_position)
                step = lowered.Head(node.name, selector, node.value, strategy)
            case nodes.Lookup():
                step = lowered.Lookup(node.name, node.operands, node.cases)
            case nodes.Mlp():
                step = lowered.Perceptron(node.name, node.operands, node.weights)
            case nodes.Classify():
                step = lowered.Classifier(node.name, node.features, node.never, node.pool)
        if isinstance(step, lowered.Positions | lowered.Ones) or (
            isinstance(step, lowered.Lookup | lowered.Perceptron)
            and by_position.issuperset(step.operands)
        ):
            by_position.add(step.name)
        steps.append(step)
    return tuple(steps)


def _selector(program: Program, node: nodes.Select) -> lowered.Selector:
    offsets: tuple[int, ...] = ()
    if node.offsets is not None:
        last = len(node.offsets) // 2
        ranked = sorted(range(len(node.offsets)), key=node.offsets.__getitem__)
        offsets = tuple(index - last for index in ranked)
    predicate = node.predicate
    return lowered.Selector(
        name=node.name,
        rule=node.rule,
        query=node.query,
        key=node.key,
        causal=node.causal,
        matched=() if predicate is None else matched_keys(program, node),
        shift=predicate.delta if isinstance(predicate, nodes.OffsetPredicate) else None,
        offsets=offsets,
        scores=node.scores or (),
        text=print_node(program, node).partition(" = ")[2],
        formula=predicate.key if isinstance(predicate, nodes.FormulaPredicate) else None,
    )


def _strategy(
    program: Program, selector: lowered.Selector, value: str, by_position: set[str]
) -> lowered.Strategy:
    if selector.rule == "score":
        return "score"
    if isinstance(program.by_name.get(selector.key), nodes.Positions):
        return "fixed" if selector.query in by_position else "direct"
    if selector.rule == "all":
        return "count" if isinstance(program.by_name.get(value), nodes.Ones) else "sum"
    return selector.rule


def _echoed(program: Program) -> tuple[str, ...]:
    """A framing token can be in an input if it is a word, or if unknown words are taken."""
    if program.label_type.pooled:
        return ()
    known = program.vocabulary
    return tuple(mark for mark in (BOS, EOS) if mark in known or UNK in known)


# Which values can occur at all, whatever the input: tables need no others.


def _occurring_values(program: Program) -> dict[str, Values]:
    """The values of every variable that is not real, over all strings without padding."""
    vocabulary = program.vocabulary
    found: dict[str, Values] = {
        nodes.TOKENS: tuple(i for i, word in enumerate(vocabulary) if word != PAD) or (0,)
    }
    for node in program.nodes:
        if not isinstance(node.type, Cat | Label | Num):
            continue
        match node:
            case nodes.Positions():
                found[node.name] = range(program.max_length)
            case nodes.Embed():
                values = set(map(node.values.__getitem__, found[nodes.TOKENS]))
                found[node.name] = sorted(map(int, values))
            case nodes.Aggregate() if isinstance(node.type, Cat):
                found[node.name] = _attended(program, node, found)
            case nodes.Aggregate() if isinstance(node.type, Num):
                found[node.name] = _sums(program, node, found)
            case nodes.Lookup():
                found[node.name] = _outcomes(program, node, found)
            case _:
                found[node.name] = program.range_of(node.name)
    return found


def _attended(program: Program, node: nodes.Aggregate, found: Mapping[str, Values]) -> Values:
    """What a head can take: of positions only those that match some query, and the first."""
    select = program.by_name[node.pattern]
    assert isinstance(select, nodes.Select), "patterns are made by selects"
    positions = isinstance(program.by_name.get(node.value), nodes.Positions)
    if select.predicate is None or select.key != node.value or not positions:
        return found[node.value]
    matched = matched_keys(program, select)
    taken = {matched[query] for query in found[select.query]}
    return [position for position in found[node.value] if position == 0 or position in taken]


def _sums(program: Program, node: nodes.Aggregate, found: Mapping[str, Values]) -> range:
    """A type may be wider than the sums are: never below 0 where no value is, for instance."""
    select = program.by_name[node.pattern]
    assert isinstance(select, nodes.Select), "patterns are made by selects"
    values = found[node.value]
    sums = program.sum_range(select, Num(values[0], values[-1]))
    least = values[0] if values[0] > 0 and _matches_itself(program, select, found) else sums.lo
    return range(least, sums.hi + 1)


def _matches_itself(program: Program, select: nodes.Select, found: Mapping[str, Values]) -> bool:
    """Whether every position is among its own matches."""
    matched = matched_keys(program, select)
    same = select.query == select.key
    return same and all(matched[query] == query for query in found[select.query])


def _outcomes(program: Program, node: nodes.Lookup, found: Mapping[str, Values]) -> Values:
    """Outcomes of the cases that some combination of reachable values satisfies on its own."""
    outcomes: set[int] = set()
    for number, case in enumerate(node.cases):
        axes = [found[name] for name in node.operands]
        if not all(map(meets, case.patterns, axes)):
            continue
        if isinstance(case.outcome, int):
            outcomes.add(case.outcome)
        elif math.prod(map(len, axes)) > MAX_DENSE:
            return program.range_of(node.name)
        else:
            outcomes.update(decided_values(node.cases, number, axes))
    return sorted(outcomes)
