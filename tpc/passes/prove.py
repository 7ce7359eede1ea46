"""The end of -O2 and -O3: the whole program once more against the one that was given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.passes.base import Pass, PassContext, PassResult
from tpc.proof.equality import compare_on_language, labels_on


@dataclass(frozen=True)
class Prove(Pass):
    """Compares all labels with those of the original program and writes down how.

    Where the input language is too large, a sample is compared: each pass has proved what it did,
    and the record says so.
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
            compared = compare_on_language(original, program, limit=0)
            how = "analysis; a sample compared"
            equal, strings, labels = compared.equal, compared.strings, compared.positions
        else:
            found = labels_on(program, evidence.batches(program))
            how = "all inputs of the language compared"
            equal, labels = np.array_equal(found, evidence.labels), len(found)
            strings = original.language.count(original.max_length)
        if not equal:
            raise TpcError(
                "the optimised program is not equal to the original",
                hint="this is a defect of tpc: please report it, with the program",
            )
        record = {"proof": how, "strings": strings, "labels": labels}
        metadata = {**program.metadata, "optimised": record}
        changed = metadata != program.metadata
        after = program.replace(metadata=metadata) if changed else program
        return PassResult(after, changed=changed, statistics={"labels compared": labels})
