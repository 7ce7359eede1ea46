"""Random well-typed programs, and inputs for them, for property tests.

Weights are small multiples of 1/8, so that sums are exact in any order: a difference between two
implementations is a difference in meaning, never in rounding. Ties come up often, on purpose.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from hypothesis import strategies as st

from tpc.ir.expressions import (
    OPERATORS,
    Absolute,
    Binary,
    Constant,
    Expression,
    Operand,
    evaluate,
    operands_read,
)
from tpc.ir.language import Group, Language, Slot
from tpc.ir.nodes import (
    TOKENS,
    Aggregate,
    Case,
    Classify,
    Embed,
    Feature,
    Lookup,
    Mlp,
    Node,
    OffsetPredicate,
    Ones,
    Pool,
    Positions,
    Predicate,
    Select,
    TablePredicate,
    Weights,
    predicate_of,
    with_operands,
)
from tpc.ir.program import MAX_TABLE_ENTRIES, Program
from tpc.ir.types import Cat, Domain, Label, Num, Real, ValueSet, value_set
from tpc.ir.verifier import verify
from tpc.ir.words import rewrite

ORDINARY = ["a", "b", "c", "0", "1", "7", "(", ")", "word", "42nd"]
HOSTILE = ['"', "'", "\\", "\n", "#", "%d", "{x}", "é", "日本", "None", "a b", "\u2028", "-1", "_"]
EIGHTHS = st.integers(-24, 24).map(lambda k: k / 8)


@dataclass
class _Builder:
    """A program under construction: what it has so far, and where randomness comes from."""

    draw: Callable[[st.SearchStrategy], object]
    vocabulary: Domain
    max_length: int
    domains: list[Domain]
    nodes: list[Node] = field(default_factory=list)

    def pick(self, strategy: st.SearchStrategy):
        return self.draw(strategy)

    def names(self, kind: type) -> list[str]:
        names = [TOKENS] if kind is Cat else []
        return names + [node.name for node in self.nodes if isinstance(node.type, kind)]

    def program(self) -> Program:
        """The nodes so far, as if they were a program; only for its helpers."""
        return Program(
            "random",
            tuple(self.domains),
            Cat("token"),
            self.max_length,
            tuple(self.nodes),
            "label",
            Language(()),
        )

    def domain(self, name: str) -> Domain:
        return self.program().domain_of(name)

    def values_of(self, name: str) -> range:
        return self.program().range_of(name)


@st.composite
def programs(draw, pooled: bool | None = None, hostile: bool = True, max_nodes: int = 7) -> Program:
    """A random program that the verifier accepts."""
    builder = _start(draw, hostile)
    for index in range(draw(st.integers(1, max_nodes))):
        _add(builder, index)
    is_pooled = draw(st.booleans()) if pooled is None else pooled
    _add_result(builder, is_pooled)
    program = builder.program().replace(
        language=draw(_languages(builder.vocabulary, builder.max_length)),
        rewrite=tuple(
            draw(st.sampled_from([(), (), ("lower",), ("digits",), ("lower", "digits")]))
        ),
    )
    verify(program)
    return program


@st.composite
def sequences(draw, program: Program) -> list[str]:
    """A sequence of words that the program takes; never empty for a pooled program."""
    known = [word for word in program.vocabulary if word != "<pad>"]
    if "<unk>" in known:
        known.append("never seen")
    else:  # Rewriting must lead to a known word.
        known = [word for word in known if rewrite(word, program.rewrite) in known]
    words = known or ["@"]
    least = 1 if program.label_type.pooled else 0
    return draw(st.lists(st.sampled_from(words), min_size=least, max_size=program.max_length))


def _start(draw, hostile: bool) -> _Builder:
    special = ["<unk>", "<s>", "</s>"]
    words = draw(st.lists(st.sampled_from(ORDINARY), min_size=1, max_size=4, unique=True))
    if hostile:
        words += draw(st.lists(st.sampled_from(HOSTILE), max_size=2, unique=True))
    extra = draw(st.lists(st.sampled_from(special), max_size=3, unique=True))
    tokens = ("<pad>", *dict.fromkeys([*words, *extra, "@"]))
    max_length = draw(st.integers(1, 6))
    vocabulary = Domain("token", len(tokens), tokens)
    classes = ("<pad>", *draw(st.sampled_from([["x"], ["x", "y"], ['"', "y", "z\\"]])))
    domains = [
        vocabulary,
        Domain("position", max_length + draw(st.integers(0, 2))),
        Domain("value", draw(st.integers(2, 4))),
        Domain("label", len(classes), classes),
    ]
    builder = _Builder(draw, vocabulary, max_length, domains)
    builder.nodes += [
        Positions("positions", Cat("position"), ("positions",)),
        Ones("ones", ("ones",)),
    ]
    return builder


def _add(builder: _Builder, index: int) -> None:
    kinds = [_embed_cat, _embed_real, _head, _head, _count, _count, _lookup, _lookup, _mlp]
    builder.pick(st.sampled_from(kinds))(builder, index)


def _origin(builder: _Builder, name: str) -> tuple[str, ...]:
    return builder.pick(st.sampled_from([(name,), (name,), (), (f"{name}_a", f"{name}_b")]))


def _embed_cat(builder: _Builder, index: int) -> None:
    size, values = builder.vocabulary.size, builder.domains[2].size
    table = builder.pick(st.lists(st.integers(0, values - 1), min_size=size, max_size=size))
    name = f"var{index}"
    builder.nodes.append(Embed(name, tuple(table), Cat("value"), _origin(builder, name)))


def _embed_real(builder: _Builder, index: int) -> None:
    size = builder.vocabulary.size
    table = builder.pick(st.lists(EIGHTHS, min_size=size, max_size=size))
    name = f"num_var{index}"
    builder.nodes.append(Embed(name, tuple(table), Real(), _origin(builder, name)))


def _predicate(builder: _Builder, query: str, key: str) -> Predicate:
    form = builder.pick(st.sampled_from(["offset", "formula", "table", "table"]))
    if form == "offset":
        return OffsetPredicate(builder.pick(st.integers(-2, 2)))
    if form == "formula":
        formula = builder.pick(expressions(1))
        return predicate_of(
            formula if _has_values(formula, [builder.values_of(query)]) else Operand(0)
        )
    queries, keys = builder.domain(query).size, builder.domain(key).size
    key_or_none = st.one_of(st.none(), st.integers(0, keys - 1), st.integers(0, keys - 1))
    return TablePredicate(
        tuple(builder.pick(st.lists(key_or_none, min_size=queries, max_size=queries)))
    )


def _head(builder: _Builder, index: int) -> None:
    query, key, value = (builder.pick(st.sampled_from(builder.names(Cat))) for _ in range(3))
    rule = builder.pick(st.sampled_from(["closest", "closest", "first", "best", "score"]))
    causal = builder.pick(st.booleans())
    offsets, scores, predicate = None, None, None
    if rule == "score":
        queries, keys = builder.domain(query).size, builder.domain(key).size
        row = st.lists(st.integers(0, 3), min_size=keys, max_size=keys).map(_ranks)
        scores = tuple(builder.pick(st.lists(row, min_size=queries, max_size=queries)))
    else:
        predicate = _predicate(builder, query, key)
    if rule == "best":
        count = 2 * builder.max_length - 1
        ranks = st.lists(st.integers(0, 3), min_size=count, max_size=count).map(_ranks)
        offsets = builder.pick(ranks)
    name = f"attn_{index}"
    select = Select(f"{name}_pattern", rule, query, key, predicate, causal, offsets, scores)
    kind = Cat(builder.domain(value).name)
    builder.nodes += [select, Aggregate(name, select.name, value, kind, _origin(builder, name))]


def _ranks(values: list[int]) -> tuple[int, ...]:
    """Dense ranks, as the text form writes them: the best is 0, no rank is left out."""
    order = {value: rank for rank, value in enumerate(sorted(set(values)))}
    return tuple(order[value] for value in values)


def _count(builder: _Builder, index: int) -> None:
    query, key = (builder.pick(st.sampled_from(builder.names(Cat))) for _ in range(2))
    predicate = _predicate(builder, query, key)
    causal = builder.pick(st.booleans())
    name = f"num_attn_{index}"
    select = Select(f"{name}_pattern", "all", query, key, predicate, causal)
    value = builder.pick(st.sampled_from(builder.names(Num) + builder.names(Real)))
    kind = builder.program().type_of(value)
    builder.nodes.append(select)
    if isinstance(kind, Num):
        kind = builder.program().sum_range(select, kind)
    builder.nodes.append(Aggregate(name, select.name, value, kind, _origin(builder, name)))


def _subsets(values: range) -> st.SearchStrategy[ValueSet | None]:
    chosen = st.sets(st.sampled_from(values[:40]), min_size=1, max_size=5).map(value_set)
    spans = st.tuples(st.sampled_from(values), st.sampled_from(values)).map(
        lambda ends: ((min(ends), max(ends)),)
    )
    return st.one_of(st.none(), chosen, spans)


def _cases(builder: _Builder, operands: list[str], outcomes: range) -> tuple[Case, ...]:
    patterns = st.tuples(*(_subsets(builder.values_of(name)) for name in operands))
    constant = st.sampled_from(outcomes)
    outcome = st.one_of(constant, constant, _formulas(builder, operands, outcomes))
    default = st.builds(Case, st.just((None,) * len(operands)), outcome)
    return (
        *builder.pick(st.lists(st.builds(Case, patterns, outcome), max_size=4)),
        builder.pick(default),
    )


@cache
def expressions(operands: int) -> st.SearchStrategy[Expression]:
    """Random expressions over so many operands, not all of which have a value everywhere."""
    leaves = st.one_of(
        st.integers(0, operands - 1).map(Operand),
        st.integers(0, operands - 1).map(Operand),
        st.integers(-3, 9).map(Constant),
    )

    def longer(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        return st.one_of(
            st.builds(Binary, st.sampled_from(list(OPERATORS)), inner, inner),
            st.builds(Absolute, inner),
        )

    return st.recursive(leaves, longer, max_leaves=4)


def _formulas(
    builder: _Builder, operands: list[str], outcomes: range
) -> st.SearchStrategy[int | Expression]:
    """Formulas that have a value everywhere, clamped into range; constants if they read nothing."""
    ranges = [builder.values_of(name) for name in operands]

    def clamped(formula: Expression) -> int | Expression:
        if not operands_read(formula) or not _has_values(formula, ranges):
            return outcomes[0]
        low, high = _extremes(formula, ranges)
        if low < outcomes[0]:
            formula = Binary("max", Constant(outcomes[0]), formula)
        return Binary("min", formula, Constant(outcomes[-1])) if high > outcomes[-1] else formula

    return expressions(len(operands)).map(clamped)


def _has_values(formula: Expression, ranges: list[range]) -> bool:
    """Whether a formula has a value for all operands, which are not too many to be tried."""
    try:
        _extremes(formula, ranges)
    except ZeroDivisionError:
        return False
    return math.prod(map(len, ranges)) <= 5_000


def _extremes(formula: Expression, ranges: list[range]) -> tuple[int, int]:
    values = [evaluate(formula, row) for row in itertools.islice(itertools.product(*ranges), 5_000)]
    return min(values), max(values)


def _operands(builder: _Builder) -> list[str]:
    names = builder.names(Cat) + builder.names(Num)
    operands = builder.pick(st.lists(st.sampled_from(names), min_size=1, max_size=3))
    while math.prod(len(builder.values_of(name)) for name in operands) > MAX_TABLE_ENTRIES:
        operands.pop()
    return operands or [TOKENS]


def _lookup(builder: _Builder, index: int) -> None:
    operands = _operands(builder)
    kind: Cat | Num = Cat("value")
    outcomes = range(builder.domains[2].size)
    if builder.pick(st.integers(0, 3)) == 0:
        low = builder.pick(st.integers(0, 3))
        kind = Num(low, low + builder.pick(st.integers(0, 5)))
        outcomes = range(kind.lo, kind.hi + 1)
    cases = _cases(builder, operands, outcomes)
    name = f"mlp_{index}"
    origin = _origin(builder, name)
    found = Lookup(name, tuple(operands), cases, kind, origin)
    builder.nodes.append(with_operands(found, operands))


def _mlp(builder: _Builder, index: int) -> None:
    names = builder.names(Cat) + builder.names(Num) + builder.names(Real)
    operands = builder.pick(st.lists(st.sampled_from(names), min_size=1, max_size=2))
    program = builder.program()
    inputs = sum(
        builder.domain(name).size if isinstance(program.type_of(name), Cat) else 1
        for name in operands
    )
    hidden, outputs = builder.pick(st.integers(1, 3)), builder.domains[2].size

    def numbers(count: int) -> tuple[float, ...]:
        return tuple(builder.pick(st.lists(EIGHTHS, min_size=count, max_size=count)))

    weights = Weights(
        hidden,
        numbers(hidden * inputs),
        numbers(hidden),
        numbers(outputs * hidden),
        numbers(outputs),
    )
    name = f"num_mlp_{index}"
    origin = _origin(builder, name)
    builder.nodes.append(Mlp(name, tuple(operands), weights, Cat("value"), origin))


def _add_result(builder: _Builder, pooled: bool) -> None:
    classes = builder.domains[3].size
    if not pooled and builder.pick(st.integers(0, 4)) == 0:
        operands = _operands(builder)
        cases = _cases(builder, operands, range(classes))
        found = Lookup("label", tuple(operands), cases, Label("label"), ("label",))
        builder.nodes.append(with_operands(found, operands))
        return
    names = builder.names(Cat) + builder.names(Num) + builder.names(Real)
    chosen = builder.pick(st.lists(st.sampled_from(names), max_size=4, unique=True))
    row = st.lists(EIGHTHS, min_size=classes, max_size=classes).map(tuple)
    program = builder.program()
    features = []
    for name in chosen:
        categorical = isinstance(program.type_of(name), Cat)
        count = builder.domain(name).size if categorical else 1
        rows = builder.pick(st.lists(row, min_size=count, max_size=count))
        features.append(Feature(name, tuple(rows)))
    never = (0,) if builder.pick(st.booleans()) else ()
    pool: Pool = builder.pick(st.sampled_from(["sum", "first"])) if pooled else "none"
    label = Label("label", pooled=pooled)
    builder.nodes.append(Classify("label", tuple(features), label, never, pool, ("label",)))


@st.composite
def _languages(draw, vocabulary: Domain, max_length: int) -> Language:
    """`framing? body{least..most}`: one pattern, so that alternatives cannot overlap."""
    tokens = list(range(1, vocabulary.size))
    body = draw(st.sets(st.sampled_from(tokens), min_size=1, max_size=3))
    least = draw(st.integers(1, max_length))
    most = draw(st.integers(least, max_length))
    groups = [Group((Slot(tuple(sorted(body))),), least, most)]
    if least < max_length and draw(st.booleans()):
        frame = draw(st.sampled_from(tokens))
        groups.insert(0, Group((Slot((frame,), scored=False),)))
    return Language((tuple(groups),))
