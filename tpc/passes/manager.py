"""Running passes one after another: verified, timed, and watched if asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from tpc.diagnostics import TpcError
from tpc.ir.printer import digest, print_program
from tpc.ir.program import Contract, Program
from tpc.ir.verifier import verify
from tpc.passes.base import Pass, PassContext, PassResult
from tpc.passes.findings import Findings
from tpc.proof.equality import LabelComparison, compare_on_language, compare_on_strings


class PassDifferenceError(TpcError):
    """A pass changed an answer that it promised to keep: a defect of the pass."""


@dataclass(frozen=True)
class PassRecord:
    """One pass of a pipeline, as it went.

    Args:
        name: Of the pass.
        seconds: How long it took.
        result: What it did.
    """

    name: str
    seconds: float
    result: PassResult


@dataclass(frozen=True)
class PassManager:
    """Runs passes in order and checks the program after each.

    Args:
        context: What passes are told.
        verify_each: Compare answers before and after each pass that changed something.
        on_program: Told the name of each pass, whether it changed the program, and the program
            afterwards.
    """

    context: PassContext = field(default_factory=PassContext)
    verify_each: bool = False
    on_program: Callable[[str, bool, Program], None] = lambda _name, _changed, _program: None

    def run(
        self, program: Program, passes: Iterable[Pass]
    ) -> tuple[Program, tuple[PassRecord, ...]]:
        """The program after all passes, and a record of each.

        Raises:
            PassDifferenceError: With `verify_each`, a pass changed an answer.
            TpcError: A pass needs what the program or the context does not have.
        """
        records = []
        original = self.context.original or program
        context = replace(self.context, original=original, findings=Findings())
        for item in passes:
            start = time.perf_counter()
            result = item.run(program, context)
            records.append(PassRecord(item.name, time.perf_counter() - start, result))
            context = replace(context, restated=context.restated or result.restated)
            if result.changed:
                after = _with_contract(context, program, result.program, item)
                verify(after)
                if self.verify_each:
                    _check(program, after, item)
                program = after
            self.on_program(item.name, result.changed, program)
        return program, tuple(records)


def _with_contract(context: PassContext, before: Program, after: Program, item: Pass) -> Program:
    """A pass that looks only at the input language weakens what the program promises."""
    if item.exactness == "data" and context.approximation is not None:
        return after.replace(contract=Contract("data", context.approximation.name))
    if item.exactness == "every_string" or before.contract.scope != "every_string":
        return after.replace(contract=before.contract)
    original = context.original or before
    proved_against = original.contract.proved_against or digest(original)
    return after.replace(contract=Contract("language", proved_against))


def _check(before: Program, after: Program, item: Pass) -> None:
    if item.exactness == "data":
        return
    comparisons = [compare_on_language(before, after)]
    if item.exactness == "every_string" and before.contract.scope == "every_string":
        comparisons.append(compare_on_strings(before, after))
    for comparison in comparisons:
        if not comparison.equal:
            raise PassDifferenceError(_difference(before, comparison, item))


def _difference(program: Program, comparison: LabelComparison, item: Pass) -> str:
    words = [program.vocabulary[token] for token in comparison.counterexample or ()]
    return (
        f"pass '{item.name}' changed the label at position {comparison.position} of "
        f"{' '.join(words)}"
    )


def printed(name: str, program: Program) -> str:
    """A program as `--print-ir-after-*` shows it."""
    return f"; after {name}\n{print_program(program)}\n"
