"""From `.tpir` text to a verified program. Every complaint names file, line and column."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tpc import ir_specs
from tpc.diagnostics import Location, TpcError, readable_terminal
from tpc.ir.printer import print_program, seal
from tpc.ir.program import Program
from tpc.ir.reader import Reader
from tpc.ir.scope import Branch
from tpc.ir.verifier import verify
from tpc.ir.versions import FORMULAS, Version, current, stated_version

if TYPE_CHECKING:
    from lark import Lark
    from lark.exceptions import UnexpectedInput

#: What the grammar's terminals are called in messages.
_READABLE = {
    "STRING": 'a "string"',
    "STRINGS": 'a list of "strings"',
    "NUMBERS": "a list of numbers",
    "SIGNED": "a number",
    "SIGN": "+ or -",
    "PRODUCT": "*, // or %",
    "COMPARISON": "a comparison",
    "CALL": "min, max or abs",
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
    version = stated_version(text, filename)
    try:
        return _read(text, filename, version)
    except RecursionError:
        raise TpcError(f"{filename} is nested too deeply") from None
    except TpcError as error:
        if version <= current():
            raise
        message = f"{error.message}: this program is of IR version {version}, newer than this tpc"
        hint = "install a newer tpc, or export the run again with this one"
        raise TpcError(message, location=error.location, hint=hint) from None


def _read(text: str, filename: str, version: Version) -> Program:
    reader = Reader(text, filename)
    program = reader.program(_parse(text, filename))
    if reader.newer is not None and version < FORMULAS:
        raise TpcError(
            f"this is not in IR {version}, which the file says it is of",
            location=reader.newer,
            hint=f"formulas came with {FORMULAS}: write 'tpir {FORMULAS}' in the first line",
        )
    verify(program, reader.locate)
    if reader.seal is not None:
        _check_seal(program, version, *reader.seal)
    return program


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


def cache_folder() -> Path:
    """Where parse tables are kept between runs."""
    from platformdirs import user_cache_path

    return user_cache_path("tpc")


def _cache_file() -> str | None:
    """Where the parse tables are kept between runs: making them takes ten times as long as this.

    Lark makes them again where the file is for another grammar, damaged, or not to be written.
    """
    folder = cache_folder()
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
    spelled = {each.name: each.pattern.value for each in _grammar().terminals}
    names = sorted({readable_terminal(terminal, _READABLE, spelled) for terminal in expected})
    hint = f"expected {', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else None
    if len(names) == 1:
        hint = f"expected {names[0]}"
    if found == "the end of the file":
        hint = f"the file seems to be cut short; {hint}" if hint else "the file is cut short"
    location = Location(filename, line, column, lines[line - 1])
    return TpcError(f"unexpected {found[:40]}", location=location, hint=hint)


def _check_seal(program: Program, version: Version, stated: str, location: Location) -> None:
    text = print_program(program, version)
    actual = seal(text[: text.rindex("\nseal ")])
    if stated != actual:
        raise TpcError(
            "the seal does not fit the file: it was changed after it was written",
            location=location,
            hint="take the original, or, if the change is yours, delete the seal line",
        )
