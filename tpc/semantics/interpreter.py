"""What programs mean, executable: slow, obvious, the referee for every backend.

One function for each operation of `ir_specs/SPEC.md`, on one sequence at a time. Nothing here is
clever; tables are looked up case by case, selections are made by looking at every position.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tpc.ir.nodes import TOKENS, Aggregate, Classify, Embed, Lookup, Mlp, Ones, Positions, Select
from tpc.ir.program import Program, matched_keys, outcome
from tpc.ir.types import Cat, Label, Value
from tpc.semantics.encoding import encode, present

#: A column: one number for each position (indices of categorical values).
Column: TypeAlias = list[int] | list[float]


@dataclass(frozen=True)
class Computation:
    """Everything one sequence makes a program compute.

    Args:
        columns: For each variable, categorical indices or numbers by position; for a pooled label
            a column of length 1.
        patterns: For each `select`, the selected positions of each query position.
        logits: For each position (or, pooled, once), the weight of each class; empty where the
            label comes from a lookup.
    """

    columns: Mapping[str, Column]
    patterns: Mapping[str, list[list[int]]]
    logits: list[list[float]]


class Interpreter:
    """A program, ready to be run on one sequence after another.

    What its tables and MLPs gave for their operands is kept for as long as this object.

    Args:
        program: A verified program.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._outcomes: dict[tuple[str, tuple[float, ...]], int] = {}

    def run(self, tokens: Sequence[str], *, raw: bool = False) -> list[str] | str:
        """The labels of a sequence of words, or its one label if the program is pooled.

        Args:
            tokens: Words, as the user has them: they are rewritten and looked up as the program
                says.
            raw: Give the network's labels at framing tokens too, instead of echoing those tokens.

        Raises:
            TpcError: A word is unknown, the sequence is too long, or it is empty and pooled.
        """
        program = self.program
        ids = encode(program, tokens)
        if not ids and not program.label_type.pooled:
            return []
        labels = self.evaluate(ids).columns[program.result]
        return present(program, tokens, [program.classes[int(label)] for label in labels], raw=raw)

    def run_many(
        self, sequences: Iterable[Sequence[str]], *, raw: bool = False
    ) -> Iterator[list[str] | str]:
        """What `run` gives for several sequences, in order."""
        return (self.run(tokens, raw=raw) for tokens in sequences)

    def trace(self, tokens: Sequence[str]) -> dict[str, list[Value]]:
        """Every variable of the network that the program still has, as users see values.

        `label` is always there: the raw answer by position, or the one answer of a pooled program.
        """
        program = self.program
        columns = self.evaluate(encode(program, tokens)).columns
        shown = {
            origin: present_column(program, node.name, columns[node.name])
            for node in program.nodes
            for origin in node.origin
        }
        return {**shown, "label": present_column(program, program.result, columns[program.result])}

    def evaluate(self, ids: Sequence[int]) -> Computation:
        """Run the program on token ids (no padding, at most `max_length` of them)."""
        program = self.program
        columns: dict[str, Column] = {TOKENS: list(ids)}
        patterns: dict[str, list[list[int]]] = {}
        logits: list[list[float]] = []
        for node in program.nodes:
            match node:
                case Select():
                    patterns[node.name] = select(program, node, columns)
                case Aggregate():
                    pattern = patterns[node.pattern]
                    columns[node.name] = aggregate(program, node, pattern, columns)
                case Classify():
                    logits = classifier_logits(program, node, columns)
                    columns[node.name] = [best_class(row, node.never) for row in logits]
                case Lookup() | Mlp():
                    operands = zip(*(columns[name] for name in node.operands), strict=True)
                    columns[node.name] = [self._outcome(node, values) for values in operands]
                case _:
                    columns[node.name] = pointwise(node, columns[TOKENS])
        return Computation(columns, patterns, logits)

    def _outcome(self, node: Lookup | Mlp, values: tuple[float, ...]) -> int:
        """A table's or MLP's outcome for these operands."""
        key = (node.name, values)
        if key not in self._outcomes:
            if isinstance(node, Lookup):
                self._outcomes[key] = lookup(node, values)
            else:
                self._outcomes[key] = mlp(self.program, node, values)
        return self._outcomes[key]


def run(program: Program, tokens: Sequence[str], *, raw: bool = False) -> list[str] | str:
    """What `Interpreter.run` gives, for a single sequence."""
    return Interpreter(program).run(tokens, raw=raw)


def trace(program: Program, tokens: Sequence[str]) -> dict[str, list[Value]]:
    """What `Interpreter.trace` gives, for a single sequence."""
    return Interpreter(program).trace(tokens)


def evaluate(program: Program, ids: Sequence[int]) -> Computation:
    """What `Interpreter.evaluate` gives, for a single sequence."""
    return Interpreter(program).evaluate(ids)


def present_column(program: Program, name: str, column: Column) -> list[Value]:
    """A column as users see it: names for categorical values, numbers as they are."""
    if not isinstance(program.type_of(name), Cat | Label):
        return list(column)
    domain = program.domain_of(name)
    return [domain.value(int(index)) for index in column]


def pointwise(node: Positions | Ones | Embed, tokens: Column) -> Column:
    """The operations that look at the token or the position alone."""
    match node:
        case Positions():
            return list(range(len(tokens)))
        case Ones():
            return [1] * len(tokens)
        case Embed():
            return [node.values[int(token)] for token in tokens]


def select(program: Program, node: Select, columns: Mapping[str, Column]) -> list[list[int]]:
    """For each query position the positions it attends to, ascending."""
    queries, keys = columns[node.query], columns[node.key]
    matched = matched_keys(program, node) if node.predicate is not None else ()
    pattern = []
    for position, query in enumerate(queries):
        visible = range(position + 1) if node.causal else range(len(keys))
        if node.rule == "score":
            assert node.scores is not None, "verified"
            ranks = node.scores[int(query)]
            pattern.append([min(visible, key=lambda j: ranks[int(keys[j])])])
            continue
        matches = [j for j in visible if keys[j] == matched[int(query)]]
        pattern.append(matches if node.rule == "all" else [choose(node, position, matches)])
    return pattern


def choose(node: Select, position: int, matches: list[int]) -> int:
    """The one match that a head takes; position 0 if there is none. `min` keeps the first."""
    if not matches:
        return 0
    match node.rule:
        case "closest":
            others = [j for j in matches if j != position]
            return min(others, key=lambda j: (abs(j - position), j)) if others else position
        case "best":
            assert node.offsets is not None, "verified"
            ranks, last = node.offsets, len(node.offsets) // 2
            return min(matches, key=lambda j: ranks[j - position + last])
        case _:
            return matches[0]


def aggregate(
    program: Program, node: Aggregate, pattern: list[list[int]], columns: Mapping[str, Column]
) -> Column:
    """The value at the one selected position, or the sum over the selected ones, left to right."""
    values = columns[node.value]
    if program.type_of(node.pattern).single:  # type: ignore[union-attr]
        return [values[selected[0]] for selected in pattern]
    return [total(values[j] for j in selected) for selected in pattern]


def total(numbers: Iterable[float]) -> float:
    """The sum from left to right; the built-in `sum` rounds differently from Python 3.12 on."""
    result: float = 0
    for number in numbers:
        result += number
    return result


def lookup(node: Lookup, values: Sequence[float]) -> int:
    """The outcome of the first case whose sets have the operands' values."""
    found = outcome(node.cases, tuple(map(int, values)))
    assert found is not None, "verified tables are total"
    return found


def mlp(program: Program, node: Mlp, values: Sequence[float]) -> int:
    """The output unit with the largest activation in binary64, the first on a tie."""
    weights = node.weights
    inputs: list[float] = []
    for name, value in zip(node.operands, values, strict=True):
        if isinstance(program.type_of(name), Cat):
            one_hot = [0.0] * program.domain_of(name).size
            one_hot[int(value)] = 1.0
            inputs += one_hot
        else:
            inputs.append(float(value))
    hidden = [max(0.0, x) for x in _affine(weights.w_in, weights.b_in, inputs)]
    outputs = _affine(weights.w_out, weights.b_out, hidden)
    return outputs.index(max(outputs))


def _affine(matrix: Sequence[float], bias: Sequence[float], inputs: list[float]) -> list[float]:
    width = len(inputs)
    rows = [matrix[start : start + width] for start in range(0, len(matrix), width)]
    return [
        constant + total(w * x for w, x in zip(row, inputs, strict=True))
        for row, constant in zip(rows, bias, strict=True)
    ]


def classifier_logits(
    program: Program, node: Classify, columns: Mapping[str, Column]
) -> list[list[float]]:
    """The class weights of each position, or of the sequence: features added in their order."""
    classes = len(program.domain_of_type(node.type).labels or ())
    rows = [[0.0] * classes for _ in columns[TOKENS]]
    for feature in node.features:
        categorical = isinstance(program.type_of(feature.variable), Cat)
        for row, value in zip(rows, columns[feature.variable], strict=True):
            weights = feature.rows[int(value) if categorical else 0]
            factor = 1 if categorical else value
            for index, weight in enumerate(weights):
                row[index] += weight * factor
    if node.pool == "none":
        return rows
    pooled = rows[:1] if node.pool == "first" else rows
    return [[total(column) for column in zip(*pooled, strict=True)]]


def best_class(logits: Sequence[float], never: Sequence[int]) -> int:
    """The class with the largest logit among those that may be answered, the first on a tie."""
    answerable = [index for index in range(len(logits)) if index not in never]
    return max(answerable, key=lambda index: logits[index])
