"""Properties of random programs: arrays agree with the referee on every input."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.docs.blocks import ROOT
from tests.properties.random_properties import random_property
from tests.strategies import programs
from tpc.frontends.program_file import read_program_file
from tpc.ir.program import Program
from tpc.properties.batches import PropertyBatches
from tpc.properties.cases import Referee
from tpc.properties.checking import check_properties
from tpc.properties.frames import framed_shapes
from tpc.properties.parser import parse_properties
from tpc.semantics.strings import shape_batches

INPUTS = 20


def differing(program: Program, text: str) -> tuple[Counter[bool], list[str]]:
    """How often a property fails and holds by arrays, and where the referee says otherwise."""
    file = parse_properties(text)
    check_properties(file, program)
    (prop,) = file.properties
    batches, referee = PropertyBatches(program, file, prop), Referee(program, file)
    found: Counter[bool] = Counter()
    wrong = []
    for shape in framed_shapes(program):
        batch = next(iter(shape_batches(shape.slots, 1_000)))
        ids = batch.ids[:: max(1, len(batch.ids) // INPUTS)]
        for row, fails in zip(ids.tolist(), batches.on(shape).failing(ids).tolist(), strict=True):
            found[fails] += 1
            if fails != (referee.counterexample(prop, shape, row) is not None):
                wrong.append(f"{text} on {row}")
    return found, wrong


@given(programs(max_nodes=5), st.integers(0, 2**32))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_arrays_agree_with_the_referee(program: Program, seed: int) -> None:
    _, wrong = differing(program, random_property(Random(seed), program))
    assert not wrong


def test_they_agree_on_programs_that_do_something() -> None:
    mixed = 0
    for name in ("sort", "hist", "induction"):
        program = read_program_file(ROOT / "programs" / name / f"{name}.tpir")
        for seed in range(25):
            found, wrong = differing(program, random_property(Random(seed), program))
            assert not wrong
            mixed += len(found) == 2
    assert mixed > 15
