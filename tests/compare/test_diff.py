"""What differs between two programs is found, to the cell and to the input, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tpc as api
from tests.cli.conftest import Tpc, tpc
from tests.conftest import MakeRun
from tests.strategies import programs
from tpc.compare.answers import answer_diff
from tpc.compare.diff import diff
from tpc.compare.matching import matched_nodes
from tpc.frontends.run import export_run
from tpc.ir.nodes import TOKENS, Case, Classify, Embed, Feature, Lookup
from tpc.ir.parser import parse_program
from tpc.ir.printer import print_program
from tpc.ir.program import Program
from tpc.ir.types import Cat, value_set
from tpc.passes.pipelines import optimise
from tpc.passes.rewriting import rename_operands, with_nodes
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.dense_tables import dense_table
from tpc.semantics.encoding import known_ids
from tpc.semantics.interpreter import Interpreter
from tpc.semantics.strings import language_batches

__all__ = ["tpc"]

ANY = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
CORPUS = Path(__file__).parent.parent / "corpus"


def corpus(name: str) -> Program:
    return parse_program((CORPUS / f"{name}.tpir").read_text(encoding="utf-8"))


Difference = tuple[int, tuple[int, ...], int]


def _id(program: Program, word: str) -> int:
    if word in program.vocabulary:
        return program.vocabulary.index(word)
    return (known_ids(program, [word]) or [-1])[0]


def brute_force(one: Program, other: Program) -> tuple[int, list[Difference]]:
    """How many inputs both have; of those that differ: length, ids, and how many labels."""
    first, second = Interpreter(one), Interpreter(other)
    tried, found = 0, []
    for ids in one.language.strings(one.max_length):
        theirs = [_id(other, one.vocabulary[token]) for token in ids]
        if other.language.match(tuple(theirs), other.max_length) is None:
            continue
        tried += 1
        answers = []
        for interpreter, given_ids in ((first, ids), (second, theirs)):
            labels = interpreter.evaluate(given_ids).columns[interpreter.program.result]
            answers.append([interpreter.program.classes[int(label)] for label in labels])
        scored = one.language.scored(ids, one.max_length) or ()
        if one.label_type.pooled:
            scored = (True,)
        pairs = zip(*answers, scored, strict=True)
        wrong = sum(mine != their for mine, their, counts in pairs if counts)
        if wrong:
            found.append((len(ids), tuple(ids), wrong))
    return tried, found


def _differing(one: Program, other: Program) -> int:
    """On how many inputs of a large language two programs differ, by whole batches."""
    found = 0
    for batch in language_batches(one):
        labels = [BatchEvaluator(p).evaluate(batch.ids, batch.lengths).labels for p in (one, other)]
        found += int(((labels[0] != labels[1]) & batch.scored).any(axis=1).sum())
    return found


def agrees_with_brute_force(one: Program, other: Program) -> int:
    tried, expected = brute_force(one, other)
    found = answer_diff(one, other)
    assert found.method == "exhaustive"
    assert (found.inputs, found.different) == (tried, len(expected))
    assert found.different_labels == sum(wrong for _, _, wrong in expected)
    if expected:
        assert found.smallest is not None
        assert found.smallest.tokens == tuple(one.vocabulary[i] for i in min(expected)[1])
    return len(expected)


@pytest.mark.parametrize("task", ["sort", "reverse", "hist"])
def test_two_seeds_of_a_task_differ_on_as_many_inputs_as_brute_force_finds(
    make_run: MakeRun, task: str
) -> None:
    sizes = {"dataset": task, "vocab_size": 6, "max_length": 6}
    one, other = (export_run(make_run(weight_seed=seed, **sizes)) for seed in (1, 2))
    assert agrees_with_brute_force(one, other) > 0


def test_programs_of_other_vocabularies_are_compared_on_what_both_take(make_run: MakeRun) -> None:
    one, other = (
        export_run(make_run(weight_seed=1, dataset="hist", vocab_size=size, max_length=5))
        for size in (5, 4)
    )
    tried, _ = brute_force(one, other)
    found = answer_diff(one, other)
    assert found.inputs == tried
    assert found.only_before == one.language.count(one.max_length) - tried > 0
    agrees_with_brute_force(one, other)
    agrees_with_brute_force(other, one)
    assert {change.what for change in diff(one, other).interface} >= {"vocabulary"}


@ANY
@given(programs())
def test_a_program_is_the_same_as_itself(program: Program) -> None:
    found = diff(program, program)
    assert found.same or not found.answers or not found.answers.inputs
    assert {node.status for node in found.nodes} == {"same"}
    assert not found.interface
    assert json.loads(json.dumps(found.to_json()))["nodes"]


@ANY
@given(programs())
def test_names_are_no_difference(program: Program) -> None:
    names = {node.name: f"other_{node.name}" for node in program.nodes if node.origin}
    nodes = tuple(
        replace(rename_operands(node, names), name=names.get(node.name, node.name))
        for node in program.nodes
    )
    renamed = program.replace(nodes=nodes, result=names.get(program.result, program.result))
    unambiguous = len({node.origin for node in program.nodes if node.origin}) == len(names)
    found = diff(program, renamed)
    if unambiguous and not _shares_origins(program):
        assert {node.name for node in found.nodes if node.status == "renamed"} == set(names)
        assert found.same_nodes


def _shares_origins(program: Program) -> bool:
    origins = [origin for node in program.nodes for origin in node.origin]
    return len(origins) != len(set(origins))


def _edits(program: Program) -> Iterator[tuple[str, Program]]:
    """Programs of which one cell of one node is another."""
    for node in program.nodes:
        match node:
            case Embed(type=Cat()) if program.domain_of(node.name).size > 1:
                size = program.domain_of(node.name).size
                values = ((int(node.values[0]) + 1) % size, *node.values[1:])
                yield node.name, with_nodes(program, {node.name: replace(node, values=values)})
            case Lookup() if len(program.range_of(node.name)) > 1:
                values = program.range_of(node.name)
                lows = tuple(program.range_of(name).start for name in node.operands)
                now = int(dense_table(program, node).reshape(-1)[0])
                other = values[(now + 1 - values[0]) % len(values)]
                first = Case(tuple(value_set([low]) for low in lows), other)
                edited = replace(node, cases=(first, *node.cases))
                yield node.name, with_nodes(program, {node.name: edited})
            case Classify() if node.features:
                feature = node.features[0]
                row = (feature.rows[0][0] + 5.0, *feature.rows[0][1:])
                changed = Feature(feature.variable, (row, *feature.rows[1:]))
                edited = replace(node, features=(changed, *node.features[1:]))
                yield node.name, with_nodes(program, {node.name: edited})


@ANY
@given(programs(), st.data())
def test_one_edited_cell_is_found_and_its_effect_counted(
    program: Program, data: st.DataObject
) -> None:
    edits = list(_edits(program))
    if not edits:
        return
    name, edited = data.draw(st.sampled_from(edits))
    found = diff(program, edited)
    changed = [node for node in found.nodes if node.status != "same"]
    assert [node.name for node in changed] == [name]
    assert [table.changed for table in changed[0].tables] == [1]
    (cell,) = changed[0].tables[0].cells
    assert cell.before != cell.after
    assert not found.same
    if program.language.count(program.max_length) <= 300:
        agrees_with_brute_force(program, edited)


def test_optimised_programs_are_matched_by_provenance(make_run: MakeRun) -> None:
    program = export_run(make_run(dataset="hist", n_layers=1))
    small = optimise(program, 3).program
    for name, match in matched_nodes(program, small).items():
        if name == TOKENS or name == program.result:
            continue
        mine, theirs = program.by_name[name].origin, small.by_name[match].origin
        assert set(mine) & set(theirs) if mine and theirs else name == match or not mine
    answers = diff(program, small).answers
    assert answers is not None
    assert answers.different == 0


def test_larger_languages_are_sampled_and_this_is_said(make_run: MakeRun) -> None:
    one, other = (
        export_run(make_run(weight_seed=seed, dataset="sort", vocab_size=6, max_length=6))
        for seed in (1, 2)
    )
    found = diff(one, other, limit=3, samples=50)
    assert found.answers is not None
    assert found.answers.method == "sampled"
    assert found.answers.inputs <= 50
    assert "a sample of " in str(found)
    smallest = found.answers.smallest
    assert smallest is not None
    ids = tuple(one.token_ids[word] for word in smallest.tokens)
    assert ids in {ids for _, ids, _ in brute_force(one, other)[1]}


def test_answers_of_different_kinds_are_not_compared() -> None:
    found = diff(corpus("pooled_sum"), corpus("identity"))
    assert found.answers is None
    assert not found.same
    assert "cannot be compared" in str(found)


def test_hostile_tokens_are_text() -> None:
    program = corpus("hostile")
    _, edited = next(_edits(program))
    text = str(diff(program, edited, cells=None))
    assert all(character.isprintable() for character in text.replace("\n", ""))


def test_a_program_edited_by_hand(tpc: Tpc, tmp_path: Path) -> None:
    """A changed table entry, without its seal, is named with what it does to answers and scores."""
    original = CORPUS.parent.parent / "programs" / "hist" / "hist.tpir"
    text = original.read_text(encoding="utf-8")
    edited = tmp_path / "edited.tpir"
    changed = text.replace('3 => "3"', '3 => "4"')
    edited.write_text(changed, encoding="utf-8")
    refused = tpc("diff", original, edited)
    assert refused.status == 2
    assert "seal" in refused.err
    lines = [line for line in changed.splitlines() if not line.startswith("seal")]
    edited.write_text("\n".join(lines) + "\n", encoding="utf-8")
    outcome = tpc("diff", original, edited)
    assert outcome.status == 1
    assert "1 of 9 entries changed" in outcome.out
    assert "3  3 -> 4" in outcome.out
    words = iter(outcome.out.replace(",", "").split("inputs of the language ")[1].split())
    assert int(next(words)) == _differing(parse_program(text), api.load(edited).ir)
    scores = tpc("eval", edited, "--task", "hist", "--json").json()
    assert isinstance(scores, dict)
    assert 0.5 < scores["test"]["token_accuracy"] < 1


def test_in_python() -> None:
    program = api.load(CORPUS / "kitchen_sink.tpir")
    found = api.diff(program, program)
    assert found.same
    assert str(found).startswith("the same program\n")


def test_exit_status(tpc: Tpc, sort_program: Path, tmp_path: Path) -> None:
    assert tpc("diff", sort_program, sort_program).status == 0
    smaller = tmp_path / "small.tpir"
    tpc("opt", sort_program, "-O2", "-o", smaller)
    outcome = tpc("diff", sort_program, smaller)
    assert outcome.status == 1
    assert "0 differences" in outcome.out
    assert tpc("diff", sort_program, smaller, "--answers").status == 0
    assert tpc("diff", sort_program, tmp_path / "none.tpir").status == 2
    assert tpc("diff", "-", "-").status == 2
    piped = tpc("diff", sort_program, "-", "--json", stdin=print_program(corpus("identity")))
    assert piped.status == 1
    assert piped.json()["same"] is False


@pytest.fixture
def sort_program(make_run: MakeRun, tmp_path: Path) -> Path:
    path = tmp_path / "sort.tpir"
    path.write_text(print_program(export_run(make_run())), encoding="utf-8")
    return path
