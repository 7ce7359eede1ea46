"""Files of properties are read, and what is wrong in them is said with its place."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.docs.blocks import ROOT
from tpc.diagnostics import TpcError
from tpc.properties import syntax as tree
from tpc.properties.parser import parse_properties


def body(text: str) -> tree.Expression:
    return parse_properties(f"property p: {text}").properties[0].body


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("true and true or false", "(true and true) or false"),
        (
            "true or false implies true implies false",
            "(true or false) implies (true implies false)",
        ),
        ("not in[0] = in[1] and true", "(not (in[0] = in[1])) and true"),
        ("true and forall i: true or false", "true and (forall i: (true or false))"),
        ("0 <= 1 < 2", "(0 <= 1) and (1 < 2)"),
        ("forall i < 3: true", "forall i: i < 3 implies true"),
        ("exists i < 3: true", "exists i: i < 3 and true"),
        ("forall i, j: true", "forall i: forall j: true"),
        ("count(j <= 2: true) = 1", "count(j: j <= 2 and true) = 1"),
        ("1 - 2 - 3 = -4", "(1 - 2) - 3 = 0 - 4"),
        ("1 + 2 * 3 = 7", "1 + (2 * 3) = 7"),
    ],
)
def test_short_forms_and_precedence(short: str, long: str) -> None:
    assert body(short) == body(long)


def test_a_file_has_an_order_definitions_and_properties() -> None:
    file = parse_properties(
        '# a remark\norder "b" < "a"\ndefine x(i) = in[i]\ndefine y = "\\u2028"\n'
        "property one: x(0) = y property two: out' = in'[0]\n"
    )
    assert file.order == tree.Order("listed", ("b", "a"))
    assert list(file.definitions) == ["x", "y"]
    assert [prop.name for prop in file.properties] == ["one", "two"]
    assert file.definitions["y"].body == tree.Word(file.properties[0].place, "\u2028")


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("property a: in[0] == in[1]", "1:20", "equality is written ="),
        ("property a: in[0] = 'b'", "1:21", "double quotes"),
        ("property a:\n  forall i out[i] = in[i]", "2:12", "unexpected 'out'"),
        ("property a: (true", "1:18", "ends in the middle"),
        ("property a: forall i, j < 3: true", "1:20", "only one position"),
        ("property a: count(i, j: true) = 1", "1:22", "count goes over one"),
        ('property a: "\\q" = in[0]', "1:13", "no text"),
        ('property a: after changing "b": true', "1:28", "the token of a position"),
        ("property a: true\nproperty a: false", "2:10", "two of the name a"),
        ("order sideways", "1:7", "no order"),
        ('order "a" < "b" > "c"', "1:17", "written with <"),
        ('order "a" < "a"', "1:1", "twice"),
        ("property a: 12345678901 = 1", "1:13", "too large"),
        ("property a: true ~", "1:18", "unexpected '~'"),
    ],
)
def test_what_is_wrong_is_said(text: str, place: str, said: str) -> None:
    with pytest.raises(TpcError) as caught:
        parse_properties(text, "x.prop")
    assert f"x.prop:{place}: error: " in str(caught.value)
    assert said in str(caught.value)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(TpcError, match="nested too deeply"):
        parse_properties("property a: " + "not " * 100_000 + "true")
    with pytest.raises(TpcError, match="nested too deeply"):
        parse_properties(f"property a: {'not ' * 101}true")
    parse_properties(f"property a: {'not ' * 99}true")


TASKS = (ROOT / "tpc" / "properties" / "tasks.prop").read_text(encoding="utf-8")
WORDS = ["property", "forall", "i", ":", "out", "[", "in'", "count", "(", ")", "=", '"', "\\", "\n"]


@given(st.integers(0, len(TASKS)), st.integers(0, 40), st.lists(st.sampled_from(WORDS), max_size=4))
@settings(max_examples=200, deadline=None)
def test_a_damaged_file_is_read_or_refused(start: int, length: int, words: list[str]) -> None:
    with suppress(TpcError):
        parse_properties(TASKS[:start] + " ".join(words) + TASKS[start + length :])


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(TpcError):
        parse_properties(text)
    with suppress(TpcError):
        parse_properties(f"property a: in[0] = {text}")
