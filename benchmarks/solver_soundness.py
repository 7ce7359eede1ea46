"""The solver's verdicts against exhaustion's, on programs with one entry changed.

For each program and each mutant of it the solver alone says whether a label of the input language
differs; so do all strings. A wrong verdict or a false counterexample ends the run with status 1.

    python -m benchmarks.solver_soundness [--mutants 100] [PROGRAM.tpir ...]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from tests.proof.mutants import mutants
from tpc.frontends.program_file import read_program_file
from tpc.ir.program import Program
from tpc.proof.cubes import DifferentLabels, Effort
from tpc.proof.equality import compare_on_language
from tpc.proof.portfolio import answers
from tpc.proof.query import Impossible, Possible
from tpc.semantics.interpreter import evaluate

ROOT = Path(__file__).parents[1]
NAMES = ("reverse", "hist", "sort", "double_hist", "dyck1")


def solved(one: Program, other: Program, effort: Effort) -> str:
    """Whether the solver says `equal`, `different` or `unknown`; `false` of a counterexample."""
    shapes = [shape for shape in one.language.shapes(one.max_length) if shape]
    verdict = "equal"
    for answer in answers(DifferentLabels(one, other), shapes, effort):
        if isinstance(answer, Possible):
            return "different" if _differs(one, other, answer.ids) else "false"
        if not isinstance(answer, Impossible):
            verdict = "unknown"
    return verdict


def _differs(one: Program, other: Program, ids: tuple[int, ...]) -> bool:
    scored = one.language.scored(ids, one.max_length)
    labels = [evaluate(program, ids).columns[program.result] for program in (one, other)]
    return scored is not None and any(a != b for a, b, s in zip(*labels, scored, strict=True) if s)


def main() -> int:
    """Try all mutants and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="*", type=Path)
    parser.add_argument("--mutants", type=int, default=100)
    options = parser.parse_args()
    wrong = 0
    for path in options.programs or [ROOT / f"programs/{name}/{name}.tpir" for name in NAMES]:
        program = read_program_file(path)
        found: Counter[str] = Counter()
        began, taken = time.process_time(), 0.0
        for mutant in mutants(program, options.mutants, seed=0):
            start = time.process_time()
            verdict = solved(program, mutant, Effort(total=20.0))
            taken += time.process_time() - start
            expected = "equal" if compare_on_language(program, mutant).equal else "different"
            agrees = verdict in (expected, "unknown")
            wrong += not agrees
            found[verdict if agrees else f"WRONG: {verdict}, not {expected}"] += 1
        counts = ", ".join(f"{count} {word}" for word, count in sorted(found.items()))
        seconds = time.process_time() - began
        print(f"{path.stem}: {counts}; solver {taken:.0f} s of {seconds:.0f} s", flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
