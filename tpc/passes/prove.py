"""The end of -O2 and -O3: the whole program once more against the one that was given."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.passes.base import Pass, PassContext, PassResult, Statistic
from tpc.proof.cubes import Effort
from tpc.proof.equality import compare_on_language, labels_on
from tpc.proof.portfolio import FINAL, compare
from tpc.proof.verdict import Proved, Refuted

#: Numbers in the text of a program have at most 18 digits.
_MOST_STRINGS = 10**18


@dataclass(frozen=True)
class Prove(Pass):
    """Compares all labels with those of the original program and writes down how.

    Where the input language is too large, everything else that can decide it is tried; if nothing
    does, a sample is compared: each pass has proved what it did, and the record says so.
    """

    name = "prove"
    exactness = "language"
    summary = "compare all labels with the original's and record the proof"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Record the comparison in the program's metadata.

        Raises:
            TpcError: A label differs, which is a defect of a pass.
        """
        original = context.original
        if original is None or program == original:
            return PassResult(program, changed=False)
        evidence = context.evidence(original)
        if isinstance(evidence, str) or not evidence.whole:
            record = _decided(original, context.findings.analysed, program)
        else:
            found = labels_on(program, evidence.batches(program))
            if not np.array_equal(found, evidence.labels):
                raise _defect()
            strings = original.language.count(original.max_length)
            how = "all inputs of the language compared"
            record = {"proof": how, "strings": strings, "labels": len(found)}
        metadata = {**program.metadata, "optimised": record}
        changed = metadata != program.metadata
        after = program.replace(metadata=metadata) if changed else program
        return PassResult(after, changed=changed, statistics=_statistics(record))


def _decided(original: Program, analysed: Program | None, program: Program) -> dict[str, Statistic]:
    """What the portfolio found, or, where it found nothing, what was sampled.

    What analysis made of the original may be one of those that are followed at once, where the
    original is not.
    """
    attempts = [(original, "", FINAL)]
    if analysed is not None and analysed != original:
        # What takes seconds goes first: no shape of the language is gone through by itself.
        cheap = replace(FINAL, effort=Effort(total=0.0), computed=0)
        attempts = [(original, "", cheap), (analysed, "analysis, and then ", cheap), *attempts]
    for given, first, budget in attempts:
        verdict = compare(given, program, budget)
        if isinstance(verdict, Refuted):
            raise _defect()
        if isinstance(verdict, Proved):
            strings = original.language.count(original.max_length)
            proof = {"proof": f"{first}{verdict.by}"}
            return {**proof, **({"strings": strings} if strings < _MOST_STRINGS else {})}
    compared = compare_on_language(original, program, limit=0)
    labels = compared.positions
    return {"proof": "analysis; a sample compared", "strings": compared.strings, "labels": labels}


def _statistics(record: dict[str, Statistic]) -> dict[str, Statistic]:
    if "labels" not in record:
        return {"proved by": record["proof"]}
    return {"labels compared": record["labels"]}


def _defect() -> TpcError:
    return TpcError(
        "the optimised program is not equal to the original",
        hint="this is a defect of tpc: please report it, with the program",
    )
