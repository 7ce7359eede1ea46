"""Verdicts, the smallest counterexample, and what is not settled."""

from __future__ import annotations

import pytest

from tests.docs.blocks import ROOT
from tpc.diagnostics import TpcError
from tpc.frontends.program_file import read_program_file
from tpc.ir.program import Program
from tpc.properties.decide import Budget, Decision, decide
from tpc.properties.parser import parse_properties


def program(name: str) -> Program:
    return read_program_file(ROOT / "programs" / name / f"{name}.tpir")


def decided(of: Program, text: str, budget: Budget | None = None) -> Decision:
    (found,) = decide(of, [parse_properties(f"property asked: {text}")], budget=budget)
    return found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("reverse", "forall i: out[i] = in[length - 1 - i]"),
        ("reverse", "forall i, j: i != j implies after changing in[i]: out'[length-1-j] = in[j]"),
        ("sort", "forall tokens t: count(j: in[j] = t) = count(j: out[j] = t)"),
        ("sort", "forall i < length - 1: out[i] <= out[i + 1]"),
        ("induction", "forall i: not scored(i) implies out[i] = in[length]"),
    ],
)
def test_what_holds_is_proved(name: str, text: str) -> None:
    found = decided(program(name), text)
    assert (found.verdict.word, found.failing) == ("proved", 0)


@pytest.mark.parametrize(
    ("name", "text", "tokens", "values"),
    [
        ("reverse", 'forall i: out[i] != "3"', "<s> 3 </s>", {"i": 0}),
        ("sort", "forall i < length - 1: out[i] < out[i + 1]", "<s> 0 0 </s>", {"i": 0}),
        ("sort", "length = 3 implies in[0] = out[0]", "<s> 1 0 0 </s>", {}),
        ("dyck1", 'not (out[1] = "T" and out[3] = "T")', "<s> ( ) ( ) " + "( " * 11, {}),
    ],
)
def test_what_fails_is_refuted_by_the_smallest_input(
    name: str, text: str, tokens: str, values: dict[str, int]
) -> None:
    """Both where the language is exhausted, and where only its shortest inputs are."""
    found = decided(program(name), text)
    assert found.counterexample is not None
    assert found.counterexample.tokens == tuple(tokens.split())
    assert found.counterexample.values == values
    assert found.smallest


def test_samples_refute_and_are_shrunk_but_prove_nothing() -> None:
    budget = Budget(limit=0, samples=100, effort=0.0, processes=1)
    holds = decided(program("reverse"), "forall i: out[i] = in[length - 1 - i]", budget)
    assert holds.verdict.word == "unknown"
    assert "6 of 6 shapes" in str(holds.verdict)
    assert "100 inputs sampled" in str(holds.verdict)
    fails = decided(program("sort"), 'forall i: out[i] = "0" implies in[i] = "0"', budget)
    assert fails.counterexample is not None
    assert fails.counterexample.tokens == ("<s>", "1", "0", "</s>")
    assert (fails.smallest, fails.failing) == (False, None)


def test_positions_that_are_not_there_have_no_token() -> None:
    hist = program("hist")
    for text in ("in[length] = in[-1]", "in[-1] != in[0]", "not in[-1] < in[0]", "out[9] = in[9]"):
        assert decided(hist, text).verdict.word == "proved", text


def test_numerals_compare_with_counts() -> None:
    hist = program("hist")
    assert decided(hist, "forall i: out[i] <= length").verdict.word == "proved"
    assert decided(hist, "forall i: 0 < out[i]").verdict.word == "proved"
    # Six tokens that are equal; seven of which at least six are.
    failing = 6 + (6 + 7 * 6 * 5)
    assert decided(hist, 'forall i: out[i] < "6"').failing == failing
    assert decided(hist, "forall i: out[i] < 6").failing == failing


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(TpcError, match="no property 'soted'"):
        decide(program("sort"), [parse_properties("property sorted: true")], ["soted"])


def test_a_property_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tpc.properties.grounding._MAX_PARTS", 5_000)
    text = "forall i, j, k, l: in[i] = in[j] or in[k] = in[l]"
    with pytest.raises(TpcError, match="once it is written out"):
        decided(program("dyck1"), text)


def test_hostile_tokens_are_text() -> None:
    hostile = read_program_file(ROOT / "tests" / "corpus" / "hostile.tpir")
    text = parse_properties("property a: forall tokens t: out[0] != t or true property b: false")
    found = decide(hostile, [text])
    assert [decision.verdict.word for decision in found] == ["proved", "refuted"]


def test_large_vocabularies_are_left_to_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words that a property names are among them, and the verdict says why it is open."""
    monkeypatch.setattr("tpc.properties.solving._MOST_TOKENS", 1)
    monkeypatch.setattr("tpc.properties.decide._SHORTEST", 10)
    monkeypatch.setattr("tpc.properties.decide._FEW_TOKENS", 10)
    budget = Budget(limit=100, samples=400, processes=1)
    text = 'not (in[0] = "4" and in[1] = "3" and in[2] = "4" and in[3] = "3")'
    assert decided(program("sort"), text, budget).verdict.word == "refuted"
    holds = decided(program("sort"), "forall i < length - 1: out[i] <= out[i + 1]", budget)
    assert "too large for the solver" in str(holds.verdict)
