"""The vectorised evaluator gives the interpreter's answers, to the bit."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.strategies import programs, sequences
from tpc.ir.nodes import Classify
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.semantics.batched import BatchEvaluator, BatchResult
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import evaluate
from tpc.semantics.layers import class_logits

CORPUS = sorted((Path(__file__).parents[1] / "corpus").glob("*.tpir"))


def padded(rows: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.array([len(row) for row in rows])
    ids = np.full((len(rows), max(lengths, default=0)), 7_777)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = row
    return ids, lengths


def batch_logits(
    program: Program, result: BatchResult, ids: np.ndarray, lengths: np.ndarray
) -> np.ndarray | None:
    """The logits that a classifier decides by: `[B, L, C]`, or `[B, C]` if pooled."""
    node = program.by_name[program.result]
    if not isinstance(node, Classify):
        return None
    inputs = [result.columns[feature.variable].T for feature in node.features]
    valid = np.arange(ids.shape[1])[:, None] < lengths
    logits, which = class_logits(program, node, inputs, ids.T.shape, valid)
    return logits[which.T]


def assert_same(program: Program, rows: list[list[int]]) -> None:
    ids, lengths = padded(rows)
    result = BatchEvaluator(program).evaluate(ids, lengths)
    logits = batch_logits(program, result, ids, lengths)
    for index, row in enumerate(rows):
        expected = evaluate(program, row)
        for name, column in expected.columns.items():
            found = result.columns[name][index]
            found = found.reshape(1) if found.ndim == 0 else found[: len(row)]
            assert found.tolist() == column, name
        if expected.logits:
            assert logits is not None
            found = logits[index]
            found = found[None] if found.ndim == 1 else found[: len(row)]
            assert found.tolist() == expected.logits


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_corpus(path: Path) -> None:
    program = parse_program(path.read_text("utf-8"), path.name)
    rows = [list(ids) for ids in program.language.sample(program.max_length, 200, seed=1)]
    assert_same(program, rows)
    shuffled = np.random.default_rng(0)
    words = [index for index, word in enumerate(program.vocabulary) if word != "<pad>"]
    assert_same(
        program,
        [
            shuffled.choice(words, shuffled.integers(1, program.max_length + 1)).tolist()
            for _ in range(200)
        ],
    )


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_random_programs(data: st.DataObject) -> None:
    program = data.draw(programs())
    rows = data.draw(st.lists(sequences(program), min_size=1, max_size=5))
    assert_same(program, [encode(program, row) for row in rows])


def test_reals_are_added_from_left_to_right() -> None:
    program = parse_program("""tpir 1.0
domain @token = ["<pad>", "a", "b"]
domain @label = ["x", "y"]
max_length 40
language ["a", "b"]{1..2}
program @sums(%tokens: cat<@token>) -> label<@label> {
  %weight = embed(%tokens) {"<pad>" => 0, "a" => 0.1, "b" => 1e16} : real
  %pattern = select.all(query=%tokens, key=%tokens) {_ => "a"}
  %sum = aggregate(%pattern, %weight) : real
  %label = classify {%sum: [0.1, 0.3], %weight: [0.7, 0.1]} : label<@label>
  return %label
}
""")
    assert_same(program, [[1] * length for length in range(1, 41)])


def test_only_what_is_asked_for_is_evaluated() -> None:
    program = parse_program((CORPUS[0].parent / "kitchen_sink.tpir").read_text("utf-8"))
    ids, lengths = padded([[4, 1, 2]])
    everything = BatchEvaluator(program).evaluate(ids, lengths)
    some = BatchEvaluator(program, only=["positions"]).evaluate(ids, lengths)
    assert set(some.columns) < set(everything.columns)
    assert some.labels.tolist() == everything.labels.tolist()
