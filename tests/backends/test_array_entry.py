"""The array entry points of the NumPy and C backends, and programs at the edges of storage."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.backends.conftest import NAMES, Load, corpus_program, inputs
from tpc.diagnostics import TpcError
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.runtime.backend import Backend, find_backend
from tpc.semantics import interpreter
from tpc.semantics.encoding import encode


@pytest.fixture(params=["numpy", "c"])
def backend(request: pytest.FixtureRequest) -> Backend:
    return find_backend(request.param)


def padded(
    program: Program, sequences: list[list[str]], rubbish: int = 0
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Ids, with `rubbish` behind the ends, and lengths."""
    encoded = [encode(program, tokens) for tokens in sequences]
    lengths = np.array([len(ids) for ids in encoded], dtype=np.int64)
    ids = np.full((len(encoded), program.max_length), rubbish, dtype=np.int64)
    for row, found in zip(ids, encoded, strict=True):
        row[: len(found)] = found
    return ids, lengths


def expected(program: Program, sequences: list[list[str]]) -> list[list[int]]:
    index = {name: number for number, name in enumerate(program.classes)}
    answers = list(interpreter.Interpreter(program).run_many(sequences, raw=True))
    return [
        [index[a] for a in ([answer] if isinstance(answer, str) else answer)] for answer in answers
    ]


def shown(program: Program, labels: NDArray[Any], lengths: NDArray[Any]) -> list[list[int]]:
    if program.label_type.pooled:
        return [[int(label)] for label in labels]
    return [row[:length].tolist() for row, length in zip(labels, lengths, strict=True)]


def assert_arrays(program: Program, loaded: Any, sequences: list[list[str]]) -> None:
    ids, lengths = padded(program, sequences)
    assert shown(program, loaded.run_array(ids, lengths), lengths) == expected(program, sequences)


@pytest.mark.parametrize("name", NAMES)
def test_many_sequences_of_many_lengths(backend: Backend, name: str, load: Load) -> None:
    program = corpus_program(name)
    loaded: Any = load(backend, program)
    sequences = inputs(program)
    answers = expected(program, sequences)
    stream = random.Random(0)
    order = [stream.randrange(len(sequences)) for _ in range(9_000)]
    ids, lengths = padded(program, [sequences[k] for k in order])
    labels = shown(program, loaded.run_array(ids, lengths), lengths)
    assert labels == [answers[k] for k in order]


@pytest.mark.parametrize("rubbish", [1, 10_000, -7])
def test_what_stands_behind_the_end_is_not_looked_at(
    backend: Backend, load: Load, rubbish: int
) -> None:
    program = corpus_program("kitchen_sink")
    loaded: Any = load(backend, program)
    sequences = inputs(program)
    ids, lengths = padded(program, sequences, rubbish)
    labels = shown(program, loaded.run_array(ids, lengths), lengths)
    assert labels == expected(program, sequences)


def test_sequences_that_fill_the_array_need_no_lengths(backend: Backend, load: Load) -> None:
    program = corpus_program("kitchen_sink")
    loaded: Any = load(backend, program)
    full = [tokens for tokens in inputs(program) if len(tokens) == program.max_length]
    ids, lengths = padded(program, full)
    assert (loaded.run_array(ids) == loaded.run_array(ids, lengths)).all()


def test_no_sequence_and_no_position(backend: Backend, load: Load) -> None:
    loaded: Any = load(backend, corpus_program("kitchen_sink"))
    assert loaded.run_array(np.zeros((0, 5), dtype=np.uint8)).shape == (0, 5)
    assert loaded.run_array(np.zeros((3, 0), dtype=np.uint8)).shape == (3, 0)
    mixed = loaded.run_array(np.ones((3, 2), dtype=np.uint8), np.array([0, 2, 1]))
    assert mixed.shape == (3, 2)


@pytest.mark.parametrize(
    ("ids", "lengths"),
    [
        ([[1, 99]], [2]),
        ([[1, -1]], [2]),
        ([[1, 257]], [2]),
        ([[1, 65_537]], [2]),
        ([[1, 2]], [3]),
        ([[1, 2]], [-1]),
        ([[1, 2, 1, 1, 1, 1]], [6]),
    ],
)
def test_ids_and_lengths_out_of_range_are_refused(
    backend: Backend, load: Load, ids: list[list[int]], lengths: list[int]
) -> None:
    loaded: Any = load(backend, corpus_program("kitchen_sink"))
    with pytest.raises((ValueError, TpcError)):
        loaded.run_array(np.array(ids), np.array(lengths))


def test_an_empty_pooled_sequence_is_refused(backend: Backend, load: Load) -> None:
    loaded: Any = load(backend, corpus_program("pooled_sum"))
    with pytest.raises((ValueError, TpcError)):
        loaded.run_array(np.ones((2, 1), dtype=np.uint8), np.array([1, 0]))


def header(max_length: int, tokens: int = 3, classes: int = 3, domains: str = "") -> str:
    words = ", ".join(f'"t{index}"' for index in range(tokens))
    labels = ", ".join(f'"c{index}"' for index in range(classes))
    return f"""tpir 1.0
domain @token = [{words}]
domain @position = 0..{max_length - 1}
domain @label = [{labels}]
{domains}
max_length {max_length}
language any{{1..{max_length}}}
contract every_string
program @p(%tokens: cat<@token>) -> label<@label> {{
  %positions = positions : cat<@position>
  %ones = ones : num<1..1>
"""


CAUSAL = pytest.mark.parametrize("causal", ["", "causal"])


def random_sequences(program: Program, count: int, seed: int = 0) -> list[list[str]]:
    stream = random.Random(seed)
    return [
        [stream.choice(program.vocabulary) for _ in range(stream.randint(1, program.max_length))]
        for _ in range(count)
    ]


@CAUSAL
@pytest.mark.parametrize("max_length", [1, 63, 64, 65, 253, 254, 255, 256, 300])
def test_long_sequences(backend: Backend, load: Load, max_length: int, causal: str) -> None:
    """Positions that need one byte or two, beyond any word of bits, under every rule."""
    text = (
        header(max_length)
        + f"""
  %shift = select.closest {causal}(query=%positions, key=%positions) where key == query - 1
  %before = aggregate(%shift, %tokens) : cat<@token>
  %near = select.closest {causal}(query=%before, key=%tokens) where key == query
  %where = aggregate(%near, %positions) : cat<@position>
  %jump = select.first {causal}(query=%where, key=%positions) where key == query + 3
  %there = aggregate(%jump, %tokens) : cat<@token>
  %same = select.all {causal}(query=%tokens, key=%before) where key == query
  %count = aggregate(%same, %ones) : num<0..{max_length}>
  %sum = aggregate(%same, %count) : num<0..{max_length * max_length}>
  %label = classify {{
    %there: {{"t0" => [0, 1, 0], "t1" => [2, 0, 0], "t2" => [0, 0, 1.5]}},
    %where: {{0..{max_length // 2} => [0, 0, 1], _ => [0.25, 0, 0]}},
    %count: [0.125, 0, -0.125],
    %sum: [0, 0.01, 0.02]
  }} : label<@label>
  return %label
}}
""".replace(f"0..{max_length // 2} => [0, 0, 1], _ => [0.25, 0, 0]", _halves(max_length))
    )
    program = parse_program(text)
    loaded: Any = load(backend, program)
    sequences = random_sequences(program, 12)
    assert_arrays(program, loaded, sequences)
    for tokens in sequences[:2]:
        answers = interpreter.trace(program, tokens)
        assert {name: answers[name] for name in loaded.trace(tokens)} == loaded.trace(tokens)


def _halves(max_length: int) -> str:
    if max_length == 1:
        return "0 => [0, 0, 1]"
    half = max_length // 2
    return f"0..{half - 1} => [0, 0, 1], {half}..{max_length - 1} => [0.25, 0, 0]"


@pytest.mark.parametrize("tokens", [253, 254, 255, 256, 300, 70_000])
def test_large_vocabularies(backend: Backend, load: Load, tokens: int) -> None:
    """Tokens that need one, two and four bytes, as queries and as keys."""
    text = (
        header(4, tokens=tokens)
        + f"""
  %next = select.closest(query=%tokens, key=%tokens) where key == query + 1
  %found = aggregate(%next, %positions) : cat<@position>
  %same = select.all(query=%tokens, key=%tokens) where key == query
  %count = aggregate(%same, %ones) : num<0..4>
  %known = lookup(%tokens) {{"t0" | "t{tokens - 1}" => 0, _ => 2}} : cat<@position>
  %label = classify {{
    %found: {{0 => [0, 0, 0], 1 => [0, 1, 0], 2 => [0, 0, 2], 3 => [0, 0, 0.5]}},
    %count: [0.5, 0, 0],
    %known: {{0..1 => [1, 0, 0], 2..3 => [0, 0, 0]}}
  }} : label<@label>
  return %label
}}
"""
    )
    program = parse_program(text)
    stream = random.Random(1)
    ends = [0, 1, 2, 252, 253, 254, 255, 256, tokens - 2, tokens - 1]
    known = [f"t{index}" for index in ends if index < tokens]
    sequences = [[stream.choice(known) for _ in range(stream.randint(1, 4))] for _ in range(300)]
    assert_arrays(program, load(backend, program), sequences)


@pytest.mark.parametrize("classes", [2, 4, 5, 9, 17, 26, 255, 256, 257, 300])
@pytest.mark.parametrize("pool", ["", ".sum", ".first"])
def test_any_number_of_classes(backend: Backend, load: Load, classes: int, pool: str) -> None:
    stream = random.Random(classes)
    rows = [[stream.randint(-40, 40) / 16 for _ in range(classes)] for _ in range(11)]
    text = (
        header(8, classes=classes)
        + f"""
  %near = select.closest(query=%positions, key=%positions) where key == query + 1
  %after = aggregate(%near, %tokens) : cat<@token>
  %same = select.all(query=%tokens, key=%tokens) where key == query
  %count = aggregate(%same, %ones) : num<0..8>
  %far = select.first(query=%after, key=%tokens) where key == query
  %place = aggregate(%far, %positions) : cat<@position>
  %label = classify{pool} {{
    %tokens: {{"t0" => {rows[0]}, "t1" => {rows[1]}, "t2" => {rows[2]}}},
    %after: {{"t0" => {rows[3]}, "t1" => {rows[4]}, "t2" => {rows[5]}}},
    %place: {{0..2 => {rows[6]}, 3..6 => {rows[7]}, 7 => {rows[8]}}},
    %positions: {{0 => {rows[9]}, 1..7 => {rows[10]}}},
    %count: {rows[0]}
  }} : {"pooled" if pool else "label"}<@label>
  return %label
}}
"""
    )
    if pool:
        text = text.replace("-> label<@label>", "-> pooled<@label>")
    program = parse_program(text)
    assert_arrays(program, load(backend, program), random_sequences(program, 400))


def test_large_lookups_are_grouped(backend: Backend, load: Load) -> None:
    """65 * 65 * 300 combinations, of which the cases tell few apart."""
    text = (
        header(8, tokens=300)
        + """
  %same = select.all(query=%positions, key=%tokens) {0..3 => "t0", 4..7 => "t299"}
  %count = aggregate(%same, %ones) : num<0..8>
  %sum = aggregate(%same, %count) : num<0..64>
  %again = aggregate(%same, %sum) : num<0..512>
  %big = lookup(%sum, %again, %tokens) {
    (0..3 | 9, _, "t1" | "t299") => 3, (_, 5..200, _) => 1, (4, 0, "t0") => 2, _ => 0
  } : cat<@position>
  %label = lookup(%big) {0 => "c0", 1 => "c1", _ => "c2"} : label<@label>
  return %label
}
"""
    )
    program = parse_program(text)
    stream = random.Random(2)
    known = ["t0", "t1", "t5", "t299"]
    sequences = [[stream.choice(known) for _ in range(stream.randint(1, 8))] for _ in range(300)]
    assert_arrays(program, load(backend, program), sequences)


def test_mlps_over_many_integers(backend: Backend, load: Load) -> None:
    """65 * 65 combinations: too many to tabulate, so the weights run."""
    stream = random.Random(3)
    numbers = [stream.randint(-64, 64) / 16 for _ in range(100)]
    text = (
        header(8)
        + f"""
  %same = select.all(query=%tokens, key=%tokens) where key == query
  %count = aggregate(%same, %ones) : num<0..8>
  %sum = aggregate(%same, %count) : num<0..64>
  %other = select.all(query=%positions, key=%tokens) {{0..7 => "t1"}}
  %total = aggregate(%other, %sum) : num<0..512>
  %mlp = mlp(%sum, %total, %tokens) hidden 3
    w_in {numbers[:15]}
    b_in {numbers[15:18]}
    w_out {numbers[18:42]}
    b_out {numbers[42:50]} : cat<@position>
  %label = lookup(%mlp) {{0..2 => "c0", 3..5 => "c1", _ => "c2"}} : label<@label>
  return %label
}}
"""
    )
    program = parse_program(text)
    assert_arrays(program, load(backend, program), random_sequences(program, 300))


@pytest.mark.parametrize("pool", ["", ".sum"])
def test_sums_that_only_rounding_distinguishes(backend: Backend, load: Load, pool: str) -> None:
    """0.1 + 0.2 is more than 0.3 in binary64: fixed point must leave such leads to binary64."""
    stream = random.Random(4)
    tenths = [0.1, 0.2, 0.3, 0.6, 0.7, -0.1, -0.2, 1e-17, 0.0]

    def row() -> list[float]:
        return [stream.choice(tenths) for _ in range(3)]

    features = ["%tokens", "%positions", "%a", "%b", "%c", "%d"]
    sizes = [3, 8, 3, 3, 8, 8]
    listed = []
    for name, size in zip(features, sizes, strict=True):
        keys = [f'"t{k}"' if size == 3 else str(k) for k in range(size)]
        listed.append(f"{name}: {{{', '.join(f'{key} => {row()}' for key in keys)}}}")
    text = (
        header(8)
        + f"""
  %one = select.closest(query=%positions, key=%positions) where key == query + 1
  %a = aggregate(%one, %tokens) : cat<@token>
  %two = select.first(query=%tokens, key=%a) where key == query
  %b = aggregate(%two, %a) : cat<@token>
  %c = aggregate(%two, %positions) : cat<@position>
  %three = select.closest(query=%b, key=%tokens) where key == query
  %d = aggregate(%three, %positions) : cat<@position>
  %same = select.all(query=%tokens, key=%tokens) where key == query
  %count = aggregate(%same, %ones) : num<0..8>
  %label = classify{pool} {{ {", ".join(listed)}, %count: {row()} }}
    : {"pooled" if pool else "label"}<@label>
  return %label
}}
"""
    )
    if pool:
        text = text.replace("-> label<@label>", "-> pooled<@label>")
    program = parse_program(text)
    assert_arrays(program, load(backend, program), random_sequences(program, 600))


def test_real_numbers_round_as_the_interpreter_does(backend: Backend, load: Load) -> None:
    """Products are rounded before they are added: no fused multiply-add, no other order."""
    stream = random.Random(5)
    reals = [stream.uniform(-1, 1) for _ in range(400)]
    words = ", ".join(f'"t{k}" => {reals[k]!r}' for k in range(3))
    text = (
        header(12)
        + f"""
  %weight = embed(%tokens) {{{words}}} : real
  %same = select.all(query=%tokens, key=%tokens) where key == query
  %sum = aggregate(%same, %weight) : real
  %other = select.all causal(query=%positions, key=%tokens) {{0..11 => "t1"}}
  %total = aggregate(%other, %sum) : real
  %label = classify {{
    %weight: {reals[10:13]}, %sum: {reals[13:16]}, %total: {reals[16:19]},
    %tokens: {{"t0" => {reals[19:22]}, "t1" => {reals[22:25]}, "t2" => {reals[25:28]}}}
  }} : label<@label>
  return %label
}}
"""
    )
    program = parse_program(text)
    loaded: Any = load(backend, program)
    sequences = random_sequences(program, 200)
    assert_arrays(program, loaded, sequences)
    for tokens in sequences[:30]:
        assert loaded.trace(tokens)["total"] == interpreter.trace(program, tokens)["total"]


def test_a_feature_that_never_varies_shares_a_table(backend: Backend, load: Load) -> None:
    """Ones alone do not span the table's axis of positions."""
    text = (
        header(2)
        + """
  %same = select.all causal(query=%tokens, key=%tokens) where key == query
  %count = aggregate(%same, %ones) : num<0..2>
  %label = classify.sum {
    %ones: [1.5, -0.25, 2.25],
    %count: [2.5, -2.75, 0.375]
  } : pooled<@label>
  return %label
}
"""
    )
    program = parse_program(text.replace("-> label<@label>", "-> pooled<@label>"))
    assert_arrays(program, load(backend, program), random_sequences(program, 50))


@pytest.mark.parametrize("size", [1e-300, 1e150, 1e306])
def test_weights_of_any_size(backend: Backend, load: Load, size: float) -> None:
    stream = random.Random(6)

    def row() -> list[float]:
        return [stream.randint(-3, 3) * size for _ in range(3)]

    text = (
        header(64, tokens=12)
        + f"""
  %same = select.closest(query=%tokens, key=%tokens) where key == query + 1
  %place = aggregate(%same, %positions) : cat<@position>
  %next = aggregate(%same, %tokens) : cat<@token>
  %label = classify {{
    %tokens: {{{", ".join(f'"t{k}" => {row()}' for k in range(12))}}},
    %place: {{{", ".join(f"{k} => {row()}" for k in range(64))}}},
    %next: {{{", ".join(f'"t{k}" => {row()}' for k in range(12))}}},
    %positions: {{{", ".join(f"{k} => {row()}" for k in range(64))}}}
  }} : label<@label>
  return %label
}}
"""
    )
    program = parse_program(text)
    assert_arrays(program, load(backend, program), random_sequences(program, 60))
