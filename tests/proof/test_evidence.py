"""Samples of an input language, with the program's labels."""

from __future__ import annotations

import numpy as np

from tests.passes.cases import parse
from tpc.proof.evidence import Evidence, sampled, whole_language
from tpc.semantics.interpreter import evaluate

NODES = """
%same = select.all(query=%tokens, key=%tokens) where key == query
%count = aggregate(%same, %ones) : num<0..5>
%label = classify {%count: [0, 1, 0, 0.5], %ones: [0, 0, 0.8, 0]} : label<@label>
"""


def strings(found: Evidence) -> set[tuple[int, ...]]:
    assert found.sample is not None
    rows = zip(found.sample.ids.tolist(), found.sample.lengths.tolist(), strict=True)
    return {tuple(row[:length]) for row, length in rows}


def test_a_small_language_is_sampled_whole() -> None:
    program = parse(NODES)
    found = sampled(program)
    assert not found.whole
    assert strings(found) == set(program.language.strings(program.max_length))
    assert sorted(found.labels.tolist()) == sorted(whole_language(program).labels.tolist())


def test_labels_are_those_of_the_interpreter() -> None:
    program = parse(NODES)
    found = sampled(program)
    assert found.sample is not None
    expected = []
    for row, length in zip(found.sample.ids.tolist(), found.sample.lengths.tolist(), strict=True):
        column = evaluate(program, row[:length]).columns["label"]
        expected.append(list(column[1:]) + [-1] * (found.sample.ids.shape[1] - length))
    by_position = np.array(expected).T
    assert found.labels.tolist() == by_position[by_position >= 0].tolist()
    assert len(found.columns(program, ["count"])["count"]) == len(found.labels)


def test_the_same_sample_every_time() -> None:
    program = parse(NODES)
    assert np.array_equal(sampled(program).sample.ids, sampled(program).sample.ids)  # type: ignore[union-attr]
