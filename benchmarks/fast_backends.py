"""How fast emitted NumPy and C are beside the network, and how their cost grows.

    python benchmarks/fast_backends.py zoo RUN_DIR ... [--sequences FILE.jsonl]
    python benchmarks/fast_backends.py growth
    python benchmarks/fast_backends.py ceilings

`zoo` exports each run, optimises it, and times network, Python, NumPy and C in one process on one
thread: medians of processor time, from token ids to class ids, and from JSON lines to JSON lines.
Sequences are those of `expected.jsonl.gz` beside the run if it is there, else of its language.
`growth` times made-up programs of growing batch, length and vocabulary. `ceilings` times the array
operations that emitted NumPy consists of, by themselves: no program of so many of them is faster.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tpc.frontends.run import export_run
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.passes.pipelines import optimise
from tpc.runtime.backend import run_with
from tpc.runtime.benchmarking import NETWORK, Timing, benchmark, language_sample, make_workload
from tpc.runtime.loaded import LoadedArrays

#: Wanted, as multiples of the network's throughput.
LEAST = {"numpy": 20, "c": 100}
#: Upstream's own network, batched on one thread, where it was measured: sequences a second.
UPSTREAM_NETWORK = {"sort": 20_331, "sort_categorical": 66_964, "hist": 174_276}
#: Upstream's emitted Python, where it was measured: sequences a second.
UPSTREAM_PYTHON = {"sort": 32, "hist": 118}


def zoo(options: argparse.Namespace) -> None:
    print(
        f"{'run':18} {'target':8} {'called with':16} {'sequences/s':>12} {'tokens/s':>13} ", end=""
    )
    print(f"{'network':>8} {'upstream network':>17} {'upstream Python':>16}")
    for folder in options.runs:
        vocabulary, sequences = beside(folder)
        program = optimise(export_run(folder, vocabulary), options.level).program
        workload = make_workload(
            program, sequences or language_sample(program, 20_000), options.sequences
        )
        timings = benchmark(
            program,
            workload,
            ("python", "numpy", "c"),
            folder,
            vocabulary=vocabulary,
            rounds=options.rounds,
        )
        for timing in timings:
            print(line(folder.name, timing, timings[0]), flush=True)


def beside(folder: Path) -> tuple[dict[str, Any] | None, list[list[str]]]:
    """Vocabulary and inputs of a run whose network's answers were recorded."""
    if not (folder / "expected.jsonl.gz").exists():
        return None, []
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    with gzip.open(folder / "expected.jsonl.gz", "rt", encoding="utf-8") as lines:
        sequences = [json.loads(line)["tokens"] for line in lines]
    return {key: expected[key] for key in ("vocabulary", "classes")}, sequences


def line(name: str, timing: Timing, network: Timing) -> str:
    rate = timing.sequences_per_second
    ratio = rate / network.sequences_per_second
    text = f"{name:18} {timing.name:8} {timing.what:16} {rate:12,.0f} "
    text += f"{timing.tokens_per_second:13,.0f} {ratio:8,.1f} "
    text += f"{times(rate, UPSTREAM_NETWORK.get(name)):>17} "
    text += f"{times(rate, UPSTREAM_PYTHON.get(name)):>16}"
    least = LEAST.get(timing.name, 0) if timing.what == "arrays of ids" else 0
    return text if timing.name == NETWORK or ratio >= least else f"{text}  below {least}"


def times(rate: float, reference: int | None) -> str:
    return "" if reference is None else f"{rate / reference:,.1f}"


def made_up(length: int, tokens: int) -> Program:
    """Two layers of heads that search, count and jump, and a classifier over all of them."""
    words = [f"t{index}" for index in range(tokens)]
    rows = [[(7 * k + 3 * c) % 11 - 5 for c in range(4)] for k in range(tokens)]
    listed = ", ".join(f'"{w}" => {row}' for w, row in zip(words, rows, strict=True))
    steps = ", ".join(f"{k} => {[(5 * k + c) % 7 for c in range(4)]}" for k in range(length))
    return parse_program(f"""tpir 1.0
domain @token = {json.dumps(words)}
domain @position = 0..{length - 1}
domain @label = ["a", "b", "c", "d"]
max_length {length}
language any{{{length}}}
contract every_string
program @made_up(%tokens: cat<@token>) -> label<@label> {{
  %positions = positions : cat<@position>
  %ones = ones : num<1..1>
  %before = select.closest(query=%positions, key=%positions) where key == query - 1
  %last = aggregate(%before, %tokens) : cat<@token>
  %same = select.closest(query=%tokens, key=%tokens) where key == query
  %where = aggregate(%same, %positions) : cat<@position>
  %jump = select.closest(query=%where, key=%positions) where key == query + 1
  %next = aggregate(%jump, %tokens) : cat<@token>
  %equal = select.all(query=%last, key=%tokens) where key == query
  %count = aggregate(%equal, %ones) : num<0..{length}>
  %label = classify {{
    %tokens: {{{listed}}},
    %next: {{{listed}}},
    %where: {{{steps}}},
    %count: [0.5, -0.25, 0, 0.125]
  }} : label<@label>
  return %label
}}
""")


def growth(options: argparse.Namespace) -> None:
    print("nanoseconds a token, from ids to ids; full-length sequences")
    print(f"{'':22} {'numpy':>9} {'c':>9}")
    for count in (1, 8, 64, 512, 4_096, 32_768, 262_144):
        report(f"batch {count}", made_up(8, 8), count, options.rounds)
    for length in (4, 8, 16, 32, 64, 128, 256, 512):
        report(f"length {length}", made_up(length, 8), 262_144 // length, options.rounds)
    for tokens in (4, 16, 64, 250, 1_000, 10_000):
        report(f"vocabulary {tokens}", made_up(8, tokens), 32_768, options.rounds)


def report(title: str, program: Program, count: int, rounds: int) -> None:
    ids = np.random.default_rng(0).integers(0, len(program.vocabulary), (count, program.max_length))
    ids = ids.astype(np.uint8 if len(program.vocabulary) < 255 else np.uint16)
    found = []
    for target in ("numpy", "c"):
        with run_with(program, target) as loaded:
            assert isinstance(loaded, LoadedArrays), "both have an entry point for arrays"
            found.append(nanoseconds(partial(loaded.run_array, ids), ids.size, rounds))
    print(f"{title:22} {found[0]:9.1f} {found[1]:9.1f}", flush=True)


def nanoseconds(call: Callable[[], object], tokens: int, rounds: int) -> float:
    call()
    times = max(1, 2_000_000 // tokens)
    measured = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(times):
            call()
        measured.append((time.process_time() - start) / times)
    return statistics.median(measured) / tokens * 1e9


def ceilings(options: argparse.Namespace) -> None:
    count = 49_152
    random = np.random.default_rng(0)
    table = random.integers(0, 100, (4_097, 8)).astype(np.int16)
    rows = random.integers(0, 4_096, count).astype(np.uint16)
    scores, added = np.zeros((2, count, 8), np.int16)
    small = random.integers(0, 8, count).astype(np.uint8)
    room = np.empty_like(small)
    bytes_table = np.arange(64, dtype=np.uint8)
    operations: dict[str, Callable[[], object]] = {
        "row of 16 bytes gathered": lambda: table.take(rows, axis=0, out=scores, mode="clip"),
        "row of 16 bytes added": lambda: np.add(scores, added, out=scores),
        "column of scores copied": scores[:, 3].copy,
        "byte looked up": lambda: bytes_table.take(small),
        "byte compared": lambda: np.equal(small, room),
        "byte added": lambda: np.add(small, small, out=room),
    }
    print("nanoseconds a token, in pieces of 49,152 tokens")
    for name, call in operations.items():
        print(f"{name:26} {nanoseconds(call, count, options.rounds):7.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("zoo")
    one.add_argument("runs", nargs="+", type=Path)
    one.add_argument("--sequences", type=int, default=200_000, help="of a round at most")
    one.add_argument("--level", type=int, default=1)
    one.add_argument("--rounds", type=int, default=5)
    one.set_defaults(run=zoo)
    other = commands.add_parser("growth")
    other.add_argument("--rounds", type=int, default=5)
    other.set_defaults(run=growth)
    limits = commands.add_parser("ceilings")
    limits.add_argument("--rounds", type=int, default=5)
    limits.set_defaults(run=ceilings)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
