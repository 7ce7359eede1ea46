"""Names, places and literals of one `.tpir` file: what its parse tree is read with."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any, NoReturn, TypeAlias, cast

from lark import Token, Tree

from tpc.diagnostics import Location, TpcError, did_you_mean, shortened
from tpc.ir.expressions import Absolute, Binary, Constant, Expression, Operand, Operator
from tpc.ir.types import Cat, Domain, Num, Type, ValueSet, is_canonical, value_set

#: A node of lark's parse tree. Its children depend on the grammar rule, which types cannot say.
Branch: TypeAlias = Any

#: Nothing that a program counts needs larger integers.
MAX_DIGITS = 18


class Scope:
    """What is defined so far, and how literals are read in its light."""

    def __init__(self, text: str, filename: str) -> None:
        self._lines = text.split("\n")
        self._filename = filename
        self._domains: dict[str, Domain] = {}
        self._types: dict[str, Type] = {}
        self._where: dict[str, Location] = {}

    def locate(self, name: str) -> Location | None:
        """Where the variable or `@domain` of this name is defined."""
        return self._where.get(name)

    # Places and names.

    def _location(self, item: Branch | Token) -> Location:
        meta = item.meta if isinstance(item, Tree) else item
        line, column = cast("int", meta.line), cast("int", meta.column)
        end = cast("int", meta.end_column) if meta.end_line == line else column + 1
        source = self._lines[line - 1]
        return Location(self._filename, line, column, source, max(1, end - column))

    def _fail(self, item: Branch | Token, message: str, hint: str | None = None) -> NoReturn:
        raise TpcError(message, location=self._location(item), hint=hint)

    def _define(self, token: Token) -> str:
        name = str(token)[1:]
        if name in self._types:
            self._fail(token, f"%{name} is defined twice", "rename one of them")
        self._where[name] = self._location(token)
        return name

    def _use(self, token: Token) -> str:
        name = str(token)[1:]
        if name not in self._types:
            self._fail(
                token, f"%{name} is not defined before this line", did_you_mean(name, self._types)
            )
        return name

    def _domain_named(self, token: Token) -> Domain:
        name = str(token)[1:]
        if name not in self._domains:
            self._fail(token, f"@{name} is not defined", did_you_mean(name, self._domains))
        return self._domains[name]

    # Literals.

    def _operand(self, token: Token) -> Domain | None:
        """The domain of a table's operand, `None` for an integer."""
        kind = self._types[self._use(token)]
        return None if isinstance(kind, Num) else self._categorical(token)

    def _categorical(self, token: Token) -> Domain:
        name = self._use(token)
        kind = self._types[name]
        if not isinstance(kind, Cat):
            self._fail(token, f"%{name} is not categorical", "a categorical variable goes here")
        return self._domains[kind.domain]

    def _single(self, pattern: Branch, domain: Domain, taken: Container[int] = ()) -> Iterable[int]:
        if pattern.data != "single":
            self._fail(pattern, "this table has one operand, the case several")
        return self._set(pattern.children[0], domain, taken)

    def _set(self, tree: Branch, domain: Domain, taken: Container[int] = ()) -> Iterable[int]:
        """The values of a set; `_` stands for those that no earlier line has taken."""
        if tree.data == "any_value":
            return [value for value in range(domain.size) if value not in taken]
        return (v for lo, hi in self._values(tree, domain) for v in range(lo, hi + 1))

    def _values(self, tree: Branch, domain: Domain | None) -> ValueSet:
        intervals: list[tuple[int, int]] = []
        for interval in tree.children:
            low = self._literal(interval.children[0], domain)
            high = low
            if len(interval.children) > 1:
                if domain is not None and domain.labels is not None:
                    self._fail(interval, "named values have no intervals", "list them with |")
                high = self._number(interval, interval.children[1], domain)
            if high < low:
                self._fail(interval, "this interval is empty")
            intervals.append((low, high))
        merged = tuple(sorted(intervals))
        if is_canonical(merged):
            return merged
        if len(tree.children) > 10_000 or any(hi - lo > 10**6 for lo, hi in merged):
            self._fail(tree, "the intervals of this set touch or overlap", "join them")
        return value_set(v for lo, hi in intervals for v in range(lo, hi + 1))

    def _literal(self, tree: Branch, domain: Domain | None) -> int:
        return self._value(tree, tree.children[0], domain)

    def _value(self, tree: Branch | Token, token: Token, domain: Domain | None) -> int:
        if token.type == "STRING":
            if domain is None:
                self._fail(tree, "an integer is expected here")
            return self._index(tree, string(token), domain)
        return self._number(tree, token, domain)

    def _number(self, tree: Branch | Token, token: Token, domain: Domain | None) -> int:
        """An integer, which must be a value of the domain if there is one."""
        number = self._int(token)
        return number if domain is None else self._index(tree, number, domain)

    # Formulas.

    def _formula(self, item: Branch | Token, names: Sequence[str]) -> Expression:
        """An expression over operands, which are written as `names`."""
        if isinstance(item, Token):
            if item.type == "SIGNED":
                return Constant(self._int(item))
            if str(item) not in names:
                self._fail(item, f"this formula cannot read {item}", did_you_mean(item, names))
            return Operand(names.index(str(item)))
        head, *rest = item.children
        if item.data == "call":
            return self._call(head, [self._formula(part, names) for part in rest])
        left, right = self._formula(head, names), self._formula(rest[1], names)
        turned = {">": "<", ">=": "<="}.get(str(rest[0]))
        if turned is not None:
            return Binary(cast("Operator", turned), right, left)
        return Binary(cast("Operator", str(rest[0])), left, right)

    def _call(self, name: Token, sides: list[Expression]) -> Expression:
        if len(sides) != (1 if name == "abs" else 2):
            self._fail(name, f"{name} takes {'one value' if name == 'abs' else 'two values'}")
        if name == "abs":
            return Absolute(sides[0])
        return Binary(cast("Operator", str(name)), sides[0], sides[1])

    def _index(self, item: Branch | Token, value: str | int, domain: Domain) -> int:
        try:
            return domain.index(value)
        except KeyError:
            known = domain.labels or ()
            hint = did_you_mean(str(value), known) if known else f"it has 0..{domain.size - 1}"
            written = shortened(json.dumps(value, ensure_ascii=False))
            self._fail(item, f"@{domain.name} has no value {written}", hint)

    def _int(self, token: Token) -> int:
        if len(token) > MAX_DIGITS:
            self._fail(token, f"this number has more than {MAX_DIGITS} digits")
        try:
            return int(token)
        except ValueError:
            self._fail(token, f"'{str(token)[:30]}' is not a whole number")

    def _numbers(self, token: Token, read: Callable[[str], tuple[float, ...]]) -> tuple[float, ...]:
        try:
            return read(str(token))
        except ValueError as error:
            self._fail(token, f"a number of this list cannot be read: {error}")


def string(token: Token) -> str:
    """The text of a string literal."""
    return cast("str", json.loads(str(token)))


def strings(token: Token) -> tuple[str, ...]:
    """The texts of a list of string literals."""
    return tuple(json.loads(str(token)))
