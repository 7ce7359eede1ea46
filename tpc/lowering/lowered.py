"""A program as renderers see it: columns, the steps that compute them, the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tpc.ir.expressions import Expression
from tpc.ir.nodes import TOKENS, Case, Feature, Pool, Rule, Weights
from tpc.ir.program import Contract
from tpc.ir.words import Rewrite

#: What the values of a column are: indices with or without names, integers, binary64 numbers,
#: or classes of the answer.
Kind: TypeAlias = Literal["category", "number", "real", "label"]

#: What decides a column: the input, its place, or a step.
Source: TypeAlias = Literal[
    "tokens", "positions", "ones", "embedding", "head", "lookup", "perceptron", "classifier"
]

#: How a head finds what it takes. `fixed`: query and key are functions of the position, so that
#: every query position has one candidate whatever the tokens; `direct`: the key is the position, so
#: that the query names its candidate; `score`: keys are ranked; the others compare keys with the
#: matched one and take the closest, first or best placed, or count or add up all of them.
Strategy: TypeAlias = Literal[
    "fixed", "direct", "score", "closest", "first", "best", "count", "sum"
]


@dataclass(frozen=True)
class Column:
    """A variable: one value for each position.

    Args:
        name: In the program; `tokens` for its parameter.
        kind: What its values are.
        source: What decides it.
        type_range: The indices or integers of its type, those that never occur among them; empty
            for real numbers.
        values: Those that can occur, ascending, over all strings of the vocabulary; empty for
            real numbers.
        labels: What the indices of a category or label are called; `None` for integers.
        origin: The variables of the network that it equals.
    """

    name: str
    kind: Kind
    source: Source
    type_range: range
    values: Sequence[int]
    labels: tuple[str, ...] | None
    origin: tuple[str, ...]

    def value(self, index: int) -> str | int:
        """A value as users see it, from its index; a number is its own."""
        return index if self.labels is None else self.labels[index]

    @property
    def categorical(self) -> bool:
        """Whether its values are indices into a domain, of the label too."""
        return self.kind in ("category", "label")


@dataclass(frozen=True)
class Positions:
    """The 0-based index of each position."""

    name: str


@dataclass(frozen=True)
class Ones:
    """The constant 1."""

    name: str


@dataclass(frozen=True)
class Embedding:
    """A table over the vocabulary: indices, or real numbers."""

    name: str
    values: tuple[int, ...] | tuple[float, ...]


@dataclass(frozen=True)
class Selector:
    """Which positions a head attends to.

    Args:
        name: Of the pattern.
        rule: How one of the matches is chosen, or `all`.
        query: The column read at the attending position.
        key: The column read at the positions attended to.
        causal: Whether only positions up to the query's own are visible.
        matched: For each query index the key index that matches it, `None` where none does; empty
            for rule `score`.
        shift: `n` if the program says `key == query + n` on indices.
        offsets: For rule `best`: all offsets `key position - query position`, best first; of
            equally good ones the left comes first.
        scores: For rule `score`: the rank (0 is best) of each key index, by query index.
        text: The selector as the program's text has it.
        formula: What key index a query index wants, its operand 0, if the program says so.
    """

    name: str
    rule: Rule
    query: str
    key: str
    causal: bool
    matched: tuple[int | None, ...]
    shift: int | None
    offsets: tuple[int, ...]
    scores: tuple[tuple[int, ...], ...]
    text: str
    formula: Expression | None = None

    @property
    def base(self) -> str:
        """The name of the head that it was exported with: what its tables are named after."""
        return self.name.removesuffix("_pattern")

    @property
    def single(self) -> bool:
        """Whether one position is taken, not all matches."""
        return self.rule != "all"

    @property
    def visible_offsets(self) -> tuple[int, ...]:
        """The offsets that can occur, best first."""
        return tuple(o for o in self.offsets if o <= 0) if self.causal else self.offsets


@dataclass(frozen=True)
class Head:
    """What is taken from the positions that a selector attends to.

    Args:
        name: Of the result.
        selector: Where it looks.
        value: The column that it reads there, or adds up.
        strategy: How that is found.
    """

    name: str
    selector: Selector
    value: str
    strategy: Strategy


@dataclass(frozen=True)
class Lookup:
    """A table: the outcome of the first case that covers the operands' values.

    Args:
        name: Of the result, which may be the label.
        operands: Columns of categories or numbers.
        cases: As in the program: total together.
    """

    name: str
    operands: tuple[str, ...]
    cases: tuple[Case, ...]

    @property
    def deciding(self) -> tuple[Case, ...]:
        """The cases up to the first one that holds always."""
        total = (i for i, case in enumerate(self.cases) if not any(case.patterns))
        return self.cases[: next(total, len(self.cases)) + 1]

    @property
    def has_formulas(self) -> bool:
        """Whether an outcome is a formula."""
        return any(not isinstance(case.outcome, int) for case in self.cases)


@dataclass(frozen=True)
class Perceptron:
    """An MLP that is not tabulated: `argmax(w_out @ relu(w_in @ x + b_in) + b_out)`."""

    name: str
    operands: tuple[str, ...]
    weights: Weights

    @property
    def layers(self) -> tuple[tuple[tuple[float, ...], ...], ...]:
        """Two layers, one row for each unit: its bias, then its weights."""
        w = self.weights
        return _units(w.b_in, w.w_in), _units(w.b_out, w.w_out)


def _units(biases: Sequence[float], matrix: Sequence[float]) -> tuple[tuple[float, ...], ...]:
    width = len(matrix) // len(biases)
    return tuple(
        (bias, *matrix[unit * width : (unit + 1) * width]) for unit, bias in enumerate(biases)
    )


@dataclass(frozen=True)
class Classifier:
    """The class of the largest sum of weights, the first on ties.

    Args:
        name: Of the label.
        features: In the order in which they are added.
        never: Classes that are never answered.
        pool: Which positions are added up first.
    """

    name: str
    features: tuple[Feature, ...]
    never: tuple[int, ...]
    pool: Pool


Step: TypeAlias = Positions | Ones | Embedding | Selector | Head | Lookup | Perceptron | Classifier


def reads(step: Step) -> tuple[str, ...]:
    """The columns that a step reads, those of its selector among them."""
    match step:
        case Positions() | Ones():
            return ()
        case Embedding():
            return (TOKENS,)
        case Selector():
            return step.query, step.key
        case Head():
            return *reads(step.selector), step.value
        case Classifier():
            return tuple(feature.variable for feature in step.features)
        case _:
            return step.operands


@dataclass(frozen=True)
class Lowered:
    """A program, ready to be rendered.

    Args:
        name: Of the program, an identifier.
        vocabulary: Tokens in id order.
        classes: In index order.
        max_length: The longest input.
        rewrite: What is done to each word first.
        pooled: Whether there is one label for the whole sequence.
        contract: Where its labels are the network's.
        columns: By name, the tokens first, then in the order of the steps.
        steps: In the program's order, unused ones included.
        live: The names of the steps that the answer depends on.
        result: The name of the label.
        echoed: The framing tokens that an input can have and that are answered by themselves:
            `<s>` at the first position, `</s>` at the last.
        origin: What is known about the network, from the metadata.
        sample: Some inputs of its language, as token ids.
    """

    name: str
    vocabulary: tuple[str, ...]
    classes: tuple[str, ...]
    max_length: int
    rewrite: tuple[Rewrite, ...]
    pooled: bool
    contract: Contract
    columns: Mapping[str, Column]
    steps: tuple[Step, ...]
    live: frozenset[str]
    result: str
    echoed: tuple[str, ...]
    origin: Mapping[str, object]
    sample: tuple[tuple[int, ...], ...]

    @property
    def live_steps(self) -> tuple[Step, ...]:
        """The steps that the answer depends on, in order."""
        return tuple(step for step in self.steps if step.name in self.live)

    @property
    def classifier(self) -> Classifier | None:
        """The step that gives the label, unless that is a lookup."""
        return next((s for s in self.steps if isinstance(s, Classifier)), None)

    def is_category(self, name: str) -> bool:
        """Whether a column's values have a row of weights each; a number multiplies one row."""
        return self.columns[name].kind == "category"

    def is_positions(self, name: str) -> bool:
        """Whether a column is the index of the position."""
        return self.columns[name].source == "positions"

    def is_ones(self, name: str) -> bool:
        """Whether a column is 1 everywhere."""
        return self.columns[name].source == "ones"
