"""The matched key as a formula where it is one, and what heads look at, in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.backends.conftest import corpus_program
from tests.lowering.columns import lowered_with, number, word
from tpc.lowering import Column, Head, Selector, lower
from tpc.lowering.functions import Function
from tpc.lowering.predicates import Predicate, noun, predicate, rankings, sentence


def found(query: Column, key: Column, matched: Sequence[int | None]) -> Predicate:
    selector = Selector(
        "x_pattern", "first", query.name, key.name, False, tuple(matched), None, (), (), ""
    )
    return predicate(lowered_with(query, key), selector)


def test_a_shift_is_seen_over_the_values_that_occur() -> None:
    query, key = number("q", 0, 4, (0, 1, 2, 4)), number("k", 0, 4, (1, 2, 3))
    shifted = found(query, key, [1, 2, 3, 0, None])
    assert shifted.shift == 1
    assert shifted.matched.outcomes == (1, 2, 3, None)
    assert found(query, key, [1, 2, None, None, None]).shift is None


def test_a_query_that_matches_nothing_may_look_for_itself_where_no_key_is_it() -> None:
    assert found(word("q"), word("k", (0, 1)), [0, 1, None, None, None]).shift == 0
    assert found(word("q"), word("k", (0, 1, 2)), [0, 1, None, None, None]).shift is None
    assert found(word("w"), word("w"), range(5)).same
    assert not found(word("q"), word("k"), range(5)).same


def test_few_exceptions_are_named() -> None:
    assert found(word("q"), word("k"), [0, None, 2, 3, None]).exceptions == ("b", "e")
    assert found(word("q"), word("k"), [0, None, 2, None, None]).exceptions == ()
    assert found(word("q"), word("k"), [1, None, 2, 3, 4]).exceptions == ()


def test_keys_that_never_occur_match_nothing() -> None:
    never = found(word("q"), word("k", (3,)), [0, 1, 2, 0, 0])
    assert never.nothing
    some = found(word("q"), word("k", (0, 3)), [3, 1, 0, None, 3])
    assert not some.nothing
    known, chosen = some.known
    assert known.items() == [("a", "d"), ("c", "a"), ("e", "d")]
    assert chosen == ((0, 0), (2, 2), (4, 4))


def test_rankings_have_groups_where_some_keys_are_equally_good() -> None:
    lowered = lowered_with(number("q", 0, 2, (0, 2)), word("k", (0, 1, 3)))

    def ranked(*scores: tuple[int, ...]) -> tuple[Function, bool]:
        selector = Selector("x_pattern", "score", "q", "k", False, (), None, (), scores, "")
        return rankings(lowered, selector)

    single, tied = ranked((0, 2, 0, 1, 0), (0, 0, 0, 0, 0), (2, 1, 0, 0, 0))
    assert (single.outcomes, tied) == ((("a", "d", "b"), ("d", "b", "a")), False)
    groups, tied = ranked((0, 2, 0, 1, 0), (0, 0, 0, 0, 0), (1, 0, 0, 0, 0))
    assert (groups.outcomes, tied) == (((("a",), ("d",), ("b",)), (("b", "d"), ("a",))), True)


SENTENCES = {
    ("kitchen_sink", "attn_0_0"): "token at the nearest other position with the token this token "
    "looks for",
    ("kitchen_sink", "attn_0_1"): "kind at the position 1 to the left, else at the first",
    ("kitchen_sink", "attn_0_2"): "position at the best placed position with the kind this token "
    "looks for",
    ("kitchen_sink", "attn_0_3"): "token at the first position so far with the kind this kind "
    "ranks best",
    ("kitchen_sink", "num_attn_0_0"): "number of positions with the same token",
    ("kitchen_sink", "num_attn_0_1"): "sum of weight over the positions with the same token",
    ("offsets", "nothing"): "position at the first position",
    ("offsets", "never"): "number of positions that nothing looks for",
    ("offsets", "there"): "1 if the position this position looks for is in the sequence, else 0",
}


@pytest.mark.parametrize(("program", "head"), SENTENCES)
def test_sentences(program: str, head: str) -> None:
    lowered = lower(corpus_program(program))
    [step] = [s for s in lowered.steps if isinstance(s, Head) and s.name == head]
    assert sentence(lowered, step) == SENTENCES[program, head]


def test_values_are_shown_as_the_target_writes_them() -> None:
    lowered = lower(corpus_program("kitchen_sink"))
    head = next(step for step in lowered.steps if isinstance(step, Head))
    always = replace(head, selector=replace(head.selector, matched=(2,) * 5))
    assert sentence(lowered, always).endswith("with token 'b'")
    assert sentence(lowered, always, json.dumps).endswith('with token "b"')
    some = replace(head, selector=replace(head.selector, matched=(0, None, 2, 3, 4)))
    assert sentence(lowered, some, json.dumps).endswith('with the same token (none for "a")')


def test_positions_are_called_so() -> None:
    lowered = lower(corpus_program("kitchen_sink"))
    nouns = {name: noun(lowered, name) for name in ("tokens", "positions", "ones", "kind")}
    assert list(nouns.values()) == ["token", "position", "ones", "kind"]
