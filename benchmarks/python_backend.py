"""How long emitted Python takes for a sequence, beside what upstream's emitted programs take.

    python benchmarks/python_backend.py PROGRAM.tpir ...

Sequences are samples of the program's own language. Loading the module, reading its data file and
a first pass over other sequences are not counted: neither are they in upstream's figures.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path

from tpc.backends.python import BACKEND
from tpc.files import read_text
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.runtime.backend import emit_to

#: Milliseconds a sequence of the programs that upstream's code emitted for two runs, measured on
#: two cores with CPython 3.11 over the expected inputs of those runs. By the program file's name.
UPSTREAM = {"hist": 8.5, "sort": 31.0}

#: What emitted Python is meant to be at least: so many times faster than upstream's.
LEAST = 50


def milliseconds(program: Program, count: int, rounds: int) -> float:
    """The median over rounds of the mean processor time for a sequence."""
    with tempfile.TemporaryDirectory() as folder:
        loaded = BACKEND.load(program, emit_to(BACKEND, program, Path(folder), program.name))
        for tokens in sequences(program, count, seed=1):
            loaded.run(tokens)
        sample = sequences(program, count, seed=2)
        return statistics.median(_round(loaded.run, sample) for _ in range(rounds))


def _round(run, sample: list[list[str]]) -> float:  # noqa: ANN001 - a bound method
    start = time.process_time()
    for tokens in sample:
        run(tokens)
    return (time.process_time() - start) * 1000 / len(sample)


def sequences(program: Program, count: int, seed: int) -> list[list[str]]:
    """Samples of the language, in random order."""
    samples = program.language.sample(program.max_length, count, seed)
    words = [[program.vocabulary[index] for index in ids] for ids in samples]
    random.Random(seed).shuffle(words)
    return words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("programs", nargs="+", type=Path)
    parser.add_argument("--sequences", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(
        f"{'program':28} {'ms/sequence':>11} {'sequences/s':>12} {'upstream ms':>12} {'ratio':>7}"
    )
    for path in options.programs:
        program = parse_program(read_text(path), str(path))
        taken = milliseconds(program, options.sequences, options.rounds)
        line = f"{path.stem:28} {taken:11.4f} {1000 / taken:12,.0f}"
        if path.stem in UPSTREAM:
            ratio = UPSTREAM[path.stem] / taken
            line += f" {UPSTREAM[path.stem]:12.1f} {ratio:7.0f}"
            line += "" if ratio >= LEAST else f"  below {LEAST}"
        print(line)


if __name__ == "__main__":
    main()
