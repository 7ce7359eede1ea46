r"""Tokens and numbers as RASP writes them.

RASP strings have no escapes, so a token with a double quote or a line break cannot be written in
them. Such tokens, and those with a backslash, are written differently, in inputs and in answers
alike: `\q` for `"`, `\n` and `\r` for line breaks, `\\` for `\`, `\e` for the empty token and
`\{1b}` for another control character by its code. All other tokens stand for themselves.
"""

from __future__ import annotations

import re
from decimal import Decimal

_ESCAPES = {"\\": "\\\\", '"': "\\q", "\n": "\\n", "\r": "\\r"}
_PLAIN = {escape: character for character, escape in _ESCAPES.items()} | {"\\e": ""}
_UNWRITABLE = re.compile(r'[\\"\x00-\x1f\x7f\x85\ud800-\udfff]')
_ESCAPED = re.compile(r"\\(?:[\\qnre]|\{[0-9a-f]+\})")


def escape(token: str) -> str:
    """The token as RASP text can hold it; most tokens unchanged."""
    return _UNWRITABLE.sub(_escape_one, token) if token else "\\e"


def _escape_one(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or f"\\{{{ord(character):x}}}"


def unescape(written: str) -> str:
    """The token that `escape` wrote."""
    return _ESCAPED.sub(_unescape_one, written)


def _unescape_one(match: re.Match[str]) -> str:
    written = match.group()
    plain = _PLAIN.get(written)
    return chr(int(written[2:-1], 16)) if plain is None else plain


def string(token: str) -> str:
    """A token as a RASP string."""
    return f'"{escape(token)}"'


def number(value: float) -> str:
    """A number in positional decimals, the fewest that read back as the same: no exponents."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return format(Decimal(repr(value)), "f")


def real(value: float) -> str:
    """A number that reads back as a float even if it is whole."""
    text = number(value)
    return text if "." in text else f"{text}.0"
