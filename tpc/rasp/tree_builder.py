"""Syntax trees from the parser's reductions: one method for each rule of rasp.lark."""
# ruff: noqa: D102 (each method's documentation is the grammar rule of its name)

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lark import Token, Transformer

from tpc.rasp import syntax as tree
from tpc.rasp.syntax import Place

Children = list[Any]
_ATOM_OR_NEWLINE = re.compile(r'"[^"]*"|-?[0-9]+(?:\.[0-9]+)?|\n')


def _place(token: Token) -> Place:
    return Place(token.line or 1, token.column or 1, len(token))


class TreeBuilder(Transformer[Token, Any]):
    """Builds `tpc.rasp.syntax` nodes; lark calls the method named after each rule it reduces."""

    def start(self, children: Children) -> tree.Statement:
        statement = children[0]
        assert isinstance(statement, tree.Statement)
        return statement

    # Statements -----------------------------------------------------------------------------

    def expression_statement(self, children: Children) -> tree.Statement:
        expression = children[0]
        return tree.ExpressionStatement(expression.place, expression)

    def assignment(self, children: Children) -> tree.Statement:
        names, values = children
        return tree.Assignment(names[0].place, names, values)

    def draw(self, children: Children) -> tree.Statement:
        word, expression, *example = children
        return tree.Draw(_place(word), expression, example[0] if example else None)

    def load(self, children: Children) -> tree.Statement:
        word, filename = children
        return tree.Load(_place(word), str(filename)[1:-1])

    def function(self, children: Children) -> tree.Statement:
        word, name, names, body, results = children
        return tree.FunctionDefinition(_place(word), _name(name), names or (), body, results)

    def loop(self, children: Children) -> tree.Statement:
        word, names, _, iterable, body = children
        return tree.ForLoop(_place(word), names, iterable, body)

    def body(self, children: Children) -> tuple[tree.Statement, ...]:
        return tuple(children)

    def return_(self, children: Children) -> tuple[tree.Expression, ...]:
        results: tuple[tree.Expression, ...] = children[0]
        return results

    def set_example(self, children: Children) -> tree.Statement:
        word, subset, example = children
        return tree.SetExample(_place(word), _optional(subset), example)

    def show_example(self, children: Children) -> tree.Statement:
        word, subset = children
        return tree.ShowExample(_place(word), _optional(subset))

    def toggle_examples(self, children: Children) -> tree.Statement:
        subset, word, switch = children
        what = f"{subset} examples" if subset else "examples"
        return tree.ToggleDisplay(_place(subset or word), what, str(switch) == "on")

    def toggle_display(self, children: Children) -> tree.Statement:
        word, switch = children
        return tree.ToggleDisplay(_place(word), str(word), str(switch) == "on")

    def exit(self, children: Children) -> tree.Statement:
        return tree.Exit(_place(children[0]))

    def names(self, children: Children) -> tuple[tree.Name, ...]:
        return tuple(_name(token) for token in children)

    def expressions(self, children: Children) -> tuple[tree.Expression, ...]:
        return tuple(children)

    # Operators ------------------------------------------------------------------------------

    def membership(self, children: Children) -> tree.Expression:
        element, word, container = children
        return tree.Membership(_place(word), element, container)

    def conditional(self, children: Children) -> tree.Expression:
        then, word, condition, _, otherwise = children
        return tree.Conditional(_place(word), then, condition, otherwise)

    def binary(self, children: Children) -> tree.Expression:
        left, operator, right = children
        return tree.Binary(_place(operator), str(operator), left, right)

    def unary(self, children: Children) -> tree.Expression:
        operator, operand = children
        return tree.Unary(_place(operator), str(operator), operand)

    rounding = unary
    indicator = unary

    def index(self, children: Children) -> tree.Expression:
        base, bracket, index = children
        return tree.Index(_place(bracket), base, index)

    def call(self, children: Children) -> tree.Expression:
        callee, _, arguments = children
        return tree.Call(callee.place, callee, arguments or ())

    # Primaries ------------------------------------------------------------------------------

    def group(self, children: Children) -> tree.Expression:
        opening, inner = children
        return tree.Parenthesised(_place(opening), inner)

    def select(self, children: Children) -> tree.Expression:
        word, key, query, operator = children
        return tree.Select(_word(word), key, query, str(operator))

    def aggregate(self, children: Children) -> tree.Expression:
        word, selector, values, *default = children
        return tree.Aggregate(_word(word), selector, values, default[0] if default else None)

    def range(self, children: Children) -> tree.Expression:
        return tree.ListFunction(_word(children[0]), "range", children[1])

    def zip(self, children: Children) -> tree.Expression:
        return tree.ListFunction(_word(children[0]), "zip", children[1])

    def length(self, children: Children) -> tree.Expression:
        return tree.ListFunction(_word(children[0]), "len", (children[1],))

    def list(self, children: Children) -> tree.Expression:
        bracket, items = children
        return tree.ListLiteral(_place(bracket), items or ())

    def dict(self, children: Children) -> tree.Expression:
        brace, *entries = children
        return tree.DictLiteral(_place(brace), tuple(entry for entry in entries if entry))

    def entry(self, children: Children) -> tuple[tree.Expression, tree.Expression]:
        return children[0], children[1]

    def list_comprehension(self, children: Children) -> tree.Expression:
        bracket, value, names, _, iterable = children
        return tree.ListComprehension(_place(bracket), value, names, iterable)

    def dict_comprehension(self, children: Children) -> tree.Expression:
        brace, key, value, names, _, iterable = children
        return tree.DictComprehension(_place(brace), key, value, names, iterable)

    def flat_list(self, children: Children) -> tree.Expression:
        return tree.ListLiteral(_place(children[0])._replace(length=1), tuple(_atoms(children[0])))

    def flat_dict(self, children: Children) -> tree.Expression:
        atoms = _atoms(children[0])
        entries = tuple(zip(atoms, atoms, strict=True))
        return tree.DictLiteral(_place(children[0])._replace(length=1), entries)

    def name(self, children: Children) -> tree.Expression:
        return _name(children[0])

    def integer(self, children: Children) -> tree.Expression:
        return tree.Atom(_place(children[0]), int(children[0]))

    def real(self, children: Children) -> tree.Expression:
        return tree.Atom(_place(children[0]), float(children[0]))

    def text(self, children: Children) -> tree.Expression:
        return tree.Atom(_place(children[0]), str(children[0])[1:-1])


def _word(token: Token) -> Place:
    """The place of `select(` without its parenthesis."""
    return Place(token.line or 1, token.column or 1, len(token) - 1)


def _atoms(token: Token) -> Iterator[tree.Expression]:
    """The atoms of a flat literal, each with its own place."""
    text, line, base = str(token), token.line or 1, token.column or 1
    line_start = 0
    for match in _ATOM_OR_NEWLINE.finditer(text):
        written = match.group()
        if written == "\n":
            line, base, line_start = line + 1, 1, match.end()
            continue
        place = Place(line, base + match.start() - line_start, len(written))
        yield _atom(written, place)


def _atom(written: str, place: Place) -> tree.Expression:
    if written[0] == '"':
        return tree.Atom(place, written[1:-1])
    if written[0] == "-":
        digits = Place(place.line, place.column + 1, place.length - 1)
        return tree.Unary(place._replace(length=1), "-", _atom(written[1:], digits))
    return tree.Atom(place, float(written) if "." in written else int(written))


def _name(token: Token) -> tree.Name:
    return tree.Name(_place(token), str(token))


def _optional(token: Token | None) -> str | None:
    return None if token is None else str(token)
