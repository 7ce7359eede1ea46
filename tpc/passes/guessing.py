"""Passes that guess on a sample of strings: what they made is proved, or tried once more.

A pass proposes what no string of the sample contradicts. The proposal is proved equal to what the
pass was given, on the whole input language; or a string refutes it, which joins the sample, and
the pass proposes again. What can be neither proved nor refuted is left alone, and said.
"""

from __future__ import annotations

from dataclasses import replace

from tpc.ir.program import Program
from tpc.passes.base import Pass, PassContext, PassResult
from tpc.proof.verdict import Proved, Refuted

#: So often a pass proposes; each refutation adds a few hundred strings to the sample.
_PROPOSALS = 12


def run_proved(item: Pass, program: Program, context: PassContext) -> PassResult:
    """Run a pass, and prove what it guessed.

    Raises:
        TpcError: The pass cannot run.
    """
    refuted = 0
    while refuted < _PROPOSALS:
        found = item.run(program, context)
        if not found.guessed:
            return found
        verdict = context.decide(program, found.program)
        match verdict:
            case Proved():
                statistics = {**found.statistics, "proved by": verdict.by}
                if refuted:
                    statistics["guesses refuted"] = refuted
                return replace(found, statistics=statistics, guessed=False)
            case Refuted():
                evidence = context.evidence(program)
                assert not isinstance(evidence, str), "the pass has guessed on it"
                found_out = evidence.with_counterexample(program, verdict.ids)
                context.findings.evidence = found_out
                refuted += 1
            case _:
                return _left_alone(item, program, str(verdict))
    return _left_alone(item, program, f"{refuted} guesses were refuted")


def _left_alone(item: Pass, program: Program, why: str) -> PassResult:
    return PassResult(program, changed=False, skipped=(f"{item.name}: {why}",))
