"""The operations of the IR, one frozen dataclass each. `ir_specs/SPEC.md` says what each computes.

Operands are names of earlier nodes; `tokens` is the program's parameter. Every node that has a
value at each position says in `origin` which variables of the network it equals: provenance that
passes keep up to date, and that verification compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from tpc.ir.expressions import Binary, Constant, Expression, Operand, operands_read, renumbered
from tpc.ir.types import Cat, Domain, Label, Num, Pattern, Real, ValueSet

#: The name of the program's parameter: the ids of the input tokens.
TOKENS = "tokens"

#: How a head that takes one position chooses among its candidates.
#: `closest`: nearest match, left before right, itself last; `first`: leftmost match;
#: `best`: match with the best ranked offset; `score`: best ranked key value of all keys;
#: `all`: no choice, every match is kept.
Rule: TypeAlias = Literal["closest", "first", "best", "score", "all"]
RULES: tuple[Rule, ...] = ("closest", "first", "best", "score", "all")

#: What happens before the classifier's argmax: nothing (a label for every position), the sum of
#: the features over all positions, or the features of position 0 alone.
Pool: TypeAlias = Literal["none", "sum", "first"]


@dataclass(frozen=True)
class TablePredicate:
    """`keys[q]` is the key index that matches query index `q`, `None` if no key does."""

    keys: tuple[int | None, ...]


@dataclass(frozen=True)
class OffsetPredicate:
    """`key == query + delta` on indices; with `delta` 0, `key == query`."""

    delta: int


@dataclass(frozen=True)
class FormulaPredicate:
    """`key == formula` on indices, the formula over the query, which is its operand 0.

    A query whose wanted key is not in the key's domain matches nothing. What an `OffsetPredicate`
    says is not said by one of these: `predicate_of` tells them apart.
    """

    key: Expression


Predicate: TypeAlias = TablePredicate | OffsetPredicate | FormulaPredicate

#: What a case gives: a domain index or a number, or a formula over the operands.
Outcome: TypeAlias = int | Expression


@dataclass(frozen=True)
class Positions:
    """The 0-based index of each position."""

    name: str
    type: Cat
    origin: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ones:
    """The constant 1 at every position."""

    name: str
    origin: tuple[str, ...] = ()

    @property
    def type(self) -> Num:
        """Always `num<1..1>`."""
        return Num(1, 1)


@dataclass(frozen=True)
class Embed:
    """A table over the vocabulary: `values[token id]`, a domain index or a real number."""

    name: str
    values: tuple[int, ...] | tuple[float, ...]
    type: Cat | Real
    origin: tuple[str, ...] = ()


@dataclass(frozen=True)
class Select:
    """The attention pattern of one head.

    Args:
        name: Of the pattern.
        rule: How one position is chosen, or `all`.
        query: The categorical variable read at the attending position.
        key: The categorical variable read at every attended position.
        predicate: Which key matches each query; `None` for rule `score`.
        causal: Only positions up to the query's own can be attended to.
        offsets: For rule `best`: the rank (0 is best) of each offset `key position - query
            position`, from `-(max_length - 1)` to `max_length - 1`.
        scores: For rule `score`: `scores[q][k]`, the rank (0 is best) of key index `k`.
    """

    name: str
    rule: Rule
    query: str
    key: str
    predicate: Predicate | None = None
    causal: bool = False
    offsets: tuple[int, ...] | None = None
    scores: tuple[tuple[int, ...], ...] | None = None

    @property
    def type(self) -> Pattern:
        """One position each, or any number of positions for rule `all`."""
        return Pattern(single=self.rule != "all")

    @property
    def origin(self) -> tuple[str, ...]:
        """Patterns are no variables of the network."""
        return ()


@dataclass(frozen=True)
class Aggregate:
    """The value at the selected position, or the sum of the values at all selected positions."""

    name: str
    pattern: str
    value: str
    type: Cat | Num | Real
    origin: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One line of a lookup: if every operand is in its set (`None`: any value), then `outcome`."""

    patterns: tuple[ValueSet | None, ...]
    outcome: Outcome

    @property
    def constant(self) -> int:
        """The outcome of a case that is known to have no formula."""
        assert isinstance(self.outcome, int), "a formula is no constant"
        return self.outcome


@dataclass(frozen=True)
class Lookup:
    """A table over categorical and integer operands: the outcome of the first case that holds."""

    name: str
    operands: tuple[str, ...]
    cases: tuple[Case, ...]
    type: Cat | Label | Num
    origin: tuple[str, ...] = ()

    @property
    def has_formulas(self) -> bool:
        """Whether an outcome is a formula."""
        return any(not isinstance(case.outcome, int) for case in self.cases)


@dataclass(frozen=True)
class Weights:
    """A two-layer perceptron, row-major. All numbers are IEEE binary32 values.

    Args:
        hidden: Number of hidden units `H`.
        w_in: `H * I` numbers; the `I` inputs are the operands in order, a categorical operand
            taking one input for each of its values, a number one.
        b_in: `H` numbers.
        w_out: `O * H` numbers, `O` the size of the result's domain.
        b_out: `O` numbers.
    """

    hidden: int
    w_in: tuple[float, ...]
    b_in: tuple[float, ...]
    w_out: tuple[float, ...]
    b_out: tuple[float, ...]


@dataclass(frozen=True)
class Mlp:
    """An MLP that is not tabulated: `argmax(w_out @ relu(w_in @ x + b_in) + b_out)`."""

    name: str
    operands: tuple[str, ...]
    weights: Weights
    type: Cat
    origin: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feature:
    """What one variable adds to the logits.

    Args:
        variable: The variable read.
        rows: For a categorical variable, one row of class weights for each of its values; for a
            number, a single row that the number multiplies.
    """

    variable: str
    rows: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Classify:
    """The linear classifier: the class with the largest sum of weights, the first on a tie.

    Args:
        name: Of the label.
        features: In the order in which they are added.
        never: Indices of classes that are never answered.
        pool: Which positions' features are added up first.
        type: The classes; `pooled` unless `pool` is `none`.
    """

    name: str
    features: tuple[Feature, ...]
    type: Label
    never: tuple[int, ...] = ()
    pool: Pool = "none"
    origin: tuple[str, ...] = ()


Node: TypeAlias = Positions | Ones | Embed | Select | Aggregate | Lookup | Mlp | Classify


def predicate_of(key: Expression) -> Predicate:
    """The predicate that wants a key: an offset where it is the query and a constant."""
    match key:
        case Operand():
            return OffsetPredicate(0)
        case Binary("+", Operand(), Constant(delta)):
            return OffsetPredicate(delta)
        case Binary("-", Operand(), Constant(delta)):
            return OffsetPredicate(-delta)
        case _:
            return FormulaPredicate(key)


def with_operands(node: Lookup, names: Sequence[str]) -> Lookup:
    """A lookup that reads other variables, in the order of its own.

    Where two of them are the same one now, formulas read the first of the two.
    """
    if not node.has_formulas:
        return replace(node, operands=tuple(names))
    first = {index: names.index(name) for index, name in enumerate(names)}
    cases = (with_numbers(case, first) for case in node.cases)
    return replace(node, operands=tuple(names), cases=tuple(cases))


def with_numbers(case: Case, numbers: Mapping[int, int]) -> Case:
    """The case with its formula, if it has one, over operands of other numbers."""
    if isinstance(case.outcome, int):
        return case
    return replace(case, outcome=renumbered(case.outcome, numbers))


def read_by_formulas(cases: Iterable[Case]) -> frozenset[int]:
    """The numbers of the operands that formulas of some cases read."""
    formulas = (case.outcome for case in cases if not isinstance(case.outcome, int))
    return frozenset().union(*map(operands_read, formulas))


def is_newer(node: Node) -> bool:
    """Whether a node says what no file of IR 1.0 can: a formula, or a number that is looked up."""
    if isinstance(node, Select):
        return isinstance(node.predicate, FormulaPredicate)
    return isinstance(node, Lookup) and (node.has_formulas or isinstance(node.type, Num))


def operands(node: Node) -> tuple[str, ...]:
    """The names of the values that `node` reads, in order, repetitions kept."""
    match node:
        case Positions() | Ones():
            return ()
        case Embed():
            return (TOKENS,)
        case Select():
            return (node.query, node.key)
        case Aggregate():
            return (node.pattern, node.value)
        case Lookup() | Mlp():
            return node.operands
        case Classify():
            return tuple(feature.variable for feature in node.features)


def kind(node: Node) -> str:
    """The operation's name in the text form, without the rule of a select: `select`, `lookup`."""
    return type(node).__name__.lower()


def backward_slice(nodes: Sequence[Node], names: Iterable[str]) -> set[str]:
    """The variables that some variables are computed from, themselves included.

    Args:
        nodes: Of a program, operands before users.
        names: The variables.
    """
    needed = set(names)
    for node in reversed(nodes):
        if node.name in needed:
            needed.update(operands(node))
    return needed


def named_domains(
    domains: Iterable[Domain], tokens: Cat, nodes: Iterable[Node]
) -> tuple[Domain, ...]:
    """Those of some domains that the type of the tokens or of a node names."""
    named = {node.type.domain for node in nodes if isinstance(node.type, Cat | Label)}
    return tuple(domain for domain in domains if domain.name in named | {tokens.domain})
