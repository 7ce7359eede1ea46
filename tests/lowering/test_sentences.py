"""What heads look at, in words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.backends.conftest import corpus_program
from tpc.lowering import Head, lower
from tpc.lowering.sentences import noun, sentence

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
