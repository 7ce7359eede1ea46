"""Before and after: what a pass makes of a few lines, and that it keeps what it promises."""

from __future__ import annotations

from textwrap import dedent, indent

import numpy as np

from tpc.ir.parser import parse_program
from tpc.ir.printer import print_node
from tpc.ir.program import Program
from tpc.passes.base import Pass
from tpc.passes.pipelines import optimise, parse_pipeline
from tpc.passes.rewriting import prune
from tpc.proof.equality import compare_on_language, compare_on_strings
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.strings import language_batches

#: What cases stand under: words between an unscored `<s>` and the end, and nodes that all may read.
HEAD = """tpir 1.1
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
    """A program of these nodes, the last of which is `%label`."""
    return parse_program(f"{HEAD}{indent(dedent(nodes).strip(), '  ')}\n  return %label\n}}\n")


def body(program: Program) -> str:
    """All nodes of a program as text."""
    return "\n".join(print_node(program, node) for node in program.nodes)


def after(passes: str, nodes: str) -> Program:
    """What passes make of some nodes, every promise of theirs checked."""
    program, chosen = parse(nodes), parse_pipeline(passes)
    done = optimise(program, passes=chosen, verify_each=True).program
    assert_kept(program, done, chosen)
    return done


def becomes(passes: str, nodes: str, expected: str) -> None:
    """Check that passes write these nodes and no others, those of `HEAD` included."""
    found = body(after(passes, nodes))
    assert found == dedent(expected).strip(), found


def left_alone(passes: str, nodes: str) -> None:
    """Check that passes change nothing; of `HEAD` there is only what the nodes read."""
    program = prune(parse(nodes))
    done = optimise(program, passes=parse_pipeline(passes))
    assert done.program == program, body(done.program)
    assert not any(record.result.changed for record in done.records)


def assert_kept(before: Program, now: Program, passes: tuple[Pass, ...]) -> None:
    """Check labels where the passes promise them, and what is said of the network's variables."""
    if any(item.exactness == "data" for item in passes):
        return
    compared = compare_on_language(before, now)
    assert compared.equal, compared
    if all(item.exactness == "every_string" for item in passes):
        assert now.contract == before.contract
    if now.contract.scope == "every_string":
        compared = compare_on_strings(before, now, 300)
        assert compared.equal, compared
        assert_variables_on_strings(before, now)
    assert_variables_on_language(before, now)


def claims(before: Program, now: Program) -> list[tuple[str, str]]:
    """Pairs of variables, of `now` and of `before`, that stand for the same of the network's."""
    origins = {origin: node.name for node in before.nodes for origin in node.origin}
    return [
        (node.name, origins[origin])
        for node in now.nodes
        if node.name != now.result
        for origin in node.origin
        if origin in origins
    ]


def assert_variables_on_language(before: Program, now: Program) -> None:
    """Check that whatever claims to be a variable of the network has its scored values."""
    if before.language.count(before.max_length) > 20_000:
        return
    one, other = BatchEvaluator(before), BatchEvaluator(now)
    for batch in language_batches(before):
        expected = one.evaluate(batch.ids, batch.lengths).columns
        found = other.evaluate(batch.ids, batch.lengths).columns
        for name, source in claims(before, now):
            same = found[name] == expected[source]
            assert same[batch.scored].all(), (name, source)


def assert_variables_on_strings(before: Program, now: Program) -> None:
    """Check the same at every position of some strings of the language."""
    one, other = BatchEvaluator(before), BatchEvaluator(now)
    for string in before.language.sample(before.max_length, 50, 0):
        ids, lengths = np.array([string]), np.array([len(string)])
        expected = one.evaluate(ids, lengths).columns
        found = other.evaluate(ids, lengths).columns
        for name, source in claims(before, now):
            assert (found[name] == expected[source]).all(), (name, source, string)
