"""Going through multisets finds exactly the combinations that going through strings finds."""

from __future__ import annotations

import pytest

from tests.proof.by_strings import assert_exact, followed_of_random
from tpc.ir.parser import parse_program
from tpc.proof.multisets import multiset_columns

HEAD = """tpir 1.1
domain @token = ["<pad>", "a", "b", "c", "d", "<s>"]
domain @position = 0..6
domain @kind = 0..2
domain @label = ["x", "y", "z"]
max_length 7
language LANGUAGE
program @p(%tokens: cat<@token>) -> label<@label> {
  %positions = positions : cat<@position>
  %ones = ones : num<1..1>
  %s = select.all(query=%tokens, key=%tokens) where key == query
  %same = aggregate(%s, %ones) : num<0..7>
"""
#: Counts of counts; positions are read where the label is given, and by no head.
COUNTS_OF_COUNTS = """
  %often = lookup(%same) {3..7 => 2, 2 => 1, _ => 0} : cat<@kind>
  %t = select.all(query=%often, key=%often) where key == query
  %alike = aggregate(%t, %ones) : num<0..7>
  %there = lookup(%tokens, %positions) {("a", 1..2) => 1, ("c", _) => 2, _ => 0} : cat<@kind>
  %label = lookup(%alike, %there) {(2..3, _) => "x", (_, 1) => "y", _ => "z"} : label<@label>
  return %label
}
"""
#: One token is counted by all: it is not interchangeable with the others.
ONE_TOKEN = """
  %b = select.all(query=%tokens, key=%tokens) {"a" => "c", "c" => "a", _ => "b"}
  %bs = aggregate(%b, %same) : num<0..49>
  %label = lookup(%bs, %same) {(4, _) => "x", (_, 2) => "y", _ => "z"} : label<@label>
  return %label
}
"""
#: A formula tells tokens apart that no case names.
COMPUTED = """
  %parity = lookup(%tokens) {_ => (%tokens + 1) % 2} : cat<@kind>
  %e = select.all(query=%parity, key=%parity) where key == query
  %evens = aggregate(%e, %same) : num<0..49>
  %label = lookup(%evens, %same) {(4..5, _) => "x", (_, 2) => "y", _ => "z"} : label<@label>
  return %label
}
"""
LANGUAGES = (
    'unscored "<s>", ["a", "b", "c", "d"]{1..5}',
    '["a", "b", "c"]{0..4}',
    '["a", "b", "c", "d"]{1..3}, "<s>", ["a", "b", "c", "d"]{0..2}, unscored "a"',
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("nodes", [COUNTS_OF_COUNTS, ONE_TOKEN, COMPUTED])
def test_heads_that_read_counts(language: str, nodes: str) -> None:
    program = parse_program(HEAD.replace("LANGUAGE", language) + nodes)
    assert assert_exact(multiset_columns, program)


def test_random_programs() -> None:
    assert followed_of_random(multiset_columns, max_nodes=5) > 30


@pytest.mark.parametrize(
    "nodes",
    [
        "select.all causal(query=%tokens, key=%tokens) where key == query",
        "select.all(query=%positions, key=%positions) where key == query",
    ],
)
def test_heads_that_know_positions_are_not_followed(nodes: str) -> None:
    text = HEAD.replace("LANGUAGE", LANGUAGES[0]) + COUNTS_OF_COUNTS
    program = parse_program(
        text.replace(
            "  %often =", f"  %u = {nodes}\n  %n = aggregate(%u, %ones) : num<0..7>\n  %often ="
        )
    )
    assert multiset_columns(program) is None


def test_languages_of_very_many_strings() -> None:
    """Sixteen letters at 24 positions: of interchangeable ones a few thousand ways are left."""
    letters = ", ".join(f'"{letter}"' for letter in "abcdefghijklmnop")
    text = (HEAD + COUNTS_OF_COUNTS).replace('"a", "b", "c", "d", "<s>"', f'{letters}, "<s>"')
    text = text.replace("LANGUAGE", f'unscored "<s>", [{letters}]{{1..24}}')
    text = text.replace("0..6", "0..24").replace("max_length 7", "max_length 25")
    text = text.replace("num<0..7>", "num<0..25>").replace("3..7 =>", "3..25 =>")
    program = parse_program(text)
    assert program.language.count(program.max_length) > 10**28
    columns = multiset_columns(program)
    assert columns is not None
    assert set(columns["alike"].tolist()) == set(range(2, 25))
