"""-O2 and -O3 keep the labels of the whole input language, and what their passes do."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.strategies import programs
from tpc.ir.nodes import Classify
from tpc.ir.parser import parse_program
from tpc.ir.printer import digest, print_node, print_program
from tpc.ir.program import Program
from tpc.passes.base import PassContext
from tpc.passes.pipelines import optimise, pipeline
from tpc.passes.registry import find_pass, pass_names
from tpc.passes.spec import parse_pipeline
from tpc.proof.equality import compare_on_language
from tpc.semantics.batched import BatchEvaluator, language_batches, language_count

CORPUS = sorted((Path(__file__).parents[1] / "corpus").glob("*.tpir"))
LANGUAGE = [name for name in pass_names() if find_pass(name).exactness == "language"]
ANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

HEAD = """tpir 1.0
domain @token = ["<pad>", "a", "b", "c", "<s>"]
domain @position = 0..4
domain @value = 0..3
domain @label = ["<pad>", "x", "y", "z"]
max_length 5
language unscored "<s>", ["a", "b", "c"]{1..4}
program @p(%tokens: cat<@token>) -> label<@label> {
  %positions = positions : cat<@position>
  %ones = ones : num<1..1>
"""


def parse(nodes: str) -> Program:
    return parse_program(f"{HEAD}{nodes}  return %label\n}}\n")


def after(passes: str, nodes: str) -> Program:
    program = parse(nodes)
    done = optimise(program, passes=parse_pipeline(passes), verify_each=True).program
    assert_kept(program, done)
    return done


def lines(program: Program) -> list[str]:
    return [print_node(program, node) for node in program.nodes]


def assert_kept(before: Program, now: Program) -> None:
    """Every label of the language, and every claim about the network's variables."""
    compared = compare_on_language(before, now)
    assert compared.equal, compared
    if language_count(before) > 20_000:
        return
    origins = {origin: node.name for node in before.nodes for origin in node.origin}
    one, other = BatchEvaluator(before), BatchEvaluator(now)
    for batch in language_batches(before):
        expected = one.evaluate(batch.ids, batch.lengths).columns
        found = other.evaluate(batch.ids, batch.lengths).columns
        for node in now.nodes:
            for origin in set(node.origin) & set(origins):
                if node.name == now.result:
                    continue
                same = found[node.name] == expected[origins[origin]]
                assert same[batch.scored].all(), (node.name, origin)


@pytest.mark.parametrize("level", [2, 3])
@ANY
@given(data=st.data())
def test_random_programs(level: int, data: st.DataObject) -> None:
    program = data.draw(programs(hostile=False))
    now = optimise(program, level).program
    assert_kept(program, now)
    assert now.contract.scope == "language"
    assert now.contract.proved_against == digest(program)


@pytest.mark.parametrize("name", LANGUAGE)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_each_pass_on_random_programs(name: str, data: st.DataObject) -> None:
    program = data.draw(programs(hostile=False))
    assert_kept(program, optimise(program, passes=parse_pipeline(name)).program)


@pytest.mark.parametrize("level", [2, 3])
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_corpus(path: Path, level: int) -> None:
    program = parse_program(path.read_text("utf-8"))
    now = optimise(program, level).program
    assert_kept(program, now)


def test_the_proof_is_recorded() -> None:
    program = parse('  %label = lookup(%tokens) {"a" => "x", _ => "y"} : label<@label>\n')
    smaller = parse(
        '  %label = classify {%tokens: {"a" => [0, 2, 0, 0], _ => [0, 0, 2, 0]}} : label<@label>\n'
    )
    done = optimise(smaller, 2).program
    assert done.metadata["optimised"] == {
        "proof": "all inputs of the language compared",
        "strings": 120,
        "labels": 426,
    }
    assert compare_on_language(program, done).equal


def test_languages_too_large_are_named_and_left_alone() -> None:
    text = HEAD.replace("max_length 5", "max_length 40").replace("{1..4}", "{1..39}")
    program = parse_program(
        text.replace("0..4", "0..39")
        + "  %s = select.closest(query=%tokens, key=%tokens) where key == query\n"
        "  %h = aggregate(%s, %positions) : cat<@position>\n"
        "  %t = select.closest(query=%h, key=%positions) where key == query\n"
        "  %g = aggregate(%t, %tokens) : cat<@token>\n"
        '  %label = classify {%g: {"a" => [0, 0.5, 0, 0], _ => [0, 0, 0.5, 0]}} : label<@label>\n'
        "  return %label\n}\n"
    )
    done = optimise(program, 3)
    assert any("about 10^18 strings" in text for text in done.skipped)
    assert done.program.metadata["optimised"]["proof"] == "analysis; a sample compared"


# Small cases.

WEIGHTS = (
    "  %s = select.all(query=%tokens, key=%tokens) where key == query\n"
    "  %n = aggregate(%s, %ones) : num<0..5>\n"
    '  %m = lookup(%tokens, %positions) {("a", 1) => 1, _ => 0} : cat<@value>\n'
)


def test_a_label_that_is_a_function_of_one_variable_becomes_a_table() -> None:
    now = after(
        "choose-features",
        WEIGHTS + "  %label = classify {\n"
        "    %ones: [0, 3.5, 2.25, 0],\n"
        "    %n: [0, -1, 0.25, 0.125],\n"
        "    %m: {_ => [0.5, 0.5, 0.5, 0.5]}\n"
        "  } : label<@label>\n",
    )
    assert lines(now)[-1] == '%label = lookup(%n) {1 => "x", _ => "y"} : label<@label>'


def test_weights_become_small_integers() -> None:
    rows = ", ".join(
        f'"{token}" => [0, {weight}, {1 - weight}, 0.1]'
        for token, weight in (("a", 0.9), ("b", 0.2), ("c", 0.3))
    )
    positions = ", ".join(f"{i} => [0, {0.17 * i}, {0.29}, {0.13 * i}]" for i in range(5))
    now = after(
        "choose-features",
        WEIGHTS + "  %label = classify {\n"
        f"    %tokens: {{{rows}, _ => [0, 0, 0, 0]}},\n"
        f"    %positions: {{{positions}}},\n"
        "    %n: [0, 0.21, -0.3, 0.17]\n"
        "  } : label<@label>\n",
    )
    node = now.by_name["label"]
    if isinstance(node, Classify):
        weights = [w for feature in node.features for row in feature.rows for w in row]
        assert all(w.is_integer() and 0 <= w < 100 for w in weights)


def test_cases_that_change_no_label_are_dropped() -> None:
    now = after(
        "drop-cases",
        '  %s = select.closest(query=%tokens, key=%positions) {"a" => 1, "b" => 1, "c" => 2}\n'
        "  %h = aggregate(%s, %tokens) : cat<@token>\n"
        '  %label = lookup(%tokens, %h) {("a", "b") => "x", ("b", "b") => "x", _ => "y"} '
        ": label<@label>\n",
    )
    assert '"<pad>" | "a" | "b" | "c" | "<s>" => 1' in lines(now)[1]


def test_tables_are_made_plainer_where_new_weights_make_up_for_it() -> None:
    nodes = (
        '  %m = lookup(%tokens, %positions) {("a", 1) => 1, ("b", _) => 2, _ => 0} : cat<@value>\n'
        "  %label = classify {\n"
        '    %tokens: {"b" => [0, 2, 0, 0], "c" => [0, 3, 0, 0], _ => [0, 0, 1, 0]},\n'
        "    %m: {1 => [0, 4, 0, 0], 2 => [0, 0, 5, 0], _ => [0, 0, 0, 0]}\n"
        "  } : label<@label>\n"
    )
    assert lines(after("drop-cases", nodes)) == lines(parse(nodes))
    now = after("resolve-tables", nodes)
    assert lines(now)[1].startswith("%m = lookup(%tokens, %positions) {(_, 1) => 1, _ => 0} : ")


def test_heads_are_made_plainer_where_new_weights_make_up_for_it() -> None:
    nodes = (
        "  %s = select.first(query=%positions, key=%positions) {1 => 1, _ => 0}\n"
        "  %h = aggregate(%s, %tokens) : cat<@token>\n"
        "  %label = classify {\n"
        "    %positions: {1 => [0, 4, 1, 0], 2 => [0, 0, 3, 0], _ => [0, 4, 0, 0]},\n"
        '    %h: {"<s>" => [0, 0, 2, 0], _ => [0, 0, 5, 0]}\n'
        "  } : label<@label>\n"
    )
    now = after("resolve-tables", nodes)
    assert lines(after("drop-cases", nodes))[1] == lines(parse(nodes))[1]
    assert lines(now)[1].endswith("{0..4 => 0}")


def test_one_class_and_the_most_frequent_rows_get_0() -> None:
    now = after(
        "assume-language,anchor-class",
        "  %label = classify {\n"
        '    %tokens: {"b" => [0, 2, 5, 0], _ => [0, 1, 3, 0]},\n'
        "    %positions: {1 => [0, 7, 0, 1], 2 => [0, 1, 0, 1], 3 => [0, 2, 0, 2], "
        "_ => [0, 0, 0, 3]}\n"
        "  } : label<@label>\n",
    )
    node = now.by_name["label"]
    assert isinstance(node, Classify)
    assert all(row[0] == 0 for feature in node.features for row in feature.rows)
    tokens = next(feature for feature in node.features if feature.variable == "tokens")
    assert [any(row) for row in tokens.rows] == [False, False, True, False, False]


def test_a_rule_with_an_exception_is_said_as_such() -> None:
    now = after(
        "rule-and-exceptions{most=3}",
        "  %p = select.first(query=%positions, key=%positions) {_ => 1}\n"
        "  %first = aggregate(%p, %tokens) : cat<@token>\n"
        "  %q = select.first(query=%positions, key=%positions) {_ => 2}\n"
        "  %second = aggregate(%q, %tokens) : cat<@token>\n"
        "  %r = select.first(query=%positions, key=%positions) {_ => 4}\n"
        "  %last = aggregate(%r, %tokens) : cat<@token>\n"
        "  %s = select.all(query=%tokens, key=%tokens) where key == query\n"
        "  %n = aggregate(%s, %ones) : num<0..5>\n"
        '  %m = lookup(%first, %second, %last, %positions) {("c", "b", "b", 3) => 1, _ => 0} '
        ": cat<@value>\n"
        "  %k0 = lookup(%tokens, %positions) {_ => 0} : cat<@value>\n"
        '  %k1 = lookup(%k0, %first, %m) {(0, "a", 1) => 2, _ => 0} : cat<@value>\n'
        '  %label = lookup(%n, %m, %k1) {(_, 1, _) => "z", (1, _, _) => "x", _ => "y"} '
        ": label<@label>\n",
    )
    names = [node.name for node in now.nodes]
    assert "exception" in names
    assert "count_same" in names
    assert "first" not in names


def test_features_that_go_together_are_folded() -> None:
    now = after(
        "assume-language,fold-features",
        '  %m = lookup(%tokens) {"a" => 1, _ => 0} : cat<@value>\n'
        "  %label = classify {\n"
        '    %tokens: {"a" => [0, 0.1, 0, 0], _ => [0, 0, 0.25, 0]},\n'
        "    %ones: [0, 0.5, 0.5, 0],\n"
        "    %m: {1 => [0, 0.2, 0, 0], _ => [0, 0, 0.5, 0]}\n"
        "  } : label<@label>\n",
    )
    assert lines(now)[-1] == (
        "%label = classify {\n"
        "    %tokens: {\n"
        '      "a" => [0, 0.8, 0.5, 0],\n'
        "      _ => [0, 0.5, 1.25, 0]\n"
        "    }\n"
        "  } : label<@label>"
    )
    assert now.metadata["rounding"] < 1e-13


def test_variables_are_named_and_ordered_for_the_reader() -> None:
    now = after(
        "order-nodes,name-variables",
        "  %attn_0_0_pattern = select.closest(query=%positions, key=%positions) "
        "where key == query + 1\n"
        "  %attn_0_0 = aggregate(%attn_0_0_pattern, %tokens) : cat<@token>\n"
        "  %num_attn_0_0_pattern = select.all(query=%tokens, key=%tokens) where key == query\n"
        "  %num_attn_0_0 = aggregate(%num_attn_0_0_pattern, %ones) : num<0..5>\n"
        '  %label = lookup(%num_attn_0_0, %attn_0_0) {(1, "a") => "x", _ => "y"} : label<@label>\n',
    )
    assert lines(now)[2:] == [
        "%count_same_pattern = select.all(query=%tokens, key=%tokens) where key == query",
        '%count_same = aggregate(%count_same_pattern, %ones) : num<0..5> from "num_attn_0_0"',
        "%next_token_pattern = select.closest(query=%positions, key=%positions) "
        "where key == query + 1",
        '%next_token = aggregate(%next_token_pattern, %tokens) : cat<@token> from "attn_0_0"',
        '%label = lookup(%count_same, %next_token) {(1, "a") => "x", _ => "y"} : label<@label>',
    ]


def test_tables_are_shortened() -> None:
    now = after(
        "shorten-tables",
        '  %label = lookup(%tokens, %positions) {("a", 1) => "x", ("a", 2) => "x", '
        '("a", 3) => "x", ("a", 4) => "x", ("a", 0) => "x", _ => "y"} : label<@label>\n',
    )
    assert lines(now)[-1] == (
        '%label = lookup(%tokens, %positions) {("a", _) => "x", _ => "y"} : label<@label>'
    )


def test_origins_are_compared_not_assumed() -> None:
    nodes = (
        "  %s = select.all(query=%tokens, key=%tokens) where key == query\n"
        '  %n = aggregate(%s, %ones) : num<0..5> from "num_attn_0_0"\n'
        '  %label = lookup(%n) {1 => "x", _ => "y"} : label<@label>\n'
    )
    program = parse(nodes)
    lost = program.replace(nodes=parse(nodes.replace('"num_attn_0_0"', "none")).nodes)
    context = PassContext(original=program)
    done = parse_pipeline("recover-origins")[0].run(lost, context).program
    assert lines(done)[3].endswith('from "num_attn_0_0"')


def test_pipelines_print_and_parse() -> None:
    from tpc.passes.spec import print_pipeline

    passes = parse_pipeline("rule-and-exceptions{most=3},shorten-tables,prove")
    assert print_pipeline(passes) == "rule-and-exceptions{most=3},shorten-tables,prove"
    assert [item.name for item in pipeline(3)][-1] == "prove"


def test_identical_runs_give_identical_bytes() -> None:
    program = parse_program((Path(__file__).parents[1] / "corpus/kitchen_sink.tpir").read_text())
    one, other = optimise(program, 3).program, optimise(program, 3).program
    assert print_program(one) == print_program(other)
    assert optimise(one, 3).program.contract == one.contract
