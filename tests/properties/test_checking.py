"""Properties that make no sense for a program are refused where they stand."""

from __future__ import annotations

import pytest

from tests.docs.blocks import ROOT
from tpc.diagnostics import TpcError
from tpc.frontends.program_file import read_program_file
from tpc.properties.checking import check_properties
from tpc.properties.parser import parse_properties

HIST = read_program_file(ROOT / "programs" / "hist" / "hist.tpir")
DYCK = read_program_file(ROOT / "programs" / "dyck1" / "dyck1.tpir")


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("property a: in[0]", "1:13", "this is a token or label, where a statement"),
        ("property a: in[true] = in[0]", "1:16", "a statement that holds or not, where a number"),
        ("property a: in[count(j: true)] = in[0]", "1:16", "may not depend on a count"),
        ("property a: true = true", "1:13", "write iff"),
        ("property a: count(j: true) * count(j: true) = 1", "1:28", "two counts"),
        ("property a: in[0] + 1 = 2", "1:13", "a token or label, where a number"),
        ('property a: in[0] = "9"', "1:21", "no token or label '9'"),
        ("property a: out = in[0]", "1:13", "has one label for each position"),
        ("property a: in'[0] = in[0]", "1:13", "no changed input"),
        ("property a: in[i] = in[0]", "1:16", "there is no i here"),
        ("property a: f(1) = 1", "1:13", "f is not defined"),
        ("define f(i) = i\nproperty a: f(1, 2) = 1", "2:13", "takes 1, not 2"),
        (
            "define f(i) = g(i)\ndefine g(i) = i\nproperty a: f(1) = 1",
            "1:15",
            "later, or by itself",
        ),
        ("define f(i) = f(i)\nproperty a: f(1) = 1", "1:15", "later, or by itself"),
        ("define f(i) = i = 1\nproperty a: f(true)", "2:15", "no position or token"),
        ("property a: not after changing in[0]: true", "1:17", "only be under forall"),
        ("property a: exists i: after changing in[i]: true", "1:23", "only be under forall"),
        ("property a: after changing in[0]: after changing in[1]: true", "1:35", "only be under"),
        ('property a: after exchanging in[0] with "1": true', "1:30", "not two of a kind"),
        ("property a: after exchanging out[0] with in[0]: true", "1:30", "only tokens of the"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, place: str, said: str) -> None:
    with pytest.raises(TpcError) as caught:
        check_properties(parse_properties(text, "x.prop"), HIST)
    assert f"x.prop:{place}: error: " in str(caught.value)
    assert said in str(caught.value)


def test_a_label_is_not_exchanged() -> None:
    text = 'property a: after exchanging ")" with "T": true'
    with pytest.raises(TpcError, match="'T' is a label of %dyck1, and no token"):
        check_properties(parse_properties(text), DYCK)


def test_tokens_without_an_order_are_not_compared() -> None:
    text = 'property a: in[0] < in[1] property b: in[0] < "("'
    with pytest.raises(TpcError, match="is in the order"):
        check_properties(parse_properties(text), DYCK)
    check_properties(parse_properties(f"order alphabetic {text}"), DYCK)


def test_a_program_with_one_label_has_no_label_at_a_position() -> None:
    pooled = read_program_file(ROOT / "tests" / "corpus" / "pooled_first.tpir")
    check_properties(parse_properties("property a: out = out"), pooled)
    with pytest.raises(TpcError, match="one label for the whole input"):
        check_properties(parse_properties("property a: out[0] = out[0]"), pooled)
