"""Two programs become one in which both answer as they did."""

from __future__ import annotations

from dataclasses import replace

from tests.conftest import MakeRun
from tpc.frontends.run import export_run
from tpc.ir.nodes import Aggregate, Classify, Select
from tpc.ir.program import Program
from tpc.ir.verifier import verify
from tpc.proof.product import product
from tpc.semantics.interpreter import evaluate
from tpc.semantics.strings import arbitrary_strings


def twice(program: Program, head: str) -> Program:
    """The same program with a copy of a head, which the classifier reads in its place."""
    aggregate = program.by_name[head]
    assert isinstance(aggregate, Aggregate)
    select = program.by_name[aggregate.pattern]
    assert isinstance(select, Select)
    copies = (
        replace(select, name="other_pattern"),
        replace(aggregate, name="other", pattern="other_pattern", origin=()),
    )
    classify = program.nodes[-1]
    assert isinstance(classify, Classify)
    features = tuple(
        replace(feature, variable="other") if feature.variable == head else feature
        for feature in classify.features
    )
    last = replace(classify, features=features)
    return program.replace(nodes=(*program.nodes[:-1], *copies, last))


def test_a_program_whose_own_variables_are_alike(make_run: MakeRun) -> None:
    program = export_run(make_run())
    doubled = twice(program, "attn_0_0")
    verify(doubled)
    for one, other in ((program, doubled), (doubled, program)):
        merged, second = product(one, other)
        verify(merged)
        assert second == merged.result
        for ids in arbitrary_strings(program, 20, seed=0):
            expected = evaluate(program, ids).columns[program.result]
            assert evaluate(merged, ids).columns[merged.result] == expected
