"""Syntax trees from the parser's reductions: one callback for each rule of rasp.lark."""
# ruff: noqa: D102 (each method's documentation is the grammar rule of its name)

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from lark import Token, Transformer

from tpc.rasp import syntax as tree
from tpc.rasp.syntax import Place

Children = list[Any]
_ATOM_OR_NEWLINE = re.compile(r'"[^"]*"|-?[0-9]+(?:\.[0-9]+)?|\n')


def _place(token: Token) -> Place:
    """Where a token is; a word such as `select(` is without its parenthesis."""
    length = len(token)
    if length > 1 and token[-1] == "(":
        length -= 1
    return Place(token.line or 1, token.column or 1, length)


def _node(kind: Callable[..., Any], place: int = 0) -> Callable[[object, Children], Any]:
    """The callback of a rule whose children are the fields of a node, in order, and its place.

    Args:
        kind: The class of the node.
        place: Which of the children is the token that the node's place is taken from.
    """

    def build(_: object, children: Children) -> Any:  # noqa: ANN401 - a node of that kind
        token = children.pop(place)
        return kind(_place(token), *[str(c) if type(c) is Token else c for c in children])

    return build


class TreeBuilder(Transformer[Token, Any]):
    """Builds `tpc.rasp.syntax` nodes; lark calls what is named after each rule that it reduces."""

    draw = _node(tree.Draw)
    loop = _node(tree.ForLoop)
    set_example = _node(tree.SetExample)
    show_example = _node(tree.ShowExample)
    exit = _node(tree.Exit)
    membership = _node(tree.Membership, 1)
    conditional = _node(tree.Conditional, 1)
    index = _node(tree.Index, 1)
    group = _node(tree.Parenthesised)
    select = _node(tree.Select)
    aggregate = _node(tree.Aggregate)
    list_literal = _node(tree.ListLiteral)
    list_comprehension = _node(tree.ListComprehension)
    dict_comprehension = _node(tree.DictComprehension)

    def start(self, children: Children) -> tree.Statement:
        statement = children[0]
        assert isinstance(statement, tree.Statement)
        return statement

    def expression_statement(self, children: Children) -> tree.Statement:
        return tree.ExpressionStatement(children[0].place, children[0])

    def assignment(self, children: Children) -> tree.Statement:
        names, values = children
        return tree.Assignment(names[0].place, names, values)

    def load(self, children: Children) -> tree.Statement:
        word, filename = children
        return tree.Load(_place(word), filename[1:-1])

    def function(self, children: Children) -> tree.Statement:
        word, name, names, body, results = children
        return tree.FunctionDefinition(_place(word), _name(name), names or (), body, results)

    def toggle(self, children: Children) -> tree.Statement:
        return tree.ToggleDisplay(_place(children[0]))

    def sequence(self, children: Children) -> tuple[Any, ...]:
        return tuple(children)

    def names(self, children: Children) -> tuple[tree.Name, ...]:
        return tuple(map(_name, children))

    def binary(self, children: Children) -> tree.Expression:
        left, operator, right = children
        return tree.Binary(_place(operator), str(operator), left, right)

    def unary(self, children: Children) -> tree.Expression:
        operator, operand = children
        return tree.Unary(_place(operator), str(operator), operand)

    def call(self, children: Children) -> tree.Expression:
        return tree.Call(children[0].place, *children)

    def list_function(self, children: Children) -> tree.Expression:
        word, arguments = children
        return tree.ListFunction(_place(word), word.removesuffix("("), arguments)

    def dict_literal(self, children: Children) -> tree.Expression:
        brace, *entries = children
        return tree.DictLiteral(_place(brace), tuple(entries))

    def flat_list(self, children: Children) -> tree.Expression:
        return tree.ListLiteral(_place(children[0])._replace(length=1), tuple(_atoms(children[0])))

    def flat_dict(self, children: Children) -> tree.Expression:
        atoms = _atoms(children[0])
        entries = tuple(zip(atoms, atoms, strict=True))
        return tree.DictLiteral(_place(children[0])._replace(length=1), entries)

    def name(self, children: Children) -> tree.Expression:
        return _name(children[0])

    def atom(self, children: Children) -> tree.Expression:
        return _atom(children[0], _place(children[0]))


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
