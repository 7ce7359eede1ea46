"""What properties mean: the referee, one input at a time, in plain Python.

Positions count from 0, over the tokens that the frame leaves: a first `<s>` and a last `</s>` that
the task does not score are no positions. A position that is not there, and a label at a position
that is not scored, are no words: they equal one another, and no word, and have no rank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tpc.diagnostics import Location
from tpc.properties import syntax as tree
from tpc.properties.words import MIRRORED, OPERATORS, number_of, ranked

Value: TypeAlias = bool | int | str | None


@dataclass(frozen=True)
class Case:
    """An input and what the program answers, without the frame.

    Args:
        tokens: By position.
        labels: By position; `None` where nothing is scored. A single one if the program labels
            whole inputs.
        scored: Which positions are.
        pooled: Whether there is a single label.
    """

    tokens: tuple[str, ...]
    labels: tuple[str | None, ...]
    scored: tuple[bool, ...]
    pooled: bool = False


Run: TypeAlias = Callable[[tuple[str, ...]], Case | None]
"""What the program makes of other tokens in the same frame; `None` outside of its language."""


@dataclass(frozen=True)
class Failure:
    """Where a property fails.

    Args:
        place: The innermost formula that fails.
        values: Of the variables there.
        changed: The changed input, if the property has one.
    """

    place: Location
    values: dict[str, int | str]
    changed: Case | None


class Meaning:
    """Properties of a file, asked of one input at a time.

    Args:
        file: The properties.
        tokens: What `tokens` in a quantifier ranges over.
        words: All tokens and labels.
        run: Runs the program on changed inputs.
    """

    def __init__(
        self, file: tree.PropertyFile, tokens: tuple[str, ...], words: set[str], run: Run
    ) -> None:
        self._file, self._tokens, self._run = file, tokens, run
        self._ranks = ranked(file.order, words)

    def failure(self, prop: tree.Property, case: Case) -> Failure | None:
        """Where a property fails on an input; `None` if it holds."""
        return self._failure(prop.body, {}, case, None)

    def _failure(
        self, node: tree.Expression, values: Mapping[str, Value], case: Case, changed: Case | None
    ) -> Failure | None:
        match node:
            case tree.Quantified(kind="forall"):
                found = (
                    self._failure(node.body, {**values, node.variable: value}, case, changed)
                    for value in self._domain(node, case)
                )
            case tree.Connective(operator="and"):
                found = (
                    self._failure(part, values, case, changed) for part in (node.left, node.right)
                )
            case tree.Connective(operator="implies"):
                premise = _Evaluation(self, case, changed).value(node.left, values)
                right = [node.right] if premise else []
                found = (self._failure(part, values, case, changed) for part in right)
            case tree.After():
                found = (
                    self._failure(node.body, values, case, other)
                    for other in self._changes(node.change, values, case)
                )
            case _:
                holds = _Evaluation(self, case, changed).value(node, values)
                shown = {name: v for name, v in values.items() if isinstance(v, int | str)}
                return None if holds else Failure(node.place, shown, changed)
        return next((failure for failure in found if failure is not None), None)

    def _domain(self, node: tree.Quantified, case: Case) -> range | tuple[str, ...]:
        return self._tokens if node.over == "tokens" else range(len(case.tokens))

    def _changes(
        self, change: tree.Changing | tree.Exchanging, values: Mapping[str, Value], case: Case
    ) -> Iterator[Case]:
        """What the program makes of each input that a change makes, in the language."""
        evaluation = _Evaluation(self, case, None)
        for tokens in evaluation.changed(change, values, self._tokens):
            found = self._run(tokens)
            if found is not None:
                yield found


class _Evaluation:
    """Values on one input, and one changed input."""

    def __init__(self, meaning: Meaning, case: Case, changed: Case | None) -> None:
        self._meaning, self._case, self._changed = meaning, case, changed

    def value(self, node: tree.Expression, values: Mapping[str, Value]) -> Value:
        match node:
            case tree.Truth() | tree.Number():
                return node.value
            case tree.Word():
                return node.text
            case tree.Variable() if node.name in values:
                return values[node.name]
            case tree.Variable():
                return self._call(node.name, ())
            case tree.Length():
                return len(self._case.tokens)
            case tree.Input() | tree.Output():
                return self._read(node, values)
            case tree.Scored():
                position = self._number(node.position, values)
                return 0 <= position < len(self._case.scored) and self._case.scored[position]
            case tree.Arithmetic():
                return self._arithmetic(node, values)
            case tree.Call():
                return self._call(node.name, tuple(self.value(a, values) for a in node.arguments))
            case _:
                return self._formed(node, values)

    def _formed(self, node: tree.Expression, values: Mapping[str, Value]) -> bool | int:
        """What is made of formulas, and counts."""
        match node:
            case tree.Comparison():
                left, right = self.value(node.left, values), self.value(node.right, values)
                return self._compare(node.operator, left, right)
            case tree.Not():
                return not self.value(node.operand, values)
            case tree.Connective():
                return self._connective(node, values)
            case tree.Quantified():
                domain = self._meaning._domain(node, self._case)
                found = (self.value(node.body, {**values, node.variable: v}) for v in domain)
                return all(found) if node.kind == "forall" else any(found)
            case tree.Count():
                length = range(len(self._case.tokens))
                return sum(
                    bool(self.value(node.body, {**values, node.variable: j})) for j in length
                )
            case _:
                raise AssertionError(node)

    def _arithmetic(self, node: tree.Arithmetic, values: Mapping[str, Value]) -> int:
        left, right = self._number(node.left, values), self._number(node.right, values)
        if node.operator == "*":
            return left * right
        return left + right if node.operator == "+" else left - right

    def _number(self, node: tree.Expression, values: Mapping[str, Value]) -> int:
        found = self.value(node, values)
        assert isinstance(found, int), "checked"
        return found

    def _call(self, name: str, arguments: tuple[Value, ...]) -> Value:
        found = self._meaning._file.definitions[name]
        return self.value(found.body, dict(zip(found.parameters, arguments, strict=True)))

    def _connective(self, node: tree.Connective, values: Mapping[str, Value]) -> bool:
        left = bool(self.value(node.left, values))
        if node.operator == "iff":
            return left == bool(self.value(node.right, values))
        if left != (node.operator == "or"):
            return bool(self.value(node.right, values))
        return node.operator != "and"

    def _read(self, node: tree.Input | tree.Output, values: Mapping[str, Value]) -> str | None:
        case = self._changed if node.changed else self._case
        assert case is not None, "checked"
        words = case.tokens if isinstance(node, tree.Input) else case.labels
        position = 0 if node.position is None else self._number(node.position, values)
        return words[position] if 0 <= position < len(words) else None

    def _compare(self, operator: str, left: Value, right: Value) -> bool:
        if isinstance(left, int) and isinstance(right, int):
            return OPERATORS[operator](left, right)
        if isinstance(left, int):
            return self._compare(MIRRORED[operator], right, left)
        assert left is None or isinstance(left, str), "checked"
        if isinstance(right, int):
            number = number_of(left)
            if number is None:
                return operator == "!="
            return OPERATORS[operator](number, right)
        if operator in ("=", "!="):
            return (left == right) == (operator == "=")
        ranks = [self._meaning._ranks.get(word or "") for word in (left, right)]
        if ranks[0] is None or ranks[1] is None:
            return False
        return OPERATORS[operator](ranks[0], ranks[1])

    def changed(
        self,
        change: tree.Changing | tree.Exchanging,
        values: Mapping[str, Value],
        tokens: tuple[str, ...],
    ) -> Iterator[tuple[str, ...]]:
        """The inputs that a change makes of this one, each in the order of the vocabulary."""
        given = self._case.tokens
        if isinstance(change, tree.Changing):
            position = self._number(change.position, values)
            if 0 <= position < len(given):
                for token in tokens:
                    yield (*given[:position], token, *given[position + 1 :])
            return
        if isinstance(change.left, tree.Input) and isinstance(change.right, tree.Input):
            one = self._number(change.left.position, values)
            other = self._number(change.right.position, values)
            if 0 <= one < len(given) and 0 <= other < len(given):
                swapped = [*given]
                swapped[one], swapped[other] = given[other], given[one]
                yield tuple(swapped)
            return
        left, right = self.value(change.left, values), self.value(change.right, values)
        exchanged = {left: right, right: left}
        yield tuple(str(exchanged.get(token, token)) for token in given)
