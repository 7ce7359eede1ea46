"""Programs as large as they may be are read, run and emitted in bounded time and memory."""

from __future__ import annotations

import json

import pytest

from tests.fuzz.limits import memory_limit, time_limit
from tpc.diagnostics import TpcError
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.runtime.backend import backend_names, find_backend, run_with
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.interpreter import run
from tpc.semantics.strings import padded

SECONDS, MEMORY = 60, 1 << 30

CHAIN = "\n".join(
    f"  %k{n + 1} = lookup(%k{n}) {{0 => 1, 1 => 0, _ => 2}} : cat<@position>" for n in range(1_500)
)
TWICE = "\n".join(
    f"  %k{n + 1} = lookup(%k{n}, %k{n}) {{(0, 0) => 1, (1, 1) => 0, _ => 2}} : cat<@position>"
    for n in range(60)
)
SETS = ", ".join(f"0..{n + 1} => {n}" for n in range(5_000))
OPERANDS = ", ".join(["%positions"] * 16)
#: A body, and the labels of `a`, `b`, `a`.
BODIES = {
    "a chain of lookups": (
        f"  %k0 = lookup(%positions) {{0 => 0, _ => 1}} : cat<@position>\n{CHAIN}\n"
        "  %label = classify { %k1500: {0 => [0, 1, 0], _ => [0, 0, 1]} } : label<@label>",
        ["x", "y", "y"],
    ),
    "lookups of a variable with itself": (
        f"  %k0 = lookup(%positions) {{0 => 0, _ => 1}} : cat<@position>\n{TWICE}\n"
        "  %label = classify { %k60: {0 => [0, 1, 0], _ => [0, 0, 1]} } : label<@label>",
        ["x", "y", "y"],
    ),
    "overlapping sets": (
        '  %e = embed(%tokens) {"a" => 4999, _ => 3} : cat<@set>\n'
        f"  %k = lookup(%e) {{{SETS}, _ => 0}} : cat<@set>\n"
        "  %label = classify { %k: {4998 => [0, 1, 0], _ => [0, 0, 1]} } : label<@label>",
        ["x", "y", "x"],
    ),
    "a large domain as query and key": (
        '  %e = embed(%tokens) {"a" => 999998, _ => 999997} : cat<@large>\n'
        "  %s = select.first(query=%e, key=%e) where key == query + 1\n"
        "  %v = aggregate(%s, %tokens) : cat<@token>\n"
        '  %label = classify { %v: {"a" => [0, 1, 0], _ => [0, 0, 1]} } : label<@label>',
        ["x", "x", "x"],
    ),
    "a large number as a feature": (
        "  %ones = ones : num<1..1>\n"
        "  %s = select.all(query=%tokens, key=%tokens) where key == query\n"
        "  %c = aggregate(%s, %ones) : num<0..16777216>\n"
        "  %label = classify { %c: [0, 1, 0], %tokens: {_ => [0, 0, 1.5]} } : label<@label>",
        ["x", "y", "x"],
    ),
    "sixteen operands": (
        f"  %k = lookup({OPERANDS}) {{({', '.join(['1'] * 16)}) => 1, _ => 0}} : cat<@position>\n"
        "  %label = classify { %k: {1 => [0, 1, 0], _ => [0, 0, 1]} } : label<@label>",
        ["y", "x", "y"],
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_what_is_within_the_limits_is_answered(name: str) -> None:
    body, labels = BODIES[name]
    with memory_limit(MEMORY), time_limit(SECONDS):
        program = parse_program(_text(body))
        assert run(program, ["a", "b", "a"]) == labels
        found = BatchEvaluator(program).evaluate(*padded([[1, 2, 1]]))
        assert found is not None
        for target in backend_names():
            assert emitted(program, target)
        with run_with(program, "numpy") as loaded:
            assert loaded.run(["a", "b", "a"]) == labels


def emitted(program: Program, target: str) -> bool:
    """Whether there are files, or a sentence that says why not."""
    try:
        return bool(find_backend(target).emit(program, "p"))
    except TpcError as error:
        return "\n" not in error.message


def _text(body: str) -> str:
    tokens, classes = json.dumps(["<pad>", "a", "b"]), json.dumps(["<pad>", "x", "y"])
    return (
        f"tpir 1.0\ndomain @token = {tokens}\ndomain @position = 0..7\ndomain @label = {classes}\n"
        "domain @large = 0..999999\ndomain @set = 0..9999\nmax_length 4\n"
        'language ["a", "b"]{1..4}\n'
        "contract every_string\nprogram @p(%tokens: cat<@token>) -> label<@label> {\n"
        f"  %positions = positions : cat<@position>\n{body}\n  return %label\n}}\n"
    )
