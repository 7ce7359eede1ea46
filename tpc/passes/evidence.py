"""What passes that look at the input language prove things with."""

from __future__ import annotations

from tpc.ir.program import Program
from tpc.passes.base import PassContext
from tpc.proof.counting import counted_columns
from tpc.proof.exhaustion import Exhaustion, exhaust, exhaustible
from tpc.semantics.batched import language_count
from tpc.synthesis.combinations import Combinations, from_columns, variables


def label_combinations(program: Program, context: PassContext) -> Combinations | str:
    """Every combination of variables at scored positions, or why they cannot be computed.

    Found by going through the input language, or, for a program that counts, by following its
    sums; both are exact.
    """
    proof, read = evidence(program, context), variables(program)
    if isinstance(proof, Exhaustion):
        return from_columns(program, proof.columns(program, read), proof.labels)
    counted = counted_columns(program)
    if counted is None:
        return proof
    columns = {name: counted[name] for name in read}
    return from_columns(program, columns, counted[program.result])


def evidence(program: Program, context: PassContext) -> Exhaustion | str:
    """The labels of the whole input language, or why they cannot be computed.

    They are computed once for a pipeline: every pass keeps them.
    """
    if context.findings.exhaustion is not None:
        return context.findings.exhaustion
    if program.label_type.pooled:
        return "one label for a whole sequence is not supported"
    if not exhaustible(program, context.exhaustive_limit):
        count = language_count(program)
        size = f"{count:,}" if count < 10**15 else f"about 10^{len(str(count)) - 1}"
        return f"the input language has {size} strings, too many to go through"
    context.findings.exhaustion = exhaust(program)
    return context.findings.exhaustion
