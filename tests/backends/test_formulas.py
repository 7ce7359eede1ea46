"""Formulas in emitted programs: right for negative numbers and guarded divisions, and readable."""

from __future__ import annotations

import shutil

import pytest

from tests.backends.conftest import Load, inputs
from tests.backends.test_conformance import assert_equal
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.runtime.backend import backend_names, find_backend

HEAD = """tpir 1.1
domain @token = ["<s>", "<pad>", "0", "1", "2", "3"]
domain @label = ["<pad>", "1", "2", "3", "4", "5", "6", "7", "8"]
domain @position = 0..7
domain @count = 0..8
max_length 8
language unscored "<s>", ["0", "1", "2", "3"]{1..7}
program @p(%tokens: cat<@token>) -> label<@label> {
  %ones = ones : num<1..1>
  %positions = positions : cat<@position>
  %same = select.all(query=%tokens, key=%tokens) where key == query
  %count = aggregate(%same, %ones) : num<0..8>
"""

FLOORED = (
    HEAD
    + """
  %down = lookup(%positions, %count) {_ => (%positions - 7) // 3 + 3} : num<0..3>
  %turn = lookup(%positions, %count) {_ => (%positions - %count * 2) % 5} : num<0..4>
  %back = lookup(%positions, %count) {_ => (%positions - %count * 2) % (0 - 5) + 4} : num<0..4>
  %each = lookup(%positions, %count) {
    (_, 0) => 5,
    _ => max(0 - (0 - %positions) // %count - %count, (0 - %positions) % %count)
  } : num<0..7>
  %far = lookup(%down, %turn) {
    (0, 1 | 3) => 4,
    _ => abs(%down - %turn) + (%down == %turn) + (%turn < 2) * (%down != 3) * (%down <= 2)
  } : num<0..6>
  %opposite = select.closest(query=%positions, key=%positions) where key == 6 - query * 2 % 5
  %there = aggregate(%opposite, %tokens) : cat<@token>
  %halves = select.all(query=%tokens, key=%positions) where key == query // 2 * 3 - 3
  %half = aggregate(%halves, %far) : num<0..6>
  %three = lookup(%positions) {_ => 1 + 2, _ => %positions // (%positions - 3)} : num<3..3>
  %one = lookup(%positions) {_ => 1, _ => %positions} : cat<@count>
  %label = lookup(%far, %half, %back, %each, %there, %three, %one) {
    (_, _, _, _, "<s>", _, _) => min(%each + 1, 7),
    (0..2, _, 1..4, _, "0" | "2", _, _) => %far + %back,
    (_, 3..6, _, _, "3", _, 1) => %half,
    (_, _, _, _, _, _, 1) => max(%far - %half + %three - %one - 2, 1),
    _ => "2"
  } : label<@label>
  return %label
}
"""
)

#: Each outcome guarded by the case before it.
GUARDED = (
    HEAD
    + """
  %often = lookup(%count) {_ => %count} : cat<@count>
  %alike = select.all(query=%often, key=%often) where key == query
  %width = aggregate(%alike, %ones) : num<0..8>
  %label = lookup(%width, %count) {
    (0, _) => "1",
    (_, 0) => "2",
    (1, 2..8) => "3",
    (2, 3..8) => %count - %width + 1,
    (3..8, 4..8) => 1 + 1,
    _ => max(%width // %count, 1)
  } : label<@label>
  return %label
}
"""
)


@pytest.fixture(params=["floored", "guarded"])
def program(request: pytest.FixtureRequest) -> Program:
    return parse_program({"floored": FLOORED, "guarded": GUARDED}[request.param])


@pytest.mark.parametrize("name", backend_names())
def test_formulas_run_as_the_interpreter_does(name: str, program: Program, load: Load) -> None:
    if name == "javascript" and shutil.which("node") is None:
        pytest.skip("there is no Node here")
    loaded = load(find_backend(name), program)
    for tokens in inputs(program):
        assert_equal(program, loaded, tokens)


#: What each target says for `max(%count // %positions, 2)` behind a case for position 0.
LINES = {
    "python": '"2" if i == 0 else str(max(tokens.count(token) // i, 2)) for i, token in',
    "javascript": 'i <= 0 ? "2" : String(Math.max(Math.floor(count[i] / i), 2))',
    "c": "(uint8_t)(v0 == 0 ? 2 : largest(v1 / v0, 2));",
    "numpy": "otherwise=np.maximum(count_ // np.maximum(np.int64(positions), 1), 2)",
    "rasp": "[2 if (positions == 0) else max(quotient(count_2, max(positions, 1)), 2)];",
}


@pytest.mark.parametrize(("name", "line"), LINES.items())
def test_a_formula_is_a_line(name: str, line: str) -> None:
    cases = '(0, _) => "2", _ => max(%count // %positions, 2)'
    label = f"  %label = lookup(%positions, %count) {{{cases}}} : label<@label>\n"
    program = parse_program(f"{HEAD}{label}  return %label\n}}\n")
    text = find_backend(name).emit(program, "p")[0].content.decode()
    assert line in " ".join(text.split())
