"""From RASP text to statements: lark tokens, cut into statements, each parsed by LALR(1).

The reference interpreter reads a file line by line until a statement is complete. Cutting the
token stream first gives the same statements, lets commands without a `;` end at their line, and
lets reading go on after a statement that does not parse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from tpc.diagnostics import TpcError, quoted
from tpc.rasp.source import Source
from tpc.rasp.syntax import Place, Statement

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedToken

EXPRESSION_ENDS = frozenset({"ID", "INT", "FLOAT", "STRING", "RPAR", "RSQB", "RBRACE"}) | {
    "FLAT_LIST",
    "FLAT_DICT",
}
OPENERS = frozenset({"LPAR", "LBRACKET", "LBRACE", "SELECT", "AGGREGATE", "RANGE", "ZIP", "LEN"})
CLOSERS = frozenset({"RPAR", "RSQB", "RBRACE"})
COMMANDS = frozenset(
    {"SET", "SHOW", "S_OP", "SELECTOR", "EXAMPLES", "FULL_DISPLAY"}
    | {"EXIT", "QUIT", "EXIT_CALL", "QUIT_CALL"}
)

#: The habits of other languages that RASP lacks, and what to do instead.
_HABITS: tuple[tuple[str, str], ...] = (
    (r"\d[eE][-+]?\d*", "RASP has no exponents: write the number out, 0.001 for 1e-3"),
    (r"(?<!\d)\.\d", "write a digit before the point: 0.5"),
    (r"\d\.(?!\d)", "write a digit after the point: 1.0"),
    (r"//", "RASP has no integer division"),
    (r"!=", "'!=' exists only inside select(...): write not (a == b)"),
    (r"'", "strings are written with double quotes"),
    (r"s-op", "'s-op' is one word of the language: write s - op"),
    (r"\*\*", "the power is written '^'"),
    (r"&&|\|\|", "write 'and', 'or'"),
)
_WHOLE_LINES: tuple[tuple[str, str], ...] = (
    (r"\s*(set|show)\b.*;", "commands such as 'set example' have no ';' at the end"),
    (r"\s*(def|for)\b.*}\s*;", "no ';' follows the '}' of a function or loop"),
)


@dataclass(frozen=True)
class Chunk:
    """The tokens of one statement, or the error that kept a line from becoming tokens."""

    tokens: tuple[Token, ...]
    error: TpcError | None = None

    @property
    def place(self) -> Place:
        """Its first token, or what is wrong."""
        if self.tokens:
            first = self.tokens[0]
            return Place(first.line or 1, first.column or 1, len(first))
        assert self.error is not None
        assert self.error.location is not None
        return Place(self.error.location.line, self.error.location.column)

    @property
    def lines(self) -> tuple[int, int]:
        """The first and the last line that it is on."""
        if self.error is not None and self.error.location is not None:
            return self.place.line, self.error.location.line
        last = self.tokens[-1]
        return self.place.line, last.end_line or self.place.line


@lru_cache(maxsize=1)
def _lexer() -> Lark:
    from lark import Lark

    return Lark.open_from_package("tpc.rasp", "rasp.lark", parser=None, lexer="basic")


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from lark import Lark

    from tpc.rasp.tree_builder import TreeBuilder

    return Lark.open_from_package(
        "tpc.rasp", "rasp.lark", parser="lalr", lexer="basic", transformer=TreeBuilder()
    )


def chunks(source: Source) -> Iterator[Chunk]:
    """The token stream cut into statements, in order."""
    cutter = _Cutter()
    for item in _tokens(source):
        if isinstance(item, TpcError):
            yield cutter.cut(item)
            continue
        if cutter.command_ended(item):
            yield cutter.cut()
        if cutter.add(item):
            yield cutter.cut()
    if cutter.pending:
        yield cutter.cut()


class _Cutter:
    """Gathers tokens until they end a statement."""

    def __init__(self) -> None:
        self.pending: list[Token] = []
        self.depth = 0
        self.in_block = False

    def cut(self, error: TpcError | None = None) -> Chunk:
        """Hand out the gathered tokens and start anew."""
        chunk = Chunk(tuple(self.pending), error)
        self.pending, self.depth, self.in_block = [], 0, False
        return chunk

    def add(self, token: Token) -> bool:
        """Gather one token; whether it ends the statement."""
        if self.depth == 0 and token.type == "LBRACE" and self._opens_block():
            self.in_block = True
        self.pending.append(token)
        self.depth += (token.type in OPENERS) - (token.type in CLOSERS)
        if self.in_block:
            return self.depth <= 0 and token.type == "RBRACE"
        # Inside brackets a `;` is a mistake; ending the statement there keeps it to itself.
        return token.type == "SEMICOLON"

    def _opens_block(self) -> bool:
        """A block's brace follows an expression or a parameter list; a dictionary's never does."""
        pending = self.pending
        return bool(pending) and (
            pending[0].type in {"DEF", "FOR"} and pending[-1].type in EXPRESSION_ENDS
        )

    def command_ended(self, following: Token) -> bool:
        """A command ends with its line, or with the first line that completes its expression."""
        pending = self.pending
        if not pending or pending[0].type not in COMMANDS or self.depth > 0:
            return False
        complete = pending[0].type != "SET" or pending[-1].type not in {"SET", "EXAMPLE", "S_OP"}
        return complete and following.line != pending[-1].line


def _tokens(source: Source) -> Iterator[Token | TpcError]:
    """Tokens with their places; an unreadable line gives an error and its remainder is skipped."""
    from lark.exceptions import UnexpectedCharacters

    first_line, rest = 1, source.text
    while True:
        try:
            for token in _lexer().lex(rest):
                if first_line > 1:
                    token.line = (token.line or 1) + first_line - 1
                    token.end_line = (token.end_line or 1) + first_line - 1
                yield token
        except UnexpectedCharacters as error:
            place = Place(error.line + first_line - 1, error.column)
            yield _unreadable(source, place)
            first_line = place.line + 1
            rest = "\n".join(source.lines[place.line :])
        else:
            return


def _unreadable(source: Source, place: Place) -> TpcError:
    character = source.lines[place.line - 1][place.column - 1]
    if character == '"':
        hint = "strings have no escapes: a token with a double quote cannot be written in RASP"
        return source.error("this string has no closing quote on its line", place, hint)
    return source.error(f"unexpected character {character!r}", place, _hint_for(source, place))


def parse_chunk(source: Source, chunk: Chunk) -> Statement:
    """The statement that a chunk's tokens make.

    Raises:
        TpcError: They make none; the location is the first token that does not fit.
    """
    from lark.exceptions import UnexpectedToken

    if chunk.error is not None:
        raise chunk.error
    state = _parser().parse_interactive("")
    last = chunk.tokens[-1]
    try:
        for token in chunk.tokens:
            state.feed_token(token)
        statement = state.feed_token(_end(last))
    except UnexpectedToken as error:
        raise _misfit(source, error, last) from error
    except ValueError as error:
        place = Place(last.line or 1, last.column or 1)
        raise source.error("this statement has a number that is too long", place) from error
    assert isinstance(statement, Statement)
    return statement


def _end(last: Token) -> Token:
    from lark import Token

    return Token.new_borrow_pos("$END", "", last)


def _misfit(source: Source, error: UnexpectedToken, last: Token) -> TpcError:
    token = error.token
    if token.type == "$END":
        place = Place(last.line or 1, (last.column or 1) + len(last))
        expected = "';'" if "SEMICOLON" in error.expected else "the rest of the statement"
        return source.error(f"the text ends where {expected} should follow", place)
    place = Place(token.line, token.column, len(token))
    message = f"unexpected {quoted(str(token))}"
    hint = _hint_for(source, place)
    ends_block = token.type == "RBRACE" and "RETURN" in error.expected
    if ends_block or error.expected == {"RBRACE"}:
        hint = "a function has exactly one return, as its last statement"
    elif hint is None and "SEMICOLON" in error.expected:
        hint = "is a ';' missing before it?"
    return source.error(message, place, hint)


def _hint_for(source: Source, place: Place) -> str | None:
    """A hint when a known habit of other languages stands at or just before `place`."""
    line = source.lines[place.line - 1] if place.line <= len(source.lines) else ""
    column = place.column - 1
    end = column + max(place.length, 1) + 1
    for pattern, hint in _HABITS:
        for match in re.finditer(pattern, line):
            if match.start() <= end and match.end() >= column:
                return hint
    if re.search(r"\b(select|aggregate|range|zip|len)\s+\(", line[:column]):
        return "no space is allowed between this word and its parenthesis: select("
    return next((hint for pattern, hint in _WHOLE_LINES if re.match(pattern, line)), None)
