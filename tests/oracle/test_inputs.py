"""Inputs are drawn by a seed, and changed ones stay in their language."""

from __future__ import annotations

import random

import pytest

from tpc.data.task import TaskArguments
from tpc.data.tasks import find_task
from tpc.diagnostics import TpcError
from tpc.oracle.inputs import LONGEST, Inputs, of_list, of_task, strings_over
from tpc.oracle.question import Asked, parse_alphabet, parse_lengths, question

STRINGS = strings_over("abc", (1, 3))
INDUCTION = of_task(find_task("induction"), TaskArguments(8, 100, 3, 5))


@pytest.mark.parametrize("inputs", [STRINGS, INDUCTION, of_list([("x", "y"), ("y",)])])
def test_inputs_are_distinct_and_of_the_language(inputs: Inputs) -> None:
    drawn = inputs.drawn(30, seed=1)
    assert len(drawn) == len(set(drawn)) > 3
    assert drawn == inputs.drawn(30, seed=1)
    stream = random.Random(0)
    changed = [inputs.changed(tokens, stream) for tokens in drawn * 5]
    assert {*changed} - {*drawn} or len(drawn) == inputs.language.count()
    for tokens in (*drawn, *changed):
        assert inputs.language.match(tokens, LONGEST) is not None


def test_some_inputs_are_left_out() -> None:
    first = STRINGS.drawn(20, seed=0)
    others = STRINGS.drawn(20, seed=0, without=frozenset(first))
    assert not {*first} & {*others}
    assert len(STRINGS.drawn(1_000, seed=0)) == 3 + 9 + 27


def test_given_inputs_come_first() -> None:
    given = [("x", "y"), ("y",), ("x",)]
    assert {*of_list(given).drawn(3, seed=5)} == {*given}
    assert of_list(given, alphabet=["x", "y", "z"]).alphabet == ("x", "y", "z")


@pytest.mark.parametrize(
    ("alphabet", "lengths", "message"),
    [
        ([], (1, 2), "nothing makes no alphabet"),
        (["a", "a"], (1, 2), "given twice makes no alphabet"),
        (["<s>"], (1, 2), "'<s>' makes no alphabet"),
        (["a"], (3, 2), "no lengths from 3 to 2"),
    ],
)
def test_what_makes_no_inputs_is_refused(
    alphabet: list[str], lengths: tuple[int, int], message: str
) -> None:
    with pytest.raises(TpcError, match=message):
        strings_over(alphabet, lengths)


def test_alphabets_and_lengths_as_text() -> None:
    assert parse_alphabet("a,bc") == ("a", "bc")
    assert (parse_lengths("2-12"), parse_lengths("3")) == ((2, 12), (3, 3))
    with pytest.raises(TpcError, match=r"'1\.\.3' are no lengths"):
        parse_lengths("1..3")


def test_an_oracle_and_its_inputs_are_named() -> None:
    with pytest.raises(TpcError, match="name one oracle"):
        question(Asked())
    with pytest.raises(TpcError, match="name one oracle"):
        question(Asked(function=len, command="cat"))
    with pytest.raises(TpcError, match="the inputs of the oracle are not known"):
        question(Asked(function=len, alphabet="ab"))
