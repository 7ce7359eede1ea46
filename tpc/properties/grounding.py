"""Properties on one shape of the language: every quantifier written out, position by position."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tpc.diagnostics import TpcError
from tpc.properties import syntax as tree
from tpc.properties.frames import FramedShape
from tpc.properties.gates import (
    FALSE,
    TRUE,
    Before,
    Circuit,
    Gate,
    Linear,
    Numeral,
    Read,
    Same,
    Term,
)
from tpc.properties.words import MIRRORED, OPERATORS, number_of

#: A property that has more parts once every quantifier is written out is refused.
_MAX_PARTS = 500_000


@dataclass(frozen=True)
class Change:
    """How the changed input comes from the input.

    Args:
        kind: A position gets any token, two positions exchange theirs, or two tokens each other.
        positions: Of the string, the frame counted.
        tokens: The two.
    """

    kind: Literal["changing", "positions", "tokens"]
    positions: tuple[int, ...] = ()
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Holds:
    """A formula's value, apart from the numbers."""

    gate: Gate


_Value: TypeAlias = _Holds | Linear | Read | str | None
_Values: TypeAlias = dict[str, _Value]


class Grounding:
    """A property on a shape.

    Args:
        file: Where the property is.
        shape: The shape.
        tokens: What `tokens` in a quantifier ranges over.
        pooled: Whether there is one label for the whole input.

    Attributes:
        circuit: All gates.
    """

    def __init__(
        self,
        file: tree.PropertyFile,
        shape: FramedShape,
        tokens: tuple[str, ...],
        *,
        pooled: bool,
    ) -> None:
        self.circuit = Circuit()
        self._file, self._shape, self._tokens, self._pooled = file, shape, tokens, pooled
        self._scored = [slot.scored for slot in shape.body]
        self._known: dict[tuple[object, ...], _Value] = {}
        self._free: dict[int, frozenset[str]] = {}

    def roots(self, prop: tree.Property) -> dict[Change | None, Gate]:
        """What has to hold: of inputs alone, and together with the input that each change makes.

        Raises:
            TpcError: The property is too large once it is written out.
        """
        found: dict[Change | None, list[Gate]] = {}
        for change, gate in self._instances(prop.body, {}, []):
            found.setdefault(change, []).append(gate)
        return {change: self.circuit.all_of(gates) for change, gates in found.items()}

    def _instances(
        self, node: tree.Expression, values: _Values, premises: list[Gate]
    ) -> Iterator[tuple[Change | None, Gate]]:
        if not any(isinstance(inner, tree.After) for inner in tree.walk(node)):
            yield None, self._under(premises, self._formula(node, values))
            return
        match node:
            case tree.Quantified():
                for value in self._domain(node):
                    yield from self._instances(
                        node.body, {**values, node.variable: value}, premises
                    )
            case tree.Connective(operator="and"):
                yield from self._instances(node.left, values, premises)
                yield from self._instances(node.right, values, premises)
            case tree.Connective():
                more = [*premises, self._formula(node.left, values)]
                yield from self._instances(node.right, values, more)
            case tree.After():
                change = self._change(node.change, values)
                if change is not None and FALSE not in premises:
                    yield change, self._under(premises, self._formula(node.body, values))
            case _:
                raise AssertionError("checked")

    def _under(self, premises: list[Gate], gate: Gate) -> Gate:
        return self.circuit.any_of([*map(self.circuit.negated, premises), gate])

    def _change(self, change: tree.Changing | tree.Exchanging, values: _Values) -> Change | None:
        """The change, unless it is of positions that are not there."""
        if isinstance(change, tree.Exchanging) and not isinstance(change.left, tree.Input):
            tokens = [str(self._value(part, values)) for part in (change.left, change.right)]
            return Change("tokens", tokens=tuple(sorted(tokens)))
        if isinstance(change, tree.Changing):
            nodes = [change.position]
        else:
            assert isinstance(change.left, tree.Input), "the others are handled above"
            assert isinstance(change.right, tree.Input), "checked"
            nodes = [change.left.position, change.right.position]
        positions = [self._position(node, values) for node in nodes]
        if not all(0 <= position < self._shape.length for position in positions):
            return None
        absolute = tuple(sorted(position + self._shape.start for position in positions))
        return Change("changing" if len(absolute) == 1 else "positions", absolute)

    def _domain(self, node: tree.Quantified) -> Iterator[_Value]:
        if node.over == "tokens":
            return iter(self._tokens)
        return (Linear(position) for position in range(self._shape.length))

    def _formula(self, node: tree.Expression, values: _Values) -> Gate:
        found = self._value(node, values)
        assert isinstance(found, _Holds), "checked"
        return found.gate

    def _number(self, node: tree.Expression, values: _Values) -> Linear:
        found = self._value(node, values)
        assert isinstance(found, Linear), "checked"
        return found

    def _position(self, node: tree.Expression, values: _Values) -> int:
        found = self._number(node, values)
        assert not found.gates, "checked"
        return found.constant

    def _value(self, node: tree.Expression, values: _Values) -> _Value:
        free = self._free_of(node)
        key = (id(node), *((name, values[name]) for name in sorted(free) if name in values))
        if key not in self._known:
            if len(self._known) >= _MAX_PARTS:
                raise TpcError(
                    f"this property has more than {_MAX_PARTS:,} parts once it is written out",
                    location=node.place,
                    hint="put fewer quantifiers inside one another",
                )
            self._known[key] = self._computed(node, values)
        return self._known[key]

    def _free_of(self, node: tree.Expression) -> frozenset[str]:
        """The names of variables in an expression, bound ones among them."""
        if id(node) not in self._free:
            names = [inner.name for inner in tree.walk(node) if isinstance(inner, tree.Variable)]
            self._free[id(node)] = frozenset(names)
        return self._free[id(node)]

    def _computed(self, node: tree.Expression, values: _Values) -> _Value:
        match node:
            case tree.Truth():
                return _Holds(TRUE if node.value else FALSE)
            case tree.Number():
                return Linear(node.value)
            case tree.Word():
                return node.text
            case tree.Variable() if node.name in values:
                return values[node.name]
            case tree.Variable():
                return self._call(node.name, ())
            case tree.Length():
                return Linear(self._shape.length)
            case tree.Input() | tree.Output():
                return self._read(node, values)
            case tree.Scored():
                return _Holds(int(self._is_scored(self._position(node.position, values))))
            case tree.Arithmetic():
                return self._arithmetic(node, values)
            case tree.Count():
                return self._count(node, values)
            case tree.Call():
                arguments = tuple(self._value(argument, values) for argument in node.arguments)
                return self._call(node.name, arguments)
            case _:
                return _Holds(self._formed(node, values))

    def _formed(self, node: tree.Expression, values: _Values) -> Gate:
        """What is made of formulas and comparisons."""
        match node:
            case tree.Comparison():
                left, right = self._value(node.left, values), self._value(node.right, values)
                return self._compare(node.operator, left, right)
            case tree.Not():
                return self.circuit.negated(self._formula(node.operand, values))
            case tree.Connective():
                return self._connective(node, values)
            case tree.Quantified():
                gates = [
                    self._formula(node.body, {**values, node.variable: value})
                    for value in self._domain(node)
                ]
                joined = self.circuit.all_of if node.kind == "forall" else self.circuit.any_of
                return joined(gates)
            case _:
                raise AssertionError(node)

    def _is_scored(self, position: int) -> bool:
        return 0 <= position < self._shape.length and self._scored[position]

    def _call(self, name: str, arguments: tuple[_Value, ...]) -> _Value:
        found = self._file.definitions[name]
        return self._value(found.body, dict(zip(found.parameters, arguments, strict=True)))

    def _read(self, node: tree.Input | tree.Output, values: _Values) -> Term:
        if node.position is None:
            return Read("out", 0, node.changed)
        position = self._position(node.position, values)
        if isinstance(node, tree.Output):
            there = self._is_scored(position)
        else:
            there = 0 <= position < self._shape.length
        if not there:
            return None
        side: Literal["in", "out"] = "in" if isinstance(node, tree.Input) else "out"
        return Read(side, position + self._shape.start, node.changed)

    def _arithmetic(self, node: tree.Arithmetic, values: _Values) -> Linear:
        left, right = self._number(node.left, values), self._number(node.right, values)
        if node.operator != "*":
            return left.plus(right, 1 if node.operator == "+" else -1)
        if left.gates:
            left, right = right, left
        return Linear(0).plus(right, left.constant)

    def _count(self, node: tree.Count, values: _Values) -> Linear:
        total = Linear(0)
        for position in range(self._shape.length):
            gate = self._formula(node.body, {**values, node.variable: Linear(position)})
            if gate == TRUE:
                total = total.plus(Linear(1))
            elif gate != FALSE:
                total = total.plus(Linear(0, ((gate, 1),)))
        return total

    def _connective(self, node: tree.Connective, values: _Values) -> Gate:
        circuit, left = self.circuit, self._formula(node.left, values)
        # What stands to the right of a constant may be large, and is not needed.
        if node.operator == "and" and left == FALSE:
            return FALSE
        if (node.operator == "or" and left == TRUE) or (
            node.operator == "implies" and left == FALSE
        ):
            return TRUE
        right = self._formula(node.right, values)
        match node.operator:
            case "and":
                return circuit.all_of([left, right])
            case "or":
                return circuit.any_of([left, right])
            case "implies":
                return circuit.any_of([circuit.negated(left), right])
            case "iff":
                return circuit.either_way(left, right)

    def _compare(self, operator: str, left: _Value, right: _Value) -> Gate:
        if operator == "!=":
            return self.circuit.negated(self._compare("=", left, right))
        if isinstance(left, Linear):
            if isinstance(right, Linear):
                return self._compare_numbers(operator, left, right)
            left, right, operator = right, left, MIRRORED[operator]
        assert left is None or isinstance(left, Read | str), "checked"
        if isinstance(right, Linear):
            return self._compare_numeral(operator, left, right)
        assert right is None or isinstance(right, Read | str), "checked"
        return self._same(left, right) if operator == "=" else self._ordered(operator, left, right)

    def _compare_numbers(self, operator: str, left: Linear, right: Linear) -> Gate:
        if operator in ("<", "<="):
            left, right, operator = right, left, MIRRORED[operator]
        difference = left.plus(right, -1)
        if operator == "=":
            return self.circuit.sign(difference, "=")
        return self.circuit.sign(difference.plus(Linear(operator == ">"), -1), ">=")

    def _compare_numeral(self, operator: str, word: Term, number: Linear) -> Gate:
        if not isinstance(word, Read):
            known = number_of(word)
            if known is None:
                return FALSE
            return self._compare_numbers(operator, Linear(known), number)
        if operator == "=" and not number.gates:
            return self._same(word, str(number.constant))
        assert operator in OPERATORS, "a comparison"
        return self.circuit.add(Numeral(word, operator, number))  # type: ignore[arg-type]

    def _same(self, left: Term, right: Term) -> Gate:
        if left is None or right is None:
            # What is read is there: a position that is not is no word already.
            return TRUE if left is right else FALSE
        if isinstance(left, str):
            left, right = right, left
        if isinstance(left, str) or left == right:
            return TRUE if left == right else FALSE
        if isinstance(right, Read) and _key(right) < _key(left):
            left, right = right, left
        return self.circuit.add(Same(left, right))

    def _ordered(self, operator: str, left: Term, right: Term) -> Gate:
        if operator in (">", ">="):
            left, right = right, left
        if left is None or right is None:
            return FALSE
        return self.circuit.add(Before(left, right, operator in ("<", ">")))


def _key(read: Read) -> tuple[object, ...]:
    return read.side, read.position, read.changed
