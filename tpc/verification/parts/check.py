"""All parts of an exported program, compared with its network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tpc.ir.program import Program
from tpc.verification.parts.classifier import check_classifier
from tpc.verification.parts.heads import check_head
from tpc.verification.parts.inputs import check_inputs
from tpc.verification.parts.matching import Matching, match
from tpc.verification.parts.mlps import check_mlp
from tpc.verification.parts.part import PartGroup, PartsReport
from tpc.verification.reference import check_same_task

if TYPE_CHECKING:
    from tpc.model.run import Run


def check_parts(program: Program, run: Run) -> PartsReport | str:
    """Compare each part of a program with the network's own, on all values that it can be given.

    Args:
        program: As it was exported. `docs/proof.md` says what equal parts prove.
        run: Its network.

    Returns:
        What was found, or why the program is not built as its network.

    Raises:
        TpcError: Program and network do not belong together.
    """
    import torch

    from tpc.model.discrete import DiscreteNetwork, one_thread

    check_same_task(run, program)
    with torch.no_grad(), one_thread():
        network = DiscreteNetwork(run.config, run.weights, torch.float64)
        matching = match(program, network)
        if isinstance(matching, str):
            return matching
        groups = tuple(_groups(matching))
        classifier = check_classifier(matching, run.weights["unembed.W_U"].double().numpy())
    return PartsReport((*groups, *classifier.groups), classifier.margin_bound)


def _groups(matching: Matching) -> Iterator[PartGroup]:
    yield from check_inputs(matching)
    for name in matching.network.heads:
        yield from check_head(matching, name)
    for name in matching.network.mlps:
        yield check_mlp(matching, name)
