"""Messages quote what users give, but never megabytes of it."""

from __future__ import annotations

import pytest

from tpc.diagnostics import Location, TpcError, did_you_mean, quoted, shortened


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("ab", "'ab'"),
        ("it's", '"it\'s"'),
        ("a\nb", "'a\\nb'"),
        (3, "3"),
        (["a"], "['a']"),
        ("x" * 78, repr("x" * 78)),
        ("x" * 79, f"'{'x' * 59}...{'x' * 19}' (81 characters)"),
    ],
)
def test_a_value_is_quoted(value: object, text: str) -> None:
    assert quoted(value) == text


def test_the_start_and_the_end_of_a_long_text_are_kept() -> None:
    assert shortened("a" * 100 + "b" * 100, 8) == "aaaaaa...bb (200 characters)"
    assert shortened("abcd", 4) == "abcd"


def test_whatever_a_message_quotes_it_stays_readable() -> None:
    long = "x" * 10_000_000
    error = TpcError(f"what is {long}?", location=Location("f", 1, 1, long), hint=f"not {long}")
    assert len(error.render()) < 10_000
    assert "what is" in error.render()
    assert "(10,000,009 characters)" in error.render()


def test_likely_names_are_suggested() -> None:
    assert did_you_mean("pyhton", ["c", "python"]) == "did you mean python?"
    assert did_you_mean("fortran", ["c", "python"]) is None
    assert did_you_mean("x" * 10_000_000, ["c", "python"]) is None
