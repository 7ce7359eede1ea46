"""Ways to change text, bytes and JSON values a little, or into something hostile."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|[%@]?\w+|[-+]?[0-9.]+(?:e[-+]?[0-9]+)?|\s+|.', re.DOTALL)

NUMBERS = (
    "0", "1", "-1", "2", "3", "7", "255", "256", "4096", "4097", "65535", "65536", "1000000",
    "1000001", "16777216", "16777217", "2147483647", "2147483648", "-2147483649", "9007199254740993",
    "18446744073709551616", "1" + "0" * 17, "1" + "0" * 18, "1" + "0" * 400, "9" * 5000, "1e308",
    "1e309", "-1e309", "1e-320", "5e-324", "nan", "inf", "-inf", "-0", "0.1", "1.5", ".5", "1.",
    "1_000", "٣", "0x10", "01", "+1", "1e5", "16777217.5", "3.4028236e38",
)  # fmt: skip

WORDS = (
    "", " ", "  ", "a", "b", "0", "<pad>", "<unk>", "<s>", "</s>", "@", "#", "-", "_", "-DOCSTART-",
    "None", "null", "true", "NaN", "constructor", "__proto__", "toString", "self", "print", "a b",
    '"', "'", "\\", "`", "${x}", "%s", "%d", "{x}", "{", "}", "*/", "//", "/*", "<!--", "</script>",
    "\n", "\r", "\t", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\ufeff", "\x00",
    "\x7f", "\xa0", "é", "e\u0301", "ß", "ﬁ", "İ", "ı", "Σ", "ς", "日本", "🏳️‍🌈", "\U0010ffff", "\u202e",
    "??/", "??=", "\\u0041", "\\x41", "a" * 300, "I-PER", "B-PER", "O", "['a' 'b']", "[1 0]", "=1+1",
)  # fmt: skip

#: Names that mean something in a language that programs are written in, or in what is emitted.
NAMES = (
    "X", "_", "__", "NULL", "EOF", "BATCH", "INFINITY", "main", "int", "class", "self", "None", "np",
    "numpy", "lambda", "print", "len", "range", "tokens", "ids", "label", "run", "out", "indices",
    "length", "select", "aggregate", "def", "if", "constructor", "eval", "await", "yield", "let",
    "undefined", "Infinity", "NaN", "stdin", "errno", "max", "sum", "min", "L", "N", "T", "n", "i", "j",
    "x_", "a_1", "A", "É", "_0", "double", "float", "restrict", "bool", "true", "True", "match", "type",
)  # fmt: skip

BYTES = (b"\x00", b"\xff", b"\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\x80", b"\n", b"\r",
         b"\r\n", b"\t", b" ", b'"', b"'", b"\\", b",", b"[", b"]", b"{", b"}", b"#", b"\xe2\x80\xa8",
         b"\x1a", b"\x04", b"\x1f\x8b", b"PK\x03\x04")  # fmt: skip


def text(stream: random.Random, old: str, others: Sequence[str] = ()) -> str:
    """A text with one to four changes of tokens or lines; some may come from other texts."""
    for _ in range(stream.choice((1, 1, 1, 2, 2, 3, 4))):
        old = stream.choice(_TEXT_CHANGES)(stream, old, others or (old,))
    return old


def tokens(value: str) -> list[str]:
    """The words, numbers, strings, gaps and signs that a text consists of."""
    return _TOKEN.findall(value)


def _change_token(stream: random.Random, old: str, others: Sequence[str]) -> str:
    parts = tokens(old)
    full = [index for index, part in enumerate(parts) if not part.isspace()]
    if not full:
        return stream.choice(others)
    index = stream.choice(full)
    parts[index] = _like(stream, parts[index], parts, others)
    return "".join(parts)


def _like(stream: random.Random, part: str, parts: list[str], others: Sequence[str]) -> str:
    """Something of the same kind as a token, most often."""
    kind = _kind(part)
    choice = stream.random()
    if choice < 0.5:
        same = [other for other in parts if _kind(other) == kind and other != part]
        if same:
            return stream.choice(same)
    if choice < 0.6:
        return stream.choice(tokens(stream.choice(others)) or [""])
    if kind == "number":
        if choice < 0.8 and len(part) < 20 and part.lstrip("+-").isdecimal():
            return str(int(part) + stream.choice((-2, -1, 1, 2)))
        return stream.choice(NUMBERS)
    if kind.startswith("name") and choice < 0.8:
        return part[0] + stream.choice(NAMES)
    if kind == "string":
        return json.dumps(stream.choice(WORDS), ensure_ascii=stream.random() < 0.5)
    return stream.choice((part + part, "", stream.choice(WORDS), stream.choice(parts)))


def _kind(part: str) -> str:
    if part[:1] == '"':
        return "string"
    if part[:1] in "%@":
        return "name" + part[:1]
    if part.lstrip("+-")[:1].isdecimal():
        return "number"
    return "word" if part[:1].isalpha() else "space" if part.isspace() else "sign"


def _delete_tokens(stream: random.Random, old: str, others: Sequence[str]) -> str:
    parts = tokens(old)
    start = stream.randrange(len(parts) + 1)
    return "".join(parts[:start] + parts[start + stream.choice((1, 1, 2, 3, 8)) :])


def _repeat_tokens(stream: random.Random, old: str, others: Sequence[str]) -> str:
    parts = tokens(old)
    start = stream.randrange(len(parts) + 1)
    end = start + stream.choice((1, 1, 2, 3, 8))
    times = stream.choice((1, 1, 1, 2, 30, 300))
    return "".join(parts[:start] + parts[start:end] * (times + 1) + parts[end:])


def _swap_tokens(stream: random.Random, old: str, others: Sequence[str]) -> str:
    parts = tokens(old)
    if len(parts) > 1:
        a, b = stream.randrange(len(parts)), stream.randrange(len(parts))
        parts[a], parts[b] = parts[b], parts[a]
    return "".join(parts)


def _insert(stream: random.Random, old: str, others: Sequence[str]) -> str:
    where = stream.randrange(len(old) + 1)
    new = stream.choice((stream.choice(WORDS), stream.choice(NUMBERS)))
    return old[:where] + new + old[where:]


def _rename(stream: random.Random, old: str, others: Sequence[str]) -> str:
    """One name changed wherever it stands: what was well formed stays so, most often."""
    parts = tokens(old)
    names = [part for part in parts if part[:1] in ("%", "@") and len(part) > 1]
    if not names:
        return _change_token(stream, old, others)
    name = stream.choice(names)
    new = name[0] + stream.choice(NAMES)
    return "".join(new if part == name else part for part in parts)


def _change_lines(stream: random.Random, old: str, others: Sequence[str]) -> str:
    lines = old.split("\n")
    at = stream.randrange(len(lines))
    match stream.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(stream.randrange(len(lines) + 1), lines[at])
        case 2:
            other = stream.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines.insert(at, stream.choice(stream.choice(others).split("\n")))
        case _:
            lines[at] = stream.choice(stream.choice(others).split("\n"))
    return "\n".join(lines)


def _cut(stream: random.Random, old: str, others: Sequence[str]) -> str:
    return old[: stream.randrange(len(old) + 1)]


def _nest(stream: random.Random, old: str, others: Sequence[str]) -> str:
    opening, closing = stream.choice(("()", "[]", "{}", '""'))
    depth = stream.choice((1, 2, 30, 1000, 20_000))
    where = stream.randrange(len(old) + 1)
    end = stream.randrange(where, len(old) + 1)
    return old[:where] + opening * depth + old[where:end] + closing * depth + old[end:]


_TEXT_CHANGES: tuple[Callable[[random.Random, str, Sequence[str]], str], ...] = (
    *[_change_token] * 9, _rename, _rename, _delete_tokens, _delete_tokens, _repeat_tokens, _swap_tokens, _insert,
    _insert, _change_lines, _change_lines, _change_lines, _cut, _nest,
)  # fmt: skip


def raw(stream: random.Random, old: bytes) -> bytes:
    """Bytes with one to four changes."""
    data = bytearray(old)
    for _ in range(stream.choice((1, 1, 2, 4))):
        at = stream.randrange(len(data) + 1)
        match stream.randrange(6):
            case 0 if data:
                data[min(at, len(data) - 1)] = stream.randrange(256)
            case 1:
                data[at:at] = stream.choice(BYTES) * stream.choice((1, 1, 1, 2, 500))
            case 2:
                del data[at : at + stream.choice((1, 1, 2, 8, 100))]
            case 3:
                piece = data[at : at + stream.choice((1, 4, 30, 200))]
                where = stream.randrange(len(data) + 1)
                data[where:where] = piece
            case 4:
                del data[at:]
            case _ if data:
                data[min(at, len(data) - 1)] ^= 1 << stream.randrange(8)
    return bytes(data)


HOSTILE_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 3, 5, 10**18, -(10**18), 10**400, 0.5, 1e999, -1e999, 1e308,
    float("nan"), "", "a", "0", "1", "None", "true", "cat", "\ud800", "\x00", "x" * 3000, [], {},
    [[]], [0], [1, 2], {"a": 1}, [None], "fixed", "score", "clipped", 1.0, 2.5, 65536, 1 << 31,
)  # fmt: skip


def json_value(stream: random.Random, value: Any) -> Any:
    """A JSON value with one change somewhere inside."""
    if isinstance(value, dict) and value and stream.random() < 0.9:
        changed = dict(value)
        key = stream.choice(sorted(changed))
        match stream.randrange(12):
            case 0:
                del changed[key]
            case 1:
                changed[stream.choice((key + "_", "extra", "", "format", "\ud800"))] = changed[key]
            case 2:
                changed[key] = changed[stream.choice(sorted(changed))]
            case _:
                changed[key] = json_value(stream, changed[key])
        return changed
    if isinstance(value, list) and value and stream.random() < 0.8:
        items = list(value)
        at = stream.randrange(len(items))
        match stream.randrange(6):
            case 0:
                del items[at]
            case 1:
                items.insert(at, items[stream.randrange(len(items))])
            case 2:
                items[at] = items[stream.randrange(len(items))]
            case _:
                items[at] = json_value(stream, items[at])
        return items
    if isinstance(value, bool) and stream.random() < 0.6:
        return not value
    if isinstance(value, int) and stream.random() < 0.5 and abs(value) < 1 << 62:
        return value + stream.choice((-2, -1, 1, 2, 7))
    if isinstance(value, str) and stream.random() < 0.5:
        return stream.choice(WORDS)
    return stream.choice(HOSTILE_VALUES)


def shorter(case: bytes) -> Iterator[bytes]:
    """The bytes without some lines, then without some of their bytes, large pieces first."""
    lines = case.splitlines(keepends=True)
    yield from (b"".join(rest) for rest in without_pieces(lines))
    if len(case) <= 20_000:
        yield from (bytes(rest) for rest in without_pieces(case))


def without_pieces(items: Sequence[Any]) -> Iterator[Any]:
    """The sequence without a piece of it: halves, quarters and so on to single items."""
    size = len(items) // 2
    while size:
        for start in range(0, len(items), size):
            yield items[:start] + items[start + size :]
        size //= 2
    if len(items) == 1:
        yield items[:0]
