"""Numbers of thousands of digits and deep nesting in program text: a sentence with a place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tpc.diagnostics import TpcError
from tpc.ir.parser import parse_program

TEXT = (Path(__file__).parents[1] / "corpus/identity.tpir").read_text()
DIGITS = "9" * 5_000


def unsealed(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith("seal "))


def with_metadata(value: str) -> str:
    return f'{unsealed(TEXT)}\nmetadata {{"a": {value}}}\n'


def test_the_text_is_read_without_them() -> None:
    assert parse_program(with_metadata("[1, 2.5e3]"), "t").metadata == {"a": [1, 2.5e3]}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1e999", "too large"),
        ("[1, 1e999]", "too large"),
        (DIGITS, "too many digits"),
        (f"[1, {DIGITS}]", "too many digits"),
        ('{"a":' * 2_000 + "1" + "}" * 2_000, "nested too deeply"),
    ],
)
def test_metadata(value: str, message: str) -> None:
    with pytest.raises(TpcError, match=message):
        parse_program(with_metadata(value), "t")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("tpir 1.0", f"tpir {DIGITS}.0", "IR version"),
        ("max_length ", f"max_length {DIGITS}", "digits"),
    ],
)
def test_numbers_of_the_header(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(TpcError, match=message) as raised:
        parse_program(unsealed(TEXT).replace(old, new, 1), "t")
    assert len(str(raised.value)) < 1_000
