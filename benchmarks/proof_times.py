"""How long the portfolio takes to say whether programs answer alike.

    python -m benchmarks.proof_times P.tpir [P.tpir=Q.tpir ...]

A single program is compared with what -O3 makes of it; `P=Q` are two programs. Prints the verdict,
seconds of the clock and of all processors.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

from tpc.frontends.program_file import read_program_file
from tpc.passes.pipelines import optimise
from tpc.proof.portfolio import compare


def _processor_seconds() -> float:
    found = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in found)


def main() -> None:
    """Compare each pair and print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pairs", nargs="+", metavar="P[=Q]")
    for pair in parser.parse_args().pairs:
        first, _, second = pair.partition("=")
        one = read_program_file(Path(first))
        other = read_program_file(Path(second)) if second else optimise(one, 3).program
        clock, processors = time.perf_counter(), _processor_seconds()
        verdict = compare(one, other)
        seconds = time.perf_counter() - clock
        taken = _processor_seconds() - processors
        strings = one.language.count(one.max_length)
        print(
            f"{pair}: {strings:.2g} inputs, {seconds:.1f} s, {taken:.1f} s of processors: {verdict}"
        )


if __name__ == "__main__":
    main()
