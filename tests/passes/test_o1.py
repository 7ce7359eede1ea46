"""-O1 keeps every raw label on every string, and what each pass does to small programs."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.strategies import programs
from tpc.ir.parser import parse_program
from tpc.ir.printer import digest, print_node
from tpc.ir.program import Contract, Program
from tpc.passes.base import PassContext
from tpc.passes.pipelines import optimise, pipeline
from tpc.passes.spec import parse_pipeline
from tpc.proof.equality import compare_on_language, compare_on_strings
from tpc.semantics.batched import BatchEvaluator

CORPUS = sorted((Path(__file__).parents[1] / "corpus").glob("*.tpir"))
EVERY_STRING = sorted({item.name for item in pipeline(1)})

HEAD = """tpir 1.0
domain @token = ["<pad>", "a", "b", "c", "<s>"]
domain @position = 0..3
domain @value = 0..3
domain @label = ["<pad>", "x", "y"]
max_length 4
language unscored "<s>", ["a", "b", "c"]{1..3}
program @p(%tokens: cat<@token>) -> label<@label> {
  %positions = positions : cat<@position>
  %ones = ones : num<1..1>
"""


def parse(nodes: str) -> Program:
    return parse_program(f"{HEAD}{nodes}  return %label\n}}\n")


def after(passes: str, nodes: str) -> list[str]:
    program = parse(nodes)
    done = optimise(program, passes=parse_pipeline(passes), verify_each=True)
    return [print_node(done.program, node) for node in done.program.nodes]


def assert_traces(before: Program, now: Program) -> None:
    """Whatever claims to be a variable of the network has its values."""
    origins = {origin: node.name for node in before.nodes for origin in node.origin}
    strings = before.language.sample(before.max_length, 50, 0)
    for string in strings:
        ids, lengths = np.array([string]), np.array([len(string)])
        one = BatchEvaluator(before).evaluate(ids, lengths).columns
        other = BatchEvaluator(now).evaluate(ids, lengths).columns
        for node in now.nodes:
            for origin in node.origin:
                if origin in origins:
                    assert (other[node.name] == one[origins[origin]]).all(), (origin, string)


def assert_kept(before: Program, now: Program) -> None:
    assert now.contract == before.contract
    assert compare_on_language(before, now).equal
    assert compare_on_strings(before, now, 300).equal
    assert_traces(before, now)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_random_programs(data: st.DataObject) -> None:
    program = data.draw(programs(hostile=False))
    assert_kept(program, optimise(program, 1).program)


@pytest.mark.parametrize("name", EVERY_STRING)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_each_pass_on_random_programs(name: str, data: st.DataObject) -> None:
    program = data.draw(programs(hostile=False))
    done = optimise(program, passes=parse_pipeline(name))
    assert_kept(program, done.program)
    again = parse_pipeline(name)[0].run(program, PassContext())
    assert again.changed == (done.program != program)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_corpus(path: Path) -> None:
    program = parse_program(path.read_text("utf-8"))
    assert_kept(program, optimise(program, 1).program)


# Small cases: what each pass makes of a few lines.

LABEL = "  %label = classify {%n: [0, 1, -1], %tokens: {_ => [0, 0, 1]}} : label<@label>\n"
COUNT = "  %n = aggregate(%s, %ones) : num<0..4>\n"


def test_unreachable_cases_and_ignored_operands_go() -> None:
    lines = after(
        "simplify-tables",
        "  %p = select.closest(query=%positions, key=%positions) {_ => 0}\n"
        "  %first = aggregate(%p, %tokens) : cat<@token>\n"
        "  %m = lookup(%first, %positions) "
        '{("<pad>", 0..1) => 1, (_, 3) => 2, _ => 3} : cat<@value>\n'
        '  %label = lookup(%m) {0..2 => "x", _ => "y"} : label<@label>\n',
    )
    assert lines[-2:] == [
        "%m = lookup(%positions) {3 => 2, _ => 3} : cat<@value>",
        '%label = lookup(%m) {2 => "x", _ => "y"} : label<@label>',
    ]


def test_identities_are_read_through() -> None:
    lines = after(
        "simplify-tables",
        "  %m = lookup(%tokens) "
        '{"a" => "a", "b" => "b", "c" => "c", _ => "<s>"} : cat<@token>\n'
        '  %label = lookup(%m) {"a" | "b" => "x", _ => "y"} : label<@label>\n',
    )
    assert lines == ['%label = lookup(%tokens) {"a" | "b" => "x", _ => "y"} : label<@label>']


def test_a_predicate_keeps_what_can_be_found() -> None:
    lines = after(
        "simplify-selects",
        "  %s = select.all causal(query=%positions, key=%positions) {0..1 => 2, 2..3 => 1}\n"
        + COUNT
        + LABEL,
    )
    assert lines[2] == "%s = select.all causal(query=%positions, key=%positions) {2..3 => 1}"


def test_an_offset_is_recognised() -> None:
    lines = after(
        "simplify-selects",
        "  %s = select.all(query=%positions, key=%positions) {1 => 0, 2 => 1, 3 => 2}\n"
        + COUNT
        + LABEL,
    )
    assert lines[2] == "%s = select.all(query=%positions, key=%positions) where key == query - 1"


def test_a_head_that_takes_its_own_position_is_its_value() -> None:
    lines = after(
        "simplify-selects",
        "  %s = select.first(query=%positions, key=%positions) where key == query\n"
        "  %own = aggregate(%s, %tokens) : cat<@token>\n"
        '  %label = lookup(%own) {"a" => "x", _ => "y"} : label<@label>\n',
    )
    assert lines == ['%label = lookup(%tokens) {"a" => "x", _ => "y"} : label<@label>']


def test_equal_operations_are_one() -> None:
    lines = after(
        "merge-equal",
        "  %s = select.all(query=%tokens, key=%tokens) where key == query\n"
        + COUNT
        + '  %t = select.all(query=%tokens, key=%tokens) {"<pad>" => "<pad>", "a" => "a", '
        '"b" => "b", "c" => "c", "<s>" => "<s>"}\n'
        "  %n2 = aggregate(%t, %ones) : num<0..4>\n"
        "  %label = classify {%n: [0, 1, -1], %n2: [1, 0, 0]} : label<@label>\n",
    )
    assert lines == [
        "%ones = ones : num<1..1>",
        "%s = select.all(query=%tokens, key=%tokens) where key == query",
        '%n = aggregate(%s, %ones) : num<0..4> from "n", "n2"',
        "%label = classify {\n    %n: [0, 1, -1],\n    %n: [1, 0, 0]\n  } : label<@label>",
    ]


def test_values_that_nobody_tells_apart_are_one() -> None:
    lines = after(
        "merge-values",
        '  %m = lookup(%tokens) {"a" => 0, "b" => 1, "c" => 2, _ => 3} : cat<@value>\n'
        '  %label = lookup(%m) {0 => "x", 1 => "y", 2 => "x", _ => "y"} : label<@label>\n',
    )
    assert lines[2] == (
        '%m = lookup(%tokens) {"a" => 0, "b" => 1, "c" => 0, _ => 1} : cat<@value> from none'
    )


def test_constants_zeros_and_unreachable_rows_leave_the_classifier() -> None:
    lines = after(
        "simplify-classifier",
        "  %m = lookup(%tokens) {_ => 2} : cat<@value>\n"
        '  %label = classify never ["<pad>"] {\n'
        "    %m: {0 => [1, 2, 3], 1 => [0, 0, 0], 2 => [5, 4, 4], 3 => [1, 1, 1]},\n"
        "    %positions: {_ => [7, 0, 0]},\n"
        '    %tokens: {"<pad>" => [1, 1, 1], "a" => [0, 1, 0], _ => [0, 0, 1]}\n'
        "  } : label<@label>\n",
    )
    assert lines == [
        "%ones = ones : num<1..1>",
        '%label = classify never ["<pad>"] {\n'
        "    %ones: [0, 4, 4],\n"
        "    %tokens: {\n"
        '      "a" => [0, 1, 0],\n'
        "      _ => [0, 0, 1]\n"
        "    }\n"
        "  } : label<@label>",
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_programs_for_their_language_only(data: st.DataObject) -> None:
    """The same passes use what a weaker contract allows."""
    program = data.draw(programs(hostile=False))
    program = program.replace(contract=Contract("language", digest(program)))
    done = optimise(program, 1).program
    assert compare_on_language(program, done).equal
    assert done.contract == program.contract
