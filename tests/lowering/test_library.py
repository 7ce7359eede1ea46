"""Functions of a file as text: no more than what is used, and all of it; and fixed text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tpc.lowering.library import filled, library, sections

TEXT = '''"""A library."""

import math


def outer(x: int) -> int:
    """Calls the next."""
    return inner(x) + math.floor(x)


def inner(x: int) -> int:
    other = x
    return leaf(other) if x else inner(x)


def leaf(x: int) -> int:
    return x


def other(x: int) -> int:
    return x
'''


def test_what_a_function_uses_comes_along(tmp_path: Path) -> None:
    file = tmp_path / "helpers.py"
    file.write_text(TEXT)
    found = library(file)
    assert list(found.sources) == ["outer", "inner", "leaf", "other"]
    assert found.sources["leaf"] == "def leaf(x: int) -> int:\n    return x"
    assert found.closure(["leaf", "outer"]) == ["leaf", "outer", "inner"]
    assert found.closure(["outer"]) == ["outer", "inner", "leaf"]  # `other` is a variable there.


def test_sections_and_marks(tmp_path: Path) -> None:
    path = tmp_path / "text.c"
    path.write_text("// What it is.\n\n//// one\nint @name@;\n\n#### two\n'@'; // `@`.\n")
    found = sections(path)
    assert found == {"one": "int @name@;", "two": "'@'; // `@`."}
    assert filled(found["one"], {"name": "x"}) == "int x;"
    assert filled(found["two"], {}) == found["two"]
    with pytest.raises(KeyError):
        filled(found["one"], {})


def test_what_is_filled_in_is_not_looked_at_again() -> None:
    assert filled("@a@@b@", {"a": "@b@", "b": "@a@"}) == "@b@@a@"
