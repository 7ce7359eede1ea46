"""From `.tpir` text to a verified program. Every complaint names file, line and column."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from tpc import ir_specs
from tpc.diagnostics import Location, TpcError
from tpc.ir.printer import print_program, seal
from tpc.ir.program import VERSION, Program
from tpc.ir.reader import Reader
from tpc.ir.scope import Branch
from tpc.ir.verifier import verify

if TYPE_CHECKING:
    from lark import Lark
    from lark.exceptions import UnexpectedInput

#: What the grammar's terminals are called in messages.
_READABLE = {
    "STRING": 'a "string"',
    "STRINGS": 'a list of "strings"',
    "NUMBERS": "a list of numbers",
    "SIGNED": "a number",
    "INT": "a whole number",
    "VARIABLE": "a %variable",
    "DOMAIN": "a @name",
    "NAME": "a word",
    "VERSION": "a version like 1.0",
    "ANY_VALUE": "_",
    "SELECT": "select.<rule>",
    "CLASSIFY": "classify",
    "$END": "the end of the file",
}


def parse_program(text: str, filename: str = "<program>") -> Program:
    """Read a program and check that it is well formed.

    Args:
        text: The contents of a `.tpir` file.
        filename: Named in messages.

    Raises:
        TpcError: The text is not a program of a version this package reads, the program breaks a
            rule of the verifier, or its seal does not fit its contents.
    """
    _check_version(text, filename)
    reader = Reader(text, filename)
    try:
        program = reader.program(_parse(text, filename))
    except RecursionError:
        raise TpcError(f"{filename} is nested too deeply") from None
    verify(program, reader.locate)
    if reader.seal is not None:
        _check_seal(program, *reader.seal)
    return program


def _check_version(text: str, filename: str) -> None:
    """Refuse a newer major version before the grammar stumbles over what it does not know."""
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split(";")[0].split()
        if not words:
            continue
        if words[0] != "tpir" or len(words) != 2:
            raise TpcError(
                "this is not a program: a program starts with a line like 'tpir 1.0'",
                location=Location(filename, number, 1, line, max(1, len(line))),
                hint="make one with `tpc import` or `tpc train`",
            )
        major = words[1].split(".")[0]
        if major.isdecimal() and major.lstrip("0") != str(VERSION[0]):
            raise TpcError(
                f"this program is of IR version {words[1][:40]}, and this tpc reads {VERSION[0]}.x",
                location=Location(filename, number, line.index(words[1]) + 1, line, len(words[1])),
                hint="install a tpc that reads it, or export the run again with this one",
            )
        return
    raise TpcError(f"{filename} is empty", hint="a program starts with a line like 'tpir 1.0'")


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    from lark import Lark

    return Lark(
        ir_specs.grammar(),
        parser="lalr",
        lexer="contextual",
        propagate_positions=True,
        cache=_cache_file() or False,
    )


def _cache_file() -> str | None:
    """Where the parse tables are kept between runs: making them takes ten times as long as this.

    Lark makes them again where the file is for another grammar, damaged, or not to be written.
    """
    from platformdirs import user_cache_path

    folder = user_cache_path("tpc")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return str(folder / f"tpir-{sys.version_info.major}.{sys.version_info.minor}.lark")


def _parse(text: str, filename: str) -> Branch:
    from lark.exceptions import UnexpectedInput

    try:
        return _grammar().parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(error, text, filename) from None


def _syntax_error(error: UnexpectedInput, text: str, filename: str) -> TpcError:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    lines = text.split("\n")
    expected: set[str] = set()
    found, line, column = "the end of the file", len(lines), len(lines[-1]) + 1
    if isinstance(error, UnexpectedToken):
        expected = set(error.accepts or error.expected)
        if error.token.type != "$END":
            found, line, column = repr(str(error.token)), error.line, error.column
    elif isinstance(error, UnexpectedCharacters):
        expected = set(error.allowed or ())
        found, line, column = repr(error.char), error.line, error.column
    names = sorted({_readable(terminal) for terminal in expected})
    hint = f"expected {', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else None
    if len(names) == 1:
        hint = f"expected {names[0]}"
    if found == "the end of the file":
        hint = f"the file seems to be cut short; {hint}" if hint else "the file is cut short"
    location = Location(filename, line, column, lines[line - 1])
    return TpcError(f"unexpected {found[:40]}", location=location, hint=hint)


def _readable(terminal: str) -> str:
    if terminal in _READABLE:
        return _READABLE[terminal]
    for definition in _grammar().terminals:
        if definition.name == terminal:
            return f"'{definition.pattern.value}'"
    return terminal.lower()


def _check_seal(program: Program, stated: str, location: Location) -> None:
    text = print_program(program)
    actual = seal(text[: text.rindex("\nseal ")])
    if stated != actual:
        raise TpcError(
            "the seal does not fit the file: it was changed after it was written",
            location=location,
            hint="take the original, or, if the change is yours, delete the seal line",
        )
