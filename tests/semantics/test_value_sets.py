"""Every value that occurs is among those said to be possible."""

from collections.abc import Iterable
from itertools import compress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.strategies import programs, sequences
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import evaluate
from tpc.semantics.strings import Frame, every_string, input_language
from tpc.semantics.value_sets import ValueSets, Where

SOUND = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def assert_covered(program: Program, frames: Iterable[Frame], ids: list[int]) -> None:
    columns = evaluate(program, ids).columns
    fitting = [
        frame
        for frame in frames
        if frame.least <= len(ids) <= len(frame.tokens)
        and all(frame.tokens[i, token] for i, token in enumerate(ids))
    ]
    assert fitting
    for name, possible in ValueSets(program).on(fitting[0]).known.items():
        if name == program.result and program.label_type.pooled:
            continue
        for i, value in enumerate(columns[name]):
            if possible.values is not None:
                assert possible.values[i, int(value)], name
            elif possible.low is not None and possible.high is not None:
                assert possible.low[i] <= value <= possible.high[i], name


@SOUND
@given(st.data())
def test_every_string(data: st.DataObject) -> None:
    program = data.draw(programs())
    ids = encode(program, data.draw(sequences(program)))
    if ids:
        assert_covered(program, every_string(program), ids)


@SOUND
@given(st.data(), st.integers(0, 5))
def test_input_language(data: st.DataObject, seed: int) -> None:
    program = data.draw(programs())
    frames = input_language(program)
    for ids in program.language.sample(program.max_length, 5, seed):
        assert_covered(program, frames, list(ids))


HEAD = """tpir 1.0
domain @token = ["<pad>", "a", "b", "<s>"]
domain @position = 0..3
domain @label = ["x", "y"]
max_length 4
language unscored "<s>", ["a", "b"]{1..3}
program @p(%tokens: cat<@token>) -> label<@label> {
  %positions = positions : cat<@position>
  %ones = ones : num<1..1>
"""


def possible(nodes: str, where: Where = "anywhere") -> dict[str, list[int]]:
    program = parse_program(
        HEAD + nodes + '  %label = lookup(%tokens) {_ => "x"} : label<@label>\n  return %label\n}\n'
    )
    found = ValueSets(program).possible(input_language(program), where)
    return {name: list(compress(program.range_of(name), mask)) for name, mask in found.items()}


def test_a_head_that_always_finds_its_position_reads_nothing_else() -> None:
    found = possible("""
  %p = select.closest(query=%positions, key=%positions) {_ => 0}
  %h = aggregate(%p, %tokens) : cat<@token>
""")
    assert found["h"] == [0 + 3]


def test_a_count_of_the_own_token_is_at_least_one() -> None:
    found = possible("""
  %p = select.all(query=%tokens, key=%tokens) where key == query
  %n = aggregate(%p, %ones) : num<0..4>
""")
    assert found["n"] == [1, 2, 3]


def test_scored_positions_are_fewer() -> None:
    assert possible("")["positions"] == [0, 1, 2, 3]
    assert possible("", "scored")["positions"] == [1, 2, 3]
