"""Properties on a shape of the language as formulas, for the solver."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tpc.ir.program import Program
from tpc.proof.cubes import Effort, settle
from tpc.proof.encoding import Encoding
from tpc.proof.formulas import FALSE, TRUE, Formulas, Literal
from tpc.proof.query import Answer
from tpc.proof.values import NotEncodableError
from tpc.properties.frames import FramedShape, body_tokens
from tpc.properties.gates import (
    Before,
    Circuit,
    Conjunction,
    Constant,
    Gate,
    Linear,
    Negation,
    Node,
    Numeral,
    Read,
    Same,
    Sign,
)
from tpc.properties.grounding import Change, Grounding
from tpc.properties.syntax import Property, PropertyFile
from tpc.properties.words import MIRRORED, OPERATORS, number_of, ranked

#: Tokens of all positions of a shape together: the solver is not asked about larger ones.
_MOST_TOKENS = 4_000

#: Of the solver on a question that may still be split.
_FIRST = 2.0

Words: TypeAlias = Mapping[str, Literal]
"""For each word that may be read somewhere, when it is."""


@dataclass(frozen=True)
class FailingQuestion:
    """Asks whether a property fails on a string of a shape: a question for the solver.

    Args:
        program: The program.
        file: Where the property is.
        prop: The property.
        shape: The shape. Encodings may have fewer tokens at some positions.
        before: Only strings of the shape that come before this one are asked about, if it is given.
    """

    program: Program
    file: PropertyFile
    prop: Property
    shape: FramedShape
    before: tuple[int, ...] | None = None

    def __call__(
        self, encoding: Encoding, numbers: Collection[int] | None
    ) -> Mapping[int, Literal]:
        """By number what fails: one of these formulas holds where the property does not.

        Raises:
            NotEncodableError: The program has a part that would take too large formulas.
        """
        program, formulas = self.program, encoding.formulas
        pooled = program.label_type.pooled
        grounding = Grounding(self.file, self.shape, body_tokens(program), pooled=pooled)
        own = _words(program, encoding, encoding.tokens(), changed=False)
        words = {*program.vocabulary, *program.classes, *self.file.order.words}
        ranks = ranked(self.file.order, words)
        smaller = TRUE if self.before is None else _earlier(encoding, self.before)
        found: dict[int, Literal] = {}
        # Properties are mostly of positions: their parts are numbered as these, where they can be.
        number = self.shape.start
        for change, gate in grounding.roots(self.prop).items():
            node = grounding.circuit.nodes[gate]
            gates = node.gates if isinstance(node, Conjunction) else (gate,)
            for inside, changed in _changed(program, encoding, self.shape, change):
                asked = range(number, number + len(gates))
                number += len(gates)
                if numbers is not None and not set(asked).intersection(numbers):
                    continue
                reads = own
                if changed:
                    reads = {**own, **_words(program, encoding, changed, changed=True)}
                translation = _Translation(grounding.circuit, formulas, reads, ranks)
                for part, literal in zip(asked, translation.literals(gates), strict=True):
                    found[part] = formulas.all([smaller, inside, -literal])
        return found


def _earlier(encoding: Encoding, ids: Sequence[int]) -> Literal:
    """That a string of the shape comes before this one."""
    formulas, found = encoding.formulas, []
    same: list[Literal] = []
    for position, token in enumerate(ids):
        smaller = [t for t in encoding.shape[position].tokens if t < token]
        found.append(formulas.all([*same, formulas.token_in(position, smaller)]))
        same.append(formulas.token(position, token))
    return formulas.any(found)


@dataclass(frozen=True)
class Solver:
    """Asks OR-Tools for counterexamples on a shape.

    Args:
        program: The program.
        file: Where the property is.
        prop: The property.
        effort: Of one question.
    """

    program: Program
    file: PropertyFile
    prop: Property
    effort: float

    def ask(self, shape: FramedShape, before: tuple[int, ...] | None = None) -> Answer | str:
        """Whether there is a counterexample of a shape, or why that cannot be asked.

        Args:
            shape: The shape.
            before: Only smaller ones than this are asked for, if it is given.
        """
        if sum(len(slot.tokens) for slot in shape.slots) > _MOST_TOKENS:
            return "the vocabulary is too large for the solver"
        question = FailingQuestion(self.program, self.file, self.prop, shape, before)
        effort = Effort(_FIRST, _FIRST, _FIRST, self.effort)
        try:
            return settle(question, shape.slots, effort)
        except NotEncodableError as error:
            return str(error)


def _words(
    program: Program,
    encoding: Encoding,
    tokens: Sequence[Mapping[int, Literal]],
    *,
    changed: bool,
) -> dict[Read, Words]:
    """What can be read of an input and its labels."""
    labels = encoding.encode(program, tokens=tokens).labels
    found: dict[Read, Words] = {}
    for position, by_token in enumerate(tokens):
        words = {program.vocabulary[token]: holds for token, holds in by_token.items()}
        found[Read("in", position, changed)] = words
    for position, by_class in labels.items():
        words = {program.classes[int(label)]: holds for label, holds in by_class.items()}
        found[Read("out", position, changed)] = words
    return found


def _changed(
    program: Program, encoding: Encoding, shape: FramedShape, change: Change | None
) -> Iterator[tuple[Literal, list[dict[int, Literal]]]]:
    """The inputs that a change makes: when they are in the shape, and their tokens.

    There are none for no change: the empty list.
    """
    if change is None:
        yield TRUE, []
        return
    tokens = encoding.tokens()
    if change.kind == "changing":
        (position,) = change.positions
        for token in shape.slots[position].tokens:
            yield TRUE, [*tokens[:position], {token: TRUE}, *tokens[position + 1 :]]
        return
    if change.kind == "positions":
        one, other = change.positions
        tokens[one], tokens[other] = tokens[other], tokens[one]
    else:
        ids = program.token_ids
        one, other = (ids[token] for token in change.tokens)
        exchanged = {one: other, other: one}
        for position in range(shape.start, len(shape.slots) - shape.end):
            moved = {exchanged.get(token, token): lit for token, lit in tokens[position].items()}
            tokens[position] = moved
    inside = encoding.formulas.all(
        encoding.formulas.any(lit for token, lit in found.items() if token in slot.members)
        for found, slot in zip(tokens, shape.slots, strict=True)
    )
    yield inside, tokens


class _Translation:
    """Gates as formulas."""

    def __init__(
        self,
        circuit: Circuit,
        formulas: Formulas,
        reads: Mapping[Read, Words],
        ranks: Mapping[str, int],
    ) -> None:
        self.circuit, self.formulas = circuit, formulas
        self.reads, self.ranks = reads, ranks
        self.found: dict[Gate, Literal] = {}

    def literals(self, gates: Iterable[Gate]) -> list[Literal]:
        """The formulas of some gates."""
        asked = list(gates)
        for root in asked:
            for gate in self.circuit.needed(root) if root not in self.found else ():
                if gate not in self.found:
                    self.found[gate] = self._literal(self.circuit.nodes[gate])
        return [self.found[gate] for gate in asked]

    def _literal(self, node: Node) -> Literal:
        match node:
            case Constant():
                return TRUE if node.value else FALSE
            case Negation():
                return -self.found[node.gate]
            case Conjunction():
                return self.formulas.all(self.found[gate] for gate in node.gates)
            case Same():
                left, right = self._word(node.left), self._word(node.right)
                return self._any_both((left[word], right[word]) for word in left if word in right)
            case Before():
                return self._before(self._word(node.left), self._word(node.right), node.strict)
            case Sign():
                return self._compared(node.sum, node.operator)
            case Numeral():
                return self._any_both(
                    (holds, self._compared(node.sum.plus(Linear(-number)), MIRRORED[node.operator]))
                    for word, holds in self.reads[node.word].items()
                    if (number := number_of(word)) is not None
                )

    def _word(self, term: Read | str | None) -> Words:
        if isinstance(term, Read):
            return self.reads[term]
        return {} if term is None else {term: TRUE}

    def _any_both(self, pairs: Iterable[tuple[Literal, Literal]]) -> Literal:
        return self.formulas.any([self.formulas.both(one, other) for one, other in pairs])

    def _before(self, left: Words, right: Words, strict: bool) -> Literal:
        compared = OPERATORS["<" if strict else "<="]
        ranks = self.ranks
        return self._any_both(
            (
                holds,
                self.formulas.any(
                    other
                    for word, other in right.items()
                    if word in ranks and compared(ranks[first], ranks[word])
                ),
            )
            for first, holds in left.items()
            if first in ranks
        )

    def _compared(self, total: Linear, operator: str) -> Literal:
        """A linear sum, compared with 0."""
        terms = [(self.found[gate], times) for gate, times in total.gates]
        weights, constant = self.formulas.collected(terms)
        constant += total.constant

        def at_least(bound: int) -> Literal:
            return self.formulas.at_least(weights, bound - constant)

        match operator:
            case ">=":
                return at_least(0)
            case ">":
                return at_least(1)
            case "<":
                return -at_least(0)
            case "<=":
                return -at_least(1)
            case _:
                return self.formulas.both(at_least(0), -at_least(1))
