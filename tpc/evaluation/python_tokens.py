"""How many tokens Python source has, so that nothing hides from the count.

Comments and layout do not count. A docstring is one token, and so is the message of an exception,
unless the source could read them. Any other string counts one for each word or number in it, and
one for each character if it is taken apart: what a program reads counts, however it is packed.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from typing import TypeAlias

#: A line and a column, where a token begins.
_Place: TypeAlias = tuple[int, int]

#: What is between the tokens of Python source: it does not count.
_BETWEEN = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
    }
)

#: A word, with a hyphen or an apostrophe inside, or a number.
_PIECE = re.compile(r"[^\W\d]+(?:[-'’][^\W\d]+)*|\d+(?:\.\d+)?")

#: Integers in the text of programs have no more digits than this; longer ones hold several.
_MOST_DIGITS = 18


def python_tokens(source: str) -> int:
    """How many tokens Python source has.

    Raises:
        SyntaxError: It is no Python.
    """
    tree = ast.parse(source)
    strings = _Strings(source, tree)
    count = inside = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]
        if not inside and kind in ("STRING", "FSTRING_START"):
            count += strings.pieces(_bytes_place(token))
        elif not inside and kind == "NUMBER":
            count += -(-len(token.string) // _MOST_DIGITS) if token.string.isalnum() else 1
        elif not inside and token.type not in _BETWEEN:
            count += 1
        # Python 3.12 and later cut an f-string into parts, with tokens of their own.
        inside += (kind == "FSTRING_START") - (kind == "FSTRING_END")
    return count


def string_pieces(text: str) -> int:
    """The words and numbers in a string, at least 1; a name is one word."""
    return 1 if text.isidentifier() else max(1, len(_PIECE.findall(text)))


def _bytes_place(token: tokenize.TokenInfo) -> _Place:
    """Where a token begins, as the syntax tree has it: columns in bytes."""
    line, column = token.start
    return line, len(token.line[:column].encode("utf-8"))


class _Strings:
    """What the strings of a source count, by where they begin."""

    def __init__(self, source: str, tree: ast.Module) -> None:
        comments = set() if "__doc__" in source else set(_docstrings(tree))
        if not any(isinstance(node, ast.ExceptHandler) for node in ast.walk(tree)):
            comments |= set(_messages(tree))
        apart = {id(node) for parent in ast.walk(tree) for node in _taken_apart(parent)}
        inner = {id(part) for node in ast.walk(tree) for part in _inside(node)}
        self._counts: dict[_Place, int] = {}
        for node in ast.walk(tree):
            if id(node) in inner or not isinstance(node, ast.Constant | ast.JoinedStr):
                continue
            counted = 1 if id(node) in comments else _counted(node, whole=id(node) not in apart)
            self._counts[node.lineno, node.col_offset] = counted

    def pieces(self, place: _Place) -> int:
        """What a string counts; one that continues another has been counted with it."""
        return self._counts.get(place, 0)


def _counted(node: ast.Constant | ast.JoinedStr, *, whole: bool) -> int:
    if isinstance(node, ast.JoinedStr):
        return max(1, sum(map(_part, node.values)))
    if isinstance(node.value, bytes):
        return max(1, len(node.value))
    if not isinstance(node.value, str):
        return 1
    return string_pieces(node.value) if whole else max(1, len("".join(node.value.split())))


def _part(node: ast.expr) -> int:
    """Text of an f-string, or a value in it."""
    if isinstance(node, ast.FormattedValue):
        layout = _part(node.format_spec) if node.format_spec else 0
        return python_tokens(ast.unparse(node.value)) + layout
    if isinstance(node, ast.JoinedStr):
        return sum(map(_part, node.values))
    assert isinstance(node, ast.Constant), "f-strings are made of text and values"
    return len(_PIECE.findall(str(node.value)))


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """What is inside an f-string."""
    if isinstance(node, ast.JoinedStr):
        yield from (part for part in ast.walk(node) if part is not node)


def _docstrings(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        documented = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            [first, *_] = node.body
            assert isinstance(first, ast.Expr), "it has a docstring"
            yield id(first.value)


def _messages(tree: ast.Module) -> Iterator[int]:
    """What exceptions say: strings that are all that they are raised with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from map(id, node.exc.args)


def _taken_apart(node: ast.AST) -> Iterator[ast.AST]:
    """The operands of a node that it may read character by character."""
    match node:
        case ast.Starred(value=value) | ast.Subscript(value=value) | ast.Attribute(value=value):
            yield value
        case ast.For(iter=value) | ast.comprehension(iter=value) | ast.NamedExpr(value=value):
            yield value
        case ast.Assign(value=value, targets=targets):
            # A name for a string, or several names for its characters.
            if not all(isinstance(target, ast.Subscript) for target in targets):
                yield value
        case ast.AnnAssign(value=value) if value is not None:
            yield value
        case ast.Compare(ops=operators, comparators=others):
            for symbol, other in zip(operators, others, strict=True):
                if isinstance(symbol, ast.In | ast.NotIn):
                    yield other
        case ast.Call(func=ast.Name(), args=arguments):
            yield from arguments
        case ast.arguments(defaults=defaults, kw_defaults=more):
            yield from defaults
            yield from (value for value in more if value is not None)
        case _:
            return
