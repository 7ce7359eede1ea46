"""Approximate passes run only when allowed, stay in their budget, and leave a mark."""

import pytest

from tpc.diagnostics import TpcError
from tpc.ir.parser import parse_program
from tpc.ir.printer import print_program
from tpc.ir.program import Program
from tpc.passes.base import ApproximationBudget, PassContext
from tpc.passes.pipelines import optimise, parse_pipeline

PASS = parse_pipeline("drop-approximately")


@pytest.fixture
def program() -> Program:
    return parse_program("""tpir 1.0
domain @token = ["<pad>", "a", "b", "<s>"]
domain @position = 0..3
domain @label = ["x", "y"]
max_length 4
language unscored "<s>", ["a", "b"]{1..3}
program @p(%tokens: cat<@token>) -> label<@label> {
  %positions = positions : cat<@position>
  %label = classify {
    %tokens: {"a" => [2, 0], _ => [0, 2]},
    %positions: {3 => [0, 3], _ => [0, 0]}
  } : label<@label>
  return %label
}
""")


def budget(loss: float) -> PassContext:
    rows = [(("<s>", *"aab"), ("x", "x", "x", "y")), (("<s>", *"aba"), ("x", "x", "y", "y"))]
    return PassContext(approximation=ApproximationBudget("dev.jsonl", tuple(rows), loss))


def test_it_must_be_allowed(program: Program) -> None:
    with pytest.raises(TpcError, match="approximate"):
        optimise(program, passes=PASS)


def test_nothing_is_lost_without_a_budget(program: Program) -> None:
    assert optimise(program, passes=PASS, context=budget(0.0)).program == program


def test_the_budget_is_kept_and_the_program_says_so(program: Program) -> None:
    done = optimise(program, passes=PASS, context=budget(0.2)).program
    assert [feature.variable for feature in done.by_name["label"].features] == ["tokens"]
    assert done.contract.scope == "data"
    assert done.contract.proved_against == "dev.jsonl"
    measured = done.metadata["approximation"]
    assert measured["score_before"] == 1.0
    assert measured["score_after"] == pytest.approx(5 / 6)
    text = print_program(done)
    assert 'contract data "dev.jsonl"' in text
    assert parse_program(text) == done


def test_exact_passes_keep_the_mark(program: Program) -> None:
    done = optimise(program, passes=PASS, context=budget(0.2)).program
    assert optimise(done, 2).program.contract == done.contract


def test_emitted_python_says_so(program: Program) -> None:
    from tpc.runtime.backend import find_backend

    done = optimise(program, passes=PASS, context=budget(0.2)).program
    source = find_backend("python").emit(done, "p")[0].content.decode()
    assert "An approximation of the network, measured on dev.jsonl." in source


def test_the_budget_is_of_spans_where_tags_mark_them() -> None:
    """Positions are worth a whole span here, and no label more than they cost."""
    program = parse_program("""tpir 1.0
domain @token = ["<pad>", "a", "b"]
domain @position = 0..3
domain @label = ["O", "B-X", "I-X"]
max_length 4
language ["a", "b"]{1..4}
program @p(%tokens: cat<@token>) -> label<@label> {
  %positions = positions : cat<@position>
  %label = classify {
    %tokens: {"a" => [0, 2, 0], _ => [2, 0, 0]},
    %positions: {1 => [0, 0, 3], _ => [0, 0, 0]}
  } : label<@label>
  return %label
}
""")
    rows = ((("a", "a", "b"), ("B-X", "I-X", "O")), (("b", "b", "a"), ("O", "O", "B-X")))

    def after(loss: float) -> Program:
        context = PassContext(approximation=ApproximationBudget("dev", rows, loss))
        return optimise(program, passes=PASS, context=context).program

    assert after(0.1) == program
    measured = after(0.7).metadata["approximation"]
    assert measured["score_before"] == 1.0
    assert measured["score_after"] == pytest.approx(0.4)
