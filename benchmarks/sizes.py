"""How small the emitted Python of runs is: the table of docs/sizes.md.

    python -m benchmarks.sizes RUN_DIR ... [--level 3]

A run of words brings its vocabulary in `expected.json` beside it, as for `fast_backends.py`.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks.fast_backends import beside
from tpc.evaluation.sizes import emitted_size
from tpc.frontends.run import export_run
from tpc.passes.pipelines import optimise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--level", type=int, default=3)
    given = parser.parse_args()
    print(
        f"{'run':24} {'tokens':>8} {'embedding':>10} {'bytes':>9} {'lines':>7} "
        f"{'seconds of opt':>15}"
    )
    for folder in given.runs:
        program = export_run(folder, beside(folder)[0])
        begun = time.process_time()
        small = optimise(program, given.level).program
        seconds = time.process_time() - begun
        size = emitted_size(small)
        print(
            f"{folder.name:24} {size.tokens:8,} {size.embedding:10,} {size.bytes:9,} "
            f"{size.lines:7,} {seconds:15.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
