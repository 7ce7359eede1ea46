"""Programs as formulas: what each variable is at each position of the strings of one shape.

`Encoding(shape)` holds the formulas, `.token(i, t)` says that a string has a token somewhere, and
`.encode(program).label(i, c)` that a program answers a class there; programs that are encoded
together share what they have in common. `tpc.proof.query` asks whether a formula can be true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tpc.ir.expressions import operands_read, renumbered
from tpc.ir.language import Slot
from tpc.ir.nodes import (
    TOKENS,
    Aggregate,
    Case,
    Classify,
    Embed,
    Lookup,
    Mlp,
    Node,
    Ones,
    Positions,
    Select,
)
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Real, contains
from tpc.proof.formulas import FALSE, TRUE, Formulas, Literal
from tpc.proof.scores import Scores, Tie
from tpc.proof.values import NotEncodableError, OneOf, Variable, one_of, table, total
from tpc.semantics.arrays import Array
from tpc.semantics.dense_tables import painted
from tpc.semantics.layers import perceptron
from tpc.semantics.selecting import preference_ranks

#: Shapes of more tokens in all slots together are not encoded.
_MAX_TOKENS = 2_000

#: Nor are programs that take more formulas.
_MAX_FORMULAS = 400_000

#: Tables of more combinations of values are not written out; those of lookups go case by case.
_MAX_TABLE = 1 << 17

#: Real sums of more values, and numbers of more values that are taken or added up, are given up.
_MAX_VALUES = 300


@dataclass(frozen=True)
class Encoded:
    """A program as formulas.

    Args:
        labels: At each position that was asked for, when the program answers each class; at 0 if
            it answers once.
    """

    labels: Mapping[int, Mapping[float, Literal]]

    def label(self, position: int, answer: int) -> Literal:
        """That the program answers the class number `answer` at a position."""
        return self.labels[position].get(answer, FALSE)


class Encoding:
    """Programs on the strings of one shape.

    Args:
        shape: The slots, as `Language.shapes` gives them; not none.

    Attributes:
        formulas: Of all programs that were encoded.
        ties: By their formulas the comparisons of scores that rounding may decide.
    """

    def __init__(self, shape: Sequence[Slot[int]]) -> None:
        self.shape = tuple(shape)
        self.formulas = Formulas(shape)
        self.ties: dict[Literal, Tie] = {}
        self._known_ties: dict[Tie, Literal] = {}

    def token(self, position: int, token: int) -> Literal:
        """That a token stands at a position."""
        return self.formulas.token(position, token)

    def encode(
        self,
        program: Program,
        positions: Iterable[int] | None = None,
        tokens: Sequence[Mapping[int, Literal]] | None = None,
    ) -> Encoded:
        """A program's labels.

        Args:
            program: A verified program over the shape's tokens.
            positions: Where its labels are wanted; the scored positions by default.
            tokens: The input, if it is not the string itself: for each position which tokens may
                stand there, and when they do.

        Raises:
            NotEncodableError: It has a part that would take too large formulas.
        """
        size = sum(len(slot.tokens) for slot in self.shape)
        if size > _MAX_TOKENS:
            raise NotEncodableError(f"one has {size:,} tokens in its slots")
        if program.label_type.pooled:
            asked = [0]
        elif positions is None:
            asked = [place for place, slot in enumerate(self.shape) if slot.scored]
        else:
            asked = list(positions)
        return Encoded(_Encoder(self, program, asked).labels(tokens or self.tokens()))

    def tokens(self) -> list[dict[int, Literal]]:
        """For each position which tokens may stand there, and when they do."""
        return [
            {token: self.token(position, token) for token in slot.tokens}
            for position, slot in enumerate(self.shape)
        ]

    def tie(self, tie: Tie) -> Literal:
        """The formula of a comparison that rounding may decide; alike ones have the same."""
        if tie not in self._known_ties:
            literal = self._known_ties[tie] = self.formulas.choice()
            self.ties[literal] = tie
        return self._known_ties[tie]


class _Encoder:
    """One program underway: for each variable what it is at the positions where it is needed."""

    def __init__(self, encoding: Encoding, program: Program, asked: list[int]) -> None:
        self.encoding, self.program = encoding, program
        self.formulas = encoding.formulas
        self.length = len(encoding.shape)
        self.found: dict[tuple[str, int], Variable] = {}
        self.chosen: dict[tuple[str, int], list[tuple[int, Literal]]] = {}
        self.tables: dict[tuple[str, tuple[tuple[float, ...], ...]], Array] = {}
        self.needed = _needed(program, asked, self.length)

    def labels(self, tokens: Sequence[Mapping[int, Literal]]) -> dict[int, Mapping[float, Literal]]:
        for position, found in enumerate(tokens):
            self.found[TOKENS, position] = one_of({t: found[t] for t in found})
        for node in self.program.nodes:
            if not isinstance(node, Select):
                for position in sorted(self.needed.get(node.name, ())):
                    self.found[node.name, position] = self.value(node, position)
            if len(self.formulas.nodes) > _MAX_FORMULAS:
                raise NotEncodableError(f"one takes more than {_MAX_FORMULAS:,} formulas")
        labels = {}
        for position in sorted(self.needed[self.program.result]):
            answer = self.found[self.program.result, position]
            assert isinstance(answer, OneOf), "labels are categorical"
            labels[position] = answer.literals
        return labels

    def value(self, node: Node, i: int) -> Variable:
        match node:
            case Positions():
                return OneOf({i: TRUE})
            case Ones():
                return OneOf({1: TRUE})
            case Embed():
                return self.embed(node, i)
            case Aggregate():
                return self.aggregate(node, i)
            case Lookup() | Mlp():
                return self.table(node, i)
            case Classify():
                return self.classify(node, i)
            case _:
                raise AssertionError(f"%{node.name} has no value")

    def embed(self, node: Embed, i: int) -> OneOf:
        read = self.found[TOKENS, i]
        tokens: dict[float, list[float]] = {}
        for token in read.values():
            tokens.setdefault(node.values[int(token)], []).append(token)
        return one_of({v: read.among(self.formulas, found) for v, found in tokens.items()})

    def one_of(self, name: str, i: int) -> OneOf:
        """A variable by its values."""
        variable = self.found[name, i]
        if isinstance(variable, OneOf):
            return variable
        values = variable.values()
        if len(values) > _MAX_VALUES:
            raise NotEncodableError(f"%{name} can have {len(values):,} values")
        return one_of({value: variable.among(self.formulas, [value]) for value in values})

    # Attention.

    def aggregate(self, node: Aggregate, i: int) -> Variable:
        select = self.program.by_name[node.pattern]
        assert isinstance(select, Select), "verified"
        if select.rule == "all":
            return self.sum(node, select, i)
        key = (select.name, i)
        if key not in self.chosen:
            at = self.scored(select, i) if select.rule == "score" else self.matched(select, i)
            self.chosen[key] = [(j, literal) for j, literal in at if literal != FALSE]
        parts: dict[float, list[Literal]] = {}
        for j, literal in self.chosen[key]:
            for value, holds in self.one_of(node.value, j).literals.items():
                parts.setdefault(value, []).append(self.formulas.both(literal, holds))
        return one_of({value: self.formulas.any(found) for value, found in parts.items()})

    def matched_keys_of(self, select: Select, i: int) -> dict[int | None, Literal]:
        """Which key a query looks for, and when."""
        matched = matched_keys(self.program, select)
        queries: dict[int | None, list[float]] = {}
        query = self.found[select.query, i]
        for value in query.values():
            queries.setdefault(matched[int(value)], []).append(value)
        return {key: query.among(self.formulas, values) for key, values in queries.items()}

    def visible(self, select: Select, i: int) -> range:
        return range(i + 1 if select.causal else self.length)

    def has_key(self, select: Select, j: int, key: int | None) -> Literal:
        return FALSE if key is None else self.found[select.key, j].among(self.formulas, [key])

    def matched(self, select: Select, i: int) -> list[tuple[int, Literal]]:
        """When each position is taken: the first in the rule's order that matches, else 0."""
        formulas = self.formulas
        ranks = preference_ranks(select, i, len(self.visible(select, i)))
        order = sorted(self.visible(select, i), key=ranks.__getitem__)
        parts: dict[int, list[Literal]] = {}
        for key, asked in self.matched_keys_of(select, i).items():
            free = TRUE
            for j in order if key is not None else ():
                match = self.has_key(select, j, key)
                if match == FALSE:
                    continue
                parts.setdefault(j, []).append(formulas.all((asked, free, match)))
                free = formulas.both(free, -match)
            parts.setdefault(0, []).append(formulas.both(asked, free))
        return [(j, formulas.any(found)) for j, found in sorted(parts.items())]

    def scored(self, select: Select, i: int) -> list[tuple[int, Literal]]:
        """When each position is taken: the first of those whose key is ranked best."""
        assert select.scores is not None, "verified"
        formulas = self.formulas
        parts: dict[int, list[Literal]] = {}
        for query, asked in self.one_of(select.query, i).literals.items():
            ranks = select.scores[int(query)]
            levels: dict[int, list[float]] = {}
            for key, rank in enumerate(ranks):
                levels.setdefault(rank, []).append(key)
            free = asked
            for _, keys in sorted(levels.items()):
                for j in self.visible(select, i):
                    match = self.found[select.key, j].among(formulas, keys)
                    parts.setdefault(j, []).append(formulas.both(free, match))
                    free = formulas.both(free, -match)
                if free == FALSE:
                    break
        return [(j, formulas.any(found)) for j, found in sorted(parts.items())]

    def sum(self, node: Aggregate, select: Select, i: int) -> Variable:
        formulas = self.formulas
        asked = self.matched_keys_of(select, i)
        asked.pop(None, None)
        matches = []
        for j in self.visible(select, i):
            parts = [
                formulas.both(literal, self.has_key(select, j, key))
                for key, literal in asked.items()
            ]
            matches.append((j, formulas.any(parts)))
        matches = [(j, match) for j, match in matches if match != FALSE]
        if isinstance(node.type, Real):
            return self.real_sum(node, matches)
        terms: list[tuple[Literal, int]] = []
        for j, match in matches:
            for value, holds in self.one_of(node.value, j).literals.items():
                if value:
                    terms.append((formulas.both(match, holds), int(value)))
        return total(formulas, terms)

    def real_sum(self, node: Aggregate, matches: list[tuple[int, Literal]]) -> OneOf:
        """Every sum that real numbers can have, added up as the interpreter does."""
        formulas = self.formulas
        sums: dict[float, Literal] = {0: TRUE}
        for j, match in matches:
            after: dict[float, list[Literal]] = {}
            for before, holds in sums.items():
                after.setdefault(before, []).append(formulas.both(holds, -match))
                for value, has in self.one_of(node.value, j).literals.items():
                    found = formulas.all((holds, match, has))
                    if found != FALSE:
                        after.setdefault(before + value, []).append(found)
            if len(after) > _MAX_VALUES:
                raise NotEncodableError(f"%{node.name} is a sum of many real numbers")
            sums = {value: formulas.any(found) for value, found in after.items()}
        return one_of(sums)

    # Tables and classes.

    def table(self, node: Lookup | Mlp, i: int) -> OneOf:
        operands = [self.found[name, i] for name in node.operands]
        axes = tuple(tuple(operand.values()) for operand in operands)
        combinations = int(np.prod([float(len(axis)) for axis in axes]))
        if combinations > _MAX_TABLE:
            if isinstance(node, Lookup):
                return self.cases(node, operands)
            raise NotEncodableError(f"%{node.name} is an MLP of {combinations:,} combinations")
        key = (node.name, axes)
        if key not in self.tables:
            self.tables[key] = self.outcomes(node, axes)
        return table(self.formulas, self.tables[key], operands)

    def outcomes(self, node: Lookup | Mlp, axes: Sequence[Sequence[float]]) -> Array:
        if isinstance(node, Lookup):
            return painted(node.cases, [list(map(int, axis)) for axis in axes])
        grid = np.meshgrid(*(_column(axis) for axis in axes), indexing="ij")
        found = perceptron(self.program, node, [part.reshape(-1) for part in grid])
        return found.reshape([len(axis) for axis in axes])

    def cases(self, node: Lookup, operands: Sequence[Variable]) -> OneOf:
        """A table as a decision list: the first case that holds."""
        formulas = self.formulas
        found: dict[float, Literal] = {}
        for case in reversed(node.cases):
            parts = [
                operand.among(formulas, [v for v in operand.values() if contains(covered, int(v))])
                for operand, covered in zip(operands, case.patterns, strict=True)
                if covered is not None
            ]
            holds = formulas.all(parts)
            found = {value: formulas.both(-holds, before) for value, before in found.items()}
            possible = self.program.range_of(node.name)
            for value, literal in self.outcome(node, case, operands).items():
                if value not in possible:
                    continue  # Only where another case decides.
                given = formulas.both(holds, literal)
                found[value] = formulas.any((given, found.get(value, FALSE)))
        return one_of(found)

    def outcome(
        self, node: Lookup, case: Case, operands: Sequence[Variable]
    ) -> Mapping[float, Literal]:
        """When a case gives which value, where it decides."""
        if isinstance(case.outcome, int):
            return {case.outcome: TRUE}
        read = sorted(operands_read(case.outcome))
        axes = [list(map(int, operands[index].values())) for index in read]
        if np.prod([float(len(axis)) for axis in axes]) > _MAX_TABLE:
            raise NotEncodableError(f"%{node.name} has a formula of too many combinations")
        formula = renumbered(case.outcome, {index: place for place, index in enumerate(read)})
        outcomes = painted([Case((None,) * len(read), formula)], axes)
        return table(self.formulas, outcomes, [operands[index] for index in read]).literals

    def classify(self, node: Classify, i: int) -> OneOf:
        positions = range(self.length) if node.pool == "sum" else [i]
        features = [
            [self.found[feature.variable, j] for feature in node.features] for j in positions
        ]
        return Scores(self.program, node, self.formulas, features, self.encoding.tie).label()


def _needed(program: Program, asked: Iterable[int], length: int) -> dict[str, set[int]]:
    """At which positions each variable is needed for the labels at some positions."""
    everywhere = range(length)
    needed: dict[str, set[int]] = {program.result: set(asked)}
    for node in reversed(program.nodes):
        at = needed.get(node.name)
        if at is None:
            continue
        match node:
            case Aggregate():
                needed.setdefault(node.pattern, set()).update(at)
                needed.setdefault(node.value, set()).update(everywhere)
            case Select():
                needed.setdefault(node.query, set()).update(at)
                needed.setdefault(node.key, set()).update(everywhere)
            case Classify(pool="sum"):
                for feature in node.features:
                    needed.setdefault(feature.variable, set()).update(everywhere)
            case Classify():
                for feature in node.features:
                    needed.setdefault(feature.variable, set()).update(at)
            case Lookup() | Mlp():
                for name in node.operands:
                    needed.setdefault(name, set()).update(at)
            case _:
                pass
    return needed


def _column(values: Sequence[float]) -> Array:
    whole = all(isinstance(value, int) for value in values)
    return np.array(values, dtype=np.int64 if whole else np.float64)
