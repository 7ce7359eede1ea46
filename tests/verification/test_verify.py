"""Verification finds what is wrong, says where it starts, and does not cry wolf."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.conftest import MakeRun
from tpc.diagnostics import TpcError
from tpc.frontends.run import export_run
from tpc.ir.nodes import Case, Classify, Embed, Lookup, Node, Select, TablePredicate
from tpc.ir.printer import digest
from tpc.ir.program import Contract, Program
from tpc.model.run_dir import load_run
from tpc.passes.pipelines import optimise
from tpc.proof.verdict import Proved, Refuted, Unknown
from tpc.semantics import interpreter
from tpc.semantics.shrinking import shrink
from tpc.verification.by_parts import ByParts
from tpc.verification.inputs import input_sets
from tpc.verification.report import decided, report_lines
from tpc.verification.verify import VerificationOptions, verify_program


def labels_of_language(program: Program) -> list[list[int]]:
    return [
        [int(label) for label in interpreter.evaluate(program, ids).columns[program.result]]
        for ids in program.language.strings(program.max_length)
    ]


def mutate(program: Program, stream: random.Random) -> Program:
    """One entry of one table, predicate or weight row, changed at random."""
    nodes = list(program.nodes)
    choices = [
        index
        for index, node in enumerate(nodes)
        if isinstance(node, Lookup | Classify)
        or (isinstance(node, Select) and isinstance(node.predicate, TablePredicate))
    ]
    index = stream.choice(choices)
    nodes[index] = mutate_node(program, nodes[index], stream)
    return program.replace(nodes=tuple(nodes))


def mutate_node(program: Program, node: Node, stream: random.Random) -> Node:
    match node:
        case Lookup():
            place = stream.randrange(len(node.cases))
            size = program.domain_of(node.name).size
            outcome = (node.cases[place].outcome + stream.randrange(1, size)) % size
            case = replace(node.cases[place], outcome=outcome)
            return replace(node, cases=(*node.cases[:place], case, *node.cases[place + 1 :]))
        case Select():
            assert isinstance(node.predicate, TablePredicate)
            keys = list(node.predicate.keys)
            place = stream.randrange(len(keys))
            others = [None, *range(program.domain_of(node.key).size)]
            others.remove(keys[place])
            keys[place] = stream.choice(others)
            return replace(node, predicate=TablePredicate(tuple(keys)))
        case Classify():
            features = list(node.features)
            place = stream.randrange(len(features))
            rows = [list(row) for row in features[place].rows]
            row = stream.randrange(len(rows))
            rows[row][stream.randrange(len(rows[row]))] += stream.choice([-4.0, 4.0])
            features[place] = replace(features[place], rows=tuple(map(tuple, rows)))
            return replace(node, features=tuple(features))
        case _:
            raise AssertionError(node)


def test_a_hundred_random_changes_are_caught(make_run: MakeRun) -> None:
    folder = make_run(max_length=5)
    program, run = export_run(folder), load_run(folder)
    before, stream, relevant = labels_of_language(program), random.Random(0), 0
    for _ in range(100):
        changed = mutate(program, stream)
        report = verify_program(changed, run, VerificationOptions(samples=20))
        if labels_of_language(changed) != before:
            relevant += 1
            assert report.parts.different
            assert not report.equal
            example = report.results[0].counterexample
            assert example is not None
            assert interpreter.run(changed, example.tokens, raw=True) == example.found
            assert interpreter.run(program, example.tokens, raw=True) == example.expected
    assert relevant > 20


def test_the_first_node_that_diverges_is_named(make_run: MakeRun) -> None:
    folder = make_run()
    program = export_run(folder)
    index = next(i for i, node in enumerate(program.nodes) if node.name == "mlp_0_0")
    node = program.nodes[index]
    assert isinstance(node, Lookup)
    wrong = tuple(replace(case, outcome=(case.outcome + 1) % 6) for case in node.cases)
    nodes = (*program.nodes[:index], replace(node, cases=wrong), *program.nodes[index + 1 :])
    report = verify_program(
        program.replace(nodes=nodes), load_run(folder), VerificationOptions(samples=10)
    )
    example = report.results[0].counterexample
    assert example is not None
    assert example.difference.variable == "mlp_0_0"
    assert example.difference.found != example.difference.expected


def test_counterexamples_are_shrunk_within_the_language(make_run: MakeRun) -> None:
    program = export_run(make_run())
    ids = tuple(program.vocabulary.index(token) for token in ("<s>", "2", "1", "2", "0", "</s>"))
    two = program.vocabulary.index("2")
    small = shrink(program, ids, lambda candidate: two in candidate)
    assert [program.vocabulary[token] for token in small] == ["<s>", "2", "</s>"]


def test_a_large_language_is_sampled_and_said_so(make_run: MakeRun) -> None:
    """Emitted code is not its network for certain; the program itself is, by its parts."""
    folder = make_run()
    options = VerificationOptions(("python", "interpreter"), limit=10, samples=30, seed=1)
    report = verify_program(export_run(folder), load_run(folder), options)
    assert report.equal
    assert not report.proved
    assert not decided(report)
    expected = Unknown("its python code on its whole language", "30 inputs sampled")
    assert report.verdict() == expected
    methods = {found.name: found.method for found in report.results[0].sets}
    assert methods["input language"] == "sampled"
    assert methods["held-out split"] == "exhaustive"
    alone = verify_program(
        export_run(folder), load_run(folder), replace(options, targets=("interpreter",))
    )
    verdict = alone.verdict()
    assert isinstance(verdict, Proved)
    assert " parts on every string (labels: of margins over 8." in verdict.by
    lines = report_lines(alone, "P", "RUN")
    assert lines[0] == "parts: 16 input values, 0 differences"
    assert lines[-2].endswith(", whether any other is under it is unknown")
    assert lines[-1].startswith("proved: P is the network of RUN, by ")


def test_a_program_that_is_no_export_is_compared_with_the_export(make_run: MakeRun) -> None:
    folder = make_run(max_length=5)
    program, run = optimise(export_run(folder), 2).program, load_run(folder)
    options = VerificationOptions(limit=10, samples=30)
    assert isinstance(verify_program(program, run, options).verdict(), Unknown)
    report = verify_program(program, run, replace(options, thorough=True))
    assert isinstance(report.parts.programs, Proved)
    assert report.parts.program == "it is promised on its input language alone"
    verdict = report.verdict()
    assert isinstance(verdict, Proved)
    assert " parts of the network's export (labels: of margins over " in verdict.by
    assert verdict.by.endswith(f", and against that {report.parts.programs.by}")
    left = ByParts(report.parts.program, report.parts.export, Unknown("it", "nothing spent"))
    assert left.verdict() == Unknown("it", "nothing spent")
    lines = report_lines(report, "P", "RUN")
    assert lines[0] == "parts of the network's export: 15 input values, 0 differences"
    assert lines[-1].startswith("proved: P is the network of RUN, by ")
    label = program.by_name[program.result]
    assert isinstance(label, Lookup)
    patterns = tuple(None for _ in label.operands)
    constant = replace(label, cases=(Case(patterns, 2),))
    wrong = program.replace(nodes=(*program.nodes[:-1], constant))
    assert isinstance(verify_program(wrong, run, VerificationOptions(limit=10)).verdict(), Refuted)


def test_a_part_that_no_input_shows_is_no_refutation(make_run: MakeRun) -> None:
    """What `<pad>` matches: no input has it."""
    folder = make_run(weight_seed=1)
    program, run = export_run(folder), load_run(folder)
    select = next(
        node for node in program.nodes if isinstance(node, Select) and node.query == "tokens"
    )
    assert isinstance(select.predicate, TablePredicate)
    first, *others = select.predicate.keys
    keys = (1 if first is None else None, *others)
    other = replace(select, predicate=TablePredicate(keys))
    nodes = tuple(other if node is select else node for node in program.nodes)
    changed = program.replace(nodes=nodes)
    options = VerificationOptions(limit=0, samples=20)
    report = verify_program(changed, run, options)
    assert report.equal
    name = select.name.removesuffix("_pattern")
    part = f"{name} predicate row '<pad>'"
    assert [found.part for found in report.parts.different] == [part]
    last = report_lines(report, "P", "RUN")[-1]
    assert f"RUN: {part} differs, and no input was found that shows it; 2,000 inputs" in last
    assert verify_program(changed, run, replace(options, limit=20_000)).proved


def test_learned_numbers_are_left_open_and_no_margin_is_promised(make_run: MakeRun) -> None:
    folder = make_run(count_only=False)
    program, run = export_run(folder), load_run(folder)
    report = verify_program(program, run, VerificationOptions(limit=0, samples=20))
    lines = report_lines(report, "P", "RUN")
    assert any(line.startswith("not settled: num_mlp_0_0 (") for line in lines)
    assert not any(line.startswith("margins: ") for line in lines)
    assert lines[-1].startswith("unknown: whether P is the network of RUN: num_mlp_0_0 (")
    assert verify_program(program, run, VerificationOptions(samples=20)).proved


def test_a_part_that_no_sample_shows_is_shown(make_run: MakeRun) -> None:
    """The embedding of one word, which none of two sampled inputs has."""
    folder = make_run(one_hot_embed=False, vocab_size=40, d_var=50)
    program, run = export_run(folder), load_run(folder)
    node = program.nodes[0]
    assert isinstance(node, Embed)
    values = [*node.values[:-1], (node.values[-1] + 1) % 50]
    changed = program.replace(
        nodes=(replace(node, values=tuple(map(int, values))), *program.nodes[1:])
    )
    report = verify_program(changed, run, VerificationOptions(limit=0, samples=2))
    word = program.vocabulary[-1]
    (part,) = report.parts.different
    assert part.part == f"var0 of the word {word!r}"
    verdict = report.verdict()
    assert isinstance(verdict, Refuted)
    assert len(program.vocabulary) - 1 in verdict.ids
    shown = report.results[0].sets[-1]
    assert (shown.name, shown.inputs, shown.differences) == ("inputs that show a part", 1, 1)
    assert decided(report)
    last = report_lines(report, "P", "RUN")[-1]
    assert last == f"refuted: P is not the network of RUN: var0 of the word {word!r}"


def test_samples_depend_on_the_seed_alone(make_run: MakeRun) -> None:
    program = export_run(make_run())
    once, again, other = (
        [list(found.ids) for found in input_sets(program, limit=0, samples=20, seed=seed)]
        for seed in (5, 5, 6)
    )
    assert once == again
    assert once != other


def test_a_language_contract_covers_scored_positions_only(make_run: MakeRun) -> None:
    folder = make_run()
    program = export_run(folder)
    classify = program.nodes[-1]
    assert isinstance(classify, Classify)
    bos = program.vocabulary.index("<s>")
    # Only where the token is <s>, which no task scores, the answer becomes another.
    feature = replace(classify.features[0])
    rows = [list(row) for row in feature.rows]
    rows[bos] = [1000.0 * index for index in range(len(rows[bos]))]
    changed = replace(feature, rows=tuple(map(tuple, rows)))
    nodes = (*program.nodes[:-1], replace(classify, features=(changed, *classify.features[1:])))
    loose = program.replace(nodes=nodes, contract=Contract("language", digest(program)))
    run = load_run(folder)
    assert verify_program(loose, run, VerificationOptions()).proved
    assert not verify_program(
        program.replace(nodes=nodes), run, VerificationOptions(samples=50)
    ).equal


def test_program_and_run_must_belong_together(make_run: MakeRun) -> None:
    program = export_run(make_run())
    with pytest.raises(TpcError, match="differ in their vocabulary"):
        verify_program(program, load_run(make_run(vocab_size=7)), VerificationOptions())


def test_given_rows_are_compared_too(make_run: MakeRun) -> None:
    path = make_run()
    run, program = load_run(path), export_run(path)
    rows = (("<s>", "1", "0", "</s>"), ("<s>", "99", "</s>"), ("<s>", "2", "2", "</s>"))
    options = VerificationOptions(samples=5, rows=rows)
    (result,) = verify_program(program, run, options).results
    found = result.sets[-1]
    # One row has a word that the program does not know.
    assert (found.name, found.method, found.inputs, found.positions) == (
        "given rows",
        "exhaustive",
        2,
        8,
    )
    assert found.differences == 0
    changed = [mutate(program, random.Random(seed)) for seed in range(40)]
    results = [verify_program(other, run, options).results[0] for other in changed]
    assert any(result.sets[-1].differences for result in results)
