"""Syntax trees from the parser's reductions: one callback for each rule of property.lark."""
# ruff: noqa: D102 (each method's documentation is the grammar rule of its name)

from __future__ import annotations

import json
from typing import Any, Literal

from lark import Token, Transformer

from tpc.diagnostics import Location, TpcError
from tpc.properties import syntax as tree

Children = list[Any]


class TreeBuilder(Transformer[Token, Any]):
    """Builds `tpc.properties.syntax` nodes.

    Args:
        file: What messages call the text.
        lines: Of the text.
    """

    def __init__(self, file: str, lines: list[str]) -> None:
        super().__init__()
        self._file, self._lines = file, lines

    def _place(self, token: Token) -> Location:
        line, column = token.line or 1, token.column or 1
        length = (token.end_column or column + 1) - column
        return Location(self._file, line, column, self._lines[line - 1], max(1, length))

    def start(self, children: Children) -> tree.PropertyFile:
        order = tree.Order()
        definitions: dict[str, tree.Definition] = {}
        properties: dict[str, tree.Property] = {}
        for child in children:
            if isinstance(child, tree.Order):
                order = child
                continue
            known = definitions if isinstance(child, tree.Definition) else properties
            if child.name in known:
                raise TpcError(f"there are two of the name {child.name}", location=child.place)
            known[child.name] = child
        return tree.PropertyFile(self._file, order, definitions, tuple(properties.values()))

    def order(self, children: Children) -> tree.Order:
        keyword, first, *rest = children
        if not rest and first.type == "NAME":
            kinds = {"numeric": tree.Order("numeric"), "alphabetic": tree.Order("alphabetic")}
            if first not in kinds:
                hint = 'order numeric, order alphabetic, or a list: order "a" < "b" < "c"'
                raise TpcError("this is no order", location=self._place(first), hint=hint)
            return kinds[first]
        for token in rest[::2]:
            if token != "<":
                raise TpcError("an order is written with <", location=self._place(token))
        words = tuple(self._text(token) for token in (first, *rest[1::2]))
        if len(set(words)) < len(words):
            raise TpcError("the order has a word twice", location=self._place(keyword))
        return tree.Order("listed", words)

    def definition(self, children: Children) -> tree.Definition:
        name, names, body = children
        parameters = tuple(map(str, names or ()))
        return tree.Definition(self._place(name), str(name), parameters, body)

    def property(self, children: Children) -> tree.Property:
        name, body = children
        return tree.Property(self._place(name), str(name), body)

    def names(self, children: Children) -> tuple[Token, ...]:
        return tuple(children)

    def connective(self, children: Children) -> tree.Expression:
        left, operator, right = children
        return tree.Connective(self._place(operator), operator.value, left, right)

    def negation(self, children: Children) -> tree.Expression:
        return tree.Not(self._place(children[0]), children[1])

    def positions(self, children: Children) -> tuple[str, tuple[Token, ...], Children]:
        names, *bound = children
        return "positions", names, [part for part in bound if part is not None]

    def tokens(self, children: Children) -> tuple[str, tuple[Token, ...], Children]:
        return "tokens", children[0], []

    def quantified(self, children: Children) -> tree.Expression:
        kind, (over, names, bound), body = children
        body = self._bounded(names, bound, body, "implies" if kind == "forall" else "and")
        for name in reversed(names):
            body = tree.Quantified(self._place(kind), kind.value, over, str(name), body)
        return body  # type: ignore[no-any-return]

    def count(self, children: Children) -> tree.Expression:
        keyword, (_, names, bound), body = children
        if len(names) > 1:
            raise TpcError("count goes over one position", location=self._place(names[1]))
        body = self._bounded(names, bound, body, "and")
        return tree.Count(self._place(keyword), str(names[0]), body)

    def _bounded(
        self,
        names: tuple[Token, ...],
        bound: Children,
        body: tree.Expression,
        operator: Literal["and", "implies"],
    ) -> tree.Expression:
        if not bound:
            return body
        place = self._place(names[0])
        if len(names) > 1:
            hint = f"forall {names[0]}, {names[1]}: {names[0]} < {names[1]} implies ..."
            raise TpcError("only one position can have a bound here", location=place, hint=hint)
        comparator, limit = bound
        variable = tree.Variable(place, str(names[0]))
        below = tree.Comparison(self._place(comparator), comparator.value, variable, limit)
        return tree.Connective(place, operator, below, body)

    def after(self, children: Children) -> tree.Expression:
        return tree.After(self._place(children[0]), children[1], children[2])

    def changing(self, children: Children) -> tree.Expression:
        found = children[0]
        if not isinstance(found, tree.Input) or found.changed:
            hint = "after changing in[i]: ..."
            raise TpcError(
                "what changes is the token of a position", location=found.place, hint=hint
            )
        return tree.Changing(found.place, found.position)

    def exchanging(self, children: Children) -> tree.Expression:
        return tree.Exchanging(children[0].place, *children)

    def comparison(self, children: Children) -> tree.Expression:
        left, operator, right, *rest = children
        found: tree.Expression = self._compared(left, operator, right)
        while rest:
            left, (operator, right, *rest) = right, rest
            place = self._place(operator)
            found = tree.Connective(place, "and", found, self._compared(left, operator, right))
        return found

    def _compared(
        self, left: tree.Expression, operator: Token, right: tree.Expression
    ) -> tree.Comparison:
        return tree.Comparison(self._place(operator), operator.value, left, right)

    def arithmetic(self, children: Children) -> tree.Expression:
        left, operator, right = children
        return tree.Arithmetic(self._place(operator), operator.value, left, right)

    def negative(self, children: Children) -> tree.Expression:
        minus, operand = children
        place = self._place(minus)
        return tree.Arithmetic(place, "-", tree.Number(place, 0), operand)

    def group(self, children: Children) -> tree.Expression:
        return children[0]  # type: ignore[no-any-return]

    def number(self, children: Children) -> tree.Expression:
        if len(children[0]) > 9:
            raise TpcError("this number is too large", location=self._place(children[0]))
        return tree.Number(self._place(children[0]), int(children[0]))

    def word(self, children: Children) -> tree.Expression:
        return tree.Word(self._place(children[0]), self._text(children[0]))

    def name(self, children: Children) -> tree.Expression:
        return tree.Variable(self._place(children[0]), str(children[0]))

    def call(self, children: Children) -> tree.Expression:
        name, *arguments = children
        return tree.Call(self._place(name), str(name), tuple(arguments))

    def length(self, children: Children) -> tree.Expression:
        return tree.Length(self._place(children[0]))

    def input(self, children: Children) -> tree.Expression:
        word, position = children
        return tree.Input(self._place(word), position, word.endswith("'"))

    def output(self, children: Children) -> tree.Expression:
        word, position = children[0], children[1] if len(children) > 1 else None
        return tree.Output(self._place(word), position, word.endswith("'"))

    def scored(self, children: Children) -> tree.Expression:
        return tree.Scored(self._place(children[0]), children[1])

    def truth(self, children: Children) -> tree.Expression:
        return tree.Truth(self._place(children[0]), children[0] == "true")

    def _text(self, token: Token) -> str:
        try:
            return str(json.loads(token))
        except ValueError:
            hint = 'as in JSON: \\" is a quote and \\\\ a backslash'
            raise TpcError("this is no text", location=self._place(token), hint=hint) from None
