"""The whole program is compared once more, and the record says how."""

from functools import partial

import pytest

from tests.passes.cases import HEAD, body, left_alone, parse
from tpc.diagnostics import TpcError
from tpc.ir.parser import parse_program
from tpc.passes.base import PassContext
from tpc.passes.pipelines import optimise
from tpc.passes.prove import Prove
from tpc.passes.rewriting import prune
from tpc.proof.cubes import Effort
from tpc.proof.equality import compare_on_language
from tpc.proof.portfolio import Budget, compare

#: Nothing is gone through, and nothing is left to the solver.
NOTHING = Budget(strings=0, effort=Effort(total=0.0), computed=0, processes=1)

TABLE = '%label = lookup(%tokens) {"a" => "x", _ => "y"} : label<@label>'
WEIGHTS = """
%label = classify {
  %tokens: {"a" => [0, 2, 0, 0], _ => [0, 0, 2, 0]}
} : label<@label>
"""


def test_the_proof_is_recorded() -> None:
    program, other = prune(parse(TABLE)), parse(WEIGHTS)
    done = Prove().run(program, PassContext(original=other)).program
    assert body(done) == body(program)
    assert done.metadata["optimised"] == {
        "proof": "all inputs of the language compared",
        "strings": 120,
        "labels": 426,
    }


def test_the_same_proof_again_changes_nothing() -> None:
    context = PassContext(original=parse(WEIGHTS))
    first = Prove().run(prune(parse(TABLE)), context)
    again = Prove().run(first.program, context)
    assert (first.changed, again.changed) == (True, False)
    assert again.program is first.program
    assert again.statistics == first.statistics


def test_the_proof_is_at_the_end_of_a_level() -> None:
    done = optimise(parse(WEIGHTS), 2).program
    assert done.metadata["optimised"] == {
        "proof": "all inputs of the language compared",
        "strings": 120,
        "labels": 426,
    }
    assert compare_on_language(parse(TABLE), done).equal


def test_a_difference_is_a_defect() -> None:
    other = parse(TABLE.replace("x", "z"))
    with pytest.raises(TpcError, match="not equal to the original"):
        Prove().run(parse(TABLE), PassContext(original=other))


def test_languages_too_large_are_named_and_left_alone() -> None:
    """There are more tokens at all positions of all lengths than a proof would be tried for."""
    text = HEAD.replace("max_length 5", "max_length 200").replace("{1..4}", "{1..199}")
    program = parse_program(
        text.replace("0..4", "0..199")
        + "  %s = select.closest(query=%tokens, key=%tokens) where key == query\n"
        "  %h = aggregate(%s, %positions) : cat<@position>\n"
        "  %t = select.closest(query=%h, key=%positions) where key == query\n"
        "  %g = aggregate(%t, %tokens) : cat<@token>\n"
        '  %label = classify {%g: {"a" => [0, 0.5, 0, 0], _ => [0, 0, 0.5, 0]}} : label<@label>\n'
        "  return %label\n}\n"
    )
    done = optimise(program, 3)
    assert any("about 10^95 strings" in text for text in done.skipped)
    # No number of strings: it would have more digits than a program's text may have.
    assert done.program.metadata["optimised"] == {"proof": "both programs compute the same"}


def test_the_program_itself_needs_no_proof() -> None:
    left_alone("prove", TABLE)


def test_what_the_portfolio_proves_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tpc.passes.prove.FINAL", Budget(strings=0, processes=1))
    program, other = prune(parse(TABLE)), parse(WEIGHTS)
    done = Prove().run(program, PassContext(exhaustive_limit=0, original=other))
    record = done.program.metadata["optimised"]
    assert record["strings"] == 120
    assert record["proof"] == done.statistics["proved by"]
    wrong = parse(TABLE.replace("x", "z"))
    with pytest.raises(TpcError, match="not equal to the original"):
        Prove().run(wrong, PassContext(exhaustive_limit=0, original=other))


def test_what_is_not_decided_was_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tpc.passes.prove.FINAL", NOTHING)
    monkeypatch.setattr("tpc.proof.portfolio.combination_columns", lambda _: None)
    program, other = prune(parse(TABLE)), parse(WEIGHTS)
    done = Prove().run(program, PassContext(exhaustive_limit=0, original=other)).program
    assert done.metadata["optimised"]["proof"] == "analysis; a sample compared"


#: Its first head looks at one token, and makes no difference: what analysis finds.
ONE_TOKEN_READ = """
%first = select.first(query=%tokens, key=%tokens) {_ => "a"}
%found = aggregate(%first, %tokens) : cat<@token>
%same = select.all(query=%tokens, key=%tokens) where key == query
%count = aggregate(%same, %ones) : num<0..5>
%often = lookup(%count) {1 => 1, 2 => 2, _ => 3} : cat<@value>
%label = classify {
  %found: {_ => [0, 0.5, 0.5, 0.5]},
  %often: {1 => [0, 2.5, 0, 0], 2 => [0, 0.5, 1.25, 0.25], _ => [0, 0, 0.75, 2]}
} : label<@label>
"""


def test_what_analysis_left_is_followed_where_the_original_cannot_be() -> None:
    program = parse(ONE_TOKEN_READ)
    context = PassContext(exhaustive_limit=0, decide=partial(compare, budget=NOTHING))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tpc.passes.prove.FINAL", NOTHING)
        done = optimise(program, 2, context=context)
    assert done.program.metadata["optimised"]["proof"] == (
        "analysis, and then all 12 combinations of token, position and counts compared"
    )
    assert compare_on_language(program, done.program).equal
