"""Programs on lengths that they were not trained on."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tpc.data.task import Row
from tpc.diagnostics import TpcError
from tpc.evaluation.length_generalisation import lengthen
from tpc.evaluation.scores import score
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.ir.verifier import verify
from tpc.semantics import interpreter

CORPUS = Path(__file__).parent.parent / "corpus"


def program(name: str) -> Program:
    return parse_program((CORPUS / f"{name}.tpir").read_text())


def hist_rows(longest: int, count: int) -> list[Row]:
    stream = random.Random(0)
    rows = []
    for _ in range(count):
        symbols = tuple(stream.choices("012", k=stream.randint(1, longest - 1)))
        rows.append((("<s>", *symbols), ("<pad>", *(str(symbols.count(s)) for s in symbols))))
    return rows


def test_longer_sequences_are_answered_where_the_tables_say_something() -> None:
    hist, rows = program("clipped_count"), hist_rows(16, 300)
    found = score(hist, rows, unseen_is_wrong=True, any_length=True)
    most = [max(int(tag) for tag in tags[1:]) for _, tags in rows]
    assert found.uncovered == sum(count > 6 for count in most)
    assert found.uncovered > 10
    assert found.rows == 300 - found.uncovered
    assert found.too_long == found.skipped == 0
    # The program answers "4" for every count above 3.
    answered = [tags[1:] for (_, tags), count in zip(rows, most, strict=True) if count <= 6]
    right = sum(tag in "1234" for tags in answered for tag in tags)
    assert found.token_accuracy == right / sum(map(len, answered))
    assert found.unseen == sum(tag in "56" for tags in answered for tag in tags)


def test_a_longer_program_agrees_with_the_shorter_one() -> None:
    hist = program("clipped_count")
    longer = lengthen(hist, 20)
    verify(longer.program)
    assert longer.program.max_length == 20
    assert longer.covered == {"count": range(7)}
    for tokens, _ in hist_rows(6, 50):
        assert interpreter.run(longer.program, tokens) == interpreter.run(hist, tokens)


COUNTED = """tpir 1.1
domain @token = ["<s>", "0", "1", "2"]
domain @label = ["<pad>", "1", "2", "3", "4", "5", "6"]
max_length 6
language unscored "<s>", ["0", "1", "2"]{1..5}
program @hist(%tokens: cat<@token>) -> label<@label> {
  %ones = ones : num<1..1>
  %same = select.all(query=%tokens, key=%tokens) where key == query
  %count = aggregate(%same, %ones) : num<0..6>
  %label = lookup(%count) {_ => %count} : label<@label>
  return %label
}
"""


def test_a_formula_is_for_the_values_that_it_was_verified_for() -> None:
    hist = parse_program(COUNTED)
    longer = lengthen(hist, 20)
    verify(longer.program)
    for tokens, _ in hist_rows(6, 50):
        assert interpreter.run(longer.program, tokens) == interpreter.run(hist, tokens)
    rows = hist_rows(16, 300)
    found = score(hist, rows, unseen_is_wrong=True, any_length=True)
    most = [max(int(tag) for tag in tags[1:]) for _, tags in rows]
    assert found.uncovered == sum(count > 6 for count in most) > 10
    assert found.token_accuracy == 1.0


def test_labels_never_seen_are_not_scored_unless_told_so() -> None:
    hist, rows = program("clipped_count"), [(("0",) * 5, ("5",) * 5)]
    assert score(hist, rows).tokens == 0
    wrong = score(hist, rows, unseen_is_wrong=True)
    assert (wrong.tokens, wrong.token_accuracy) == (5, 0.0)


@pytest.mark.parametrize(
    ("name", "fragment"),
    [
        ("ranges", "reads positions"),
        ("unknown_words", "reads positions"),
        ("causal", "positions"),
    ],
)
def test_programs_that_read_positions_are_refused(name: str, fragment: str) -> None:
    with pytest.raises(TpcError, match=fragment):
        lengthen(program(name), 50)


RANKED = """tpir 1.0

domain @token = ["a", "b"]
domain @position = 0..1
domain @label = ["x", "y"]

max_length 2
language ["a", "b"]{1..2}

program @ranked(%tokens: cat<@token>) -> label<@label> {
  %positions = positions : cat<@position>
  %near_pattern = SELECT
  %near = aggregate(%near_pattern, %tokens) : cat<@token>
  %label = classify {
    %positions: {0..1 => [0.5, 0.25]},
    %near: {"a" => [1, 0], "b" => [0, 1]}
  } : label<@label>
  return %label
}
"""


def test_ranked_distances_are_refused_and_constant_weights_are_not() -> None:
    ranked = "select.best(query=%tokens, key=%tokens) where key == query prefer 0 > 1 > -1"
    with pytest.raises(TpcError, match="ranks distances"):
        lengthen(parse_program(RANKED.replace("SELECT", ranked)), 4)
    free = "select.first(query=%tokens, key=%tokens) where key == query"
    short = parse_program(RANKED.replace("SELECT", free))
    longer = lengthen(short, 4).program
    verify(longer)
    for tokens in (["a"], ["b", "a"]):
        assert interpreter.run(longer, tokens) == interpreter.run(short, tokens)
    assert interpreter.run(longer, ["b", "a", "b", "a"]) == ["y", "x", "y", "x"]


def test_rows_too_long_for_a_program_that_reads_positions_are_counted() -> None:
    rows = [(("in",) * 3, ("O",) * 3), (("in",) * 9, ("O",) * 9)]
    found = score(program("unknown_words"), rows)
    assert (found.rows, found.too_long) == (1, 1)
    with pytest.raises(TpcError, match="reads positions"):
        score(program("unknown_words"), rows, any_length=True)
