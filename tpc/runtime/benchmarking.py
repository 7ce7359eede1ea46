"""How fast a program runs by every means there is: `tpc bench`.

Times are processor time of this process on one thread, so that other work on the machine counts as
little as possible; medians of several rounds, each long enough for the clock. Of a target that runs
in another process it is the time that passes. Loading, compiling and a first round to warm up are
not counted.
"""

from __future__ import annotations

import json
import statistics
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.runtime.answering import Answering, StreamOptions
from tpc.runtime.backend import LoadedProgram, run_with
from tpc.runtime.loaded import Loaded, LoadedArrays
from tpc.semantics.encoding import encode
from tpc.semantics.strings import padded

NETWORK = "network"
#: Batch sizes that the network is tried with; the fastest counts.
BATCHES = (256, 1024, 4096)
#: A round lasts at least so many seconds, unless it has all the sequences already.
ROUND = 0.2


@dataclass(frozen=True)
class Workload:
    """The sequences that everything is timed on.

    Args:
        words: As the user has them.
        ids: Padded token ids `[sequences, positions]`.
        lengths: Of the sequences.
    """

    words: Sequence[Sequence[str]]
    ids: NDArray[Any]
    lengths: NDArray[Any]


@dataclass(frozen=True)
class Timing:
    """One way of running the program.

    Args:
        name: `network`, `interpreter` or a backend.
        what: What was called: arrays of ids, or lists of words one by one, or JSON lines.
        sequences: How many a round had.
        seconds: The median round.
        tokens: How many tokens a round had.
    """

    name: str
    what: str
    sequences: int
    seconds: float
    tokens: int

    @property
    def sequences_per_second(self) -> float:
        """Throughput in sequences."""
        return self.sequences / self.seconds

    @property
    def tokens_per_second(self) -> float:
        """Throughput in tokens."""
        return self.tokens / self.seconds


def make_workload(program: Program, sequences: Sequence[Sequence[str]], count: int) -> Workload:
    """`count` sequences: the given ones as often as needed, in a random but fixed order.

    Raises:
        TpcError: The program does not take one of them, or there is none.
    """
    if not sequences:
        raise TpcError("there are no sequences to time")
    encoded = [encode(program, tokens) for tokens in sequences]
    order = np.random.default_rng(0).permutation(np.arange(count) % len(encoded))
    size = len(program.vocabulary)
    kind = np.uint8 if size < 255 else np.uint16 if size < 65_535 else np.uint32
    ids, lengths = padded(encoded, kind)
    words = [sequences[index] for index in order]
    return Workload(words, ids[order], lengths[order].astype(np.uint32))


def language_sample(program: Program, count: int, seed: int = 0) -> list[list[str]]:
    """Random strings of the program's own language, as words."""
    samples = program.language.sample(program.max_length, count, seed)
    return [[program.vocabulary[index] for index in ids] for ids in samples]


def benchmark(
    program: Program,
    workload: Workload,
    targets: Sequence[str],
    run: Path | None = None,
    *,
    vocabulary: dict[str, object] | None = None,
    rounds: int = 5,
) -> list[Timing]:
    """Time every target on the same sequences, in this process, on one thread.

    Args:
        program: The program.
        workload: The sequences.
        targets: `interpreter` or backends.
        run: The run directory of the program's network, which is then timed first.
        vocabulary: Of the run, where it does not record it.
        rounds: The median of so many counts.

    Raises:
        TpcError: The run or a target cannot be loaded.
    """
    timings = []
    if run is not None:
        timings.append(_network(run, vocabulary, workload, rounds))
    with ExitStack() as stack:
        for target in targets:
            loaded = stack.enter_context(run_with(program, target))
            timings += _timed_target(program, target, loaded, workload, rounds)
    return timings


def _timed_target(
    program: Program, target: str, loaded: LoadedProgram, workload: Workload, rounds: int
) -> list[Timing]:
    if not isinstance(loaded, LoadedArrays):
        own_process = isinstance(loaded, Loaded) and not loaded.IN_PROCESS

        def one_by_one(count: int) -> None:
            words = workload.words[:count]
            deque(loaded.run_many(words) if own_process else map(loaded.run, words), maxlen=0)

        clock = time.perf_counter if own_process else time.process_time
        return [_timing(target, "lists of words", one_by_one, workload, rounds, clock)]

    def at_once(count: int) -> None:
        loaded.run_array(workload.ids[:count], workload.lengths[:count])

    lines = [json.dumps(words, ensure_ascii=False).encode() + b"\n" for words in workload.words]
    answering = Answering(StreamOptions(program, target, "the sequences", unchecked=True), loaded)

    def streamed(count: int) -> None:
        for start in range(0, count, 16_384):
            answering.answer(start, b"".join(lines[start : min(count, start + 16_384)]))

    return [
        _timing(target, "arrays of ids", at_once, workload, rounds),
        _timing(target, "JSON lines", streamed, workload, rounds),
    ]


def _network(
    run: Path, vocabulary: dict[str, object] | None, workload: Workload, rounds: int
) -> Timing:
    """The discretised network in its own precision, in batches, at its best batch size."""
    import torch

    from tpc.model.discrete import DiscreteNetwork, one_thread
    from tpc.model.run_dir import load_run

    loaded = load_run(run, vocabulary)
    network = DiscreteNetwork(loaded.config, loaded.weights, torch.float32)
    ids = torch.from_numpy(workload.ids.astype(np.int64))
    lengths = torch.from_numpy(workload.lengths.astype(np.int64))
    mask = torch.arange(ids.shape[1]).unsqueeze(0) < lengths.unsqueeze(1)

    def in_batches(size: int) -> Callable[[int], None]:
        def call(count: int) -> None:
            with torch.inference_mode():
                for start in range(0, count, size):
                    rows = slice(start, min(count, start + size))
                    longest = int(lengths[rows].max())
                    network.trace(ids[rows, :longest], mask[rows, :longest]).labels()

        return call

    with one_thread():
        timings = [
            _timing(NETWORK, f"batches of {size}", in_batches(size), workload, rounds)
            for size in BATCHES
        ]
    return max(timings, key=lambda timing: timing.sequences_per_second)


def _timing(
    name: str,
    what: str,
    call: Callable[[int], None],
    workload: Workload,
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> Timing:
    """Find how many sequences fill a round, then take the median of several rounds."""
    most = len(workload.words)
    count = min(most, 16)
    while count < most and _seconds(call, count, clock) < ROUND:
        count = min(most, 2 * count)
    seconds = statistics.median(_seconds(call, count, clock) for _ in range(rounds))
    tokens = int(workload.lengths[:count].sum())
    return Timing(name, what, count, max(seconds, 1e-9), tokens)


def _seconds(call: Callable[[int], None], count: int, clock: Callable[[], float]) -> float:
    start = clock()
    call(count)
    return clock() - start


def ratio(timing: Timing, timings: Sequence[Timing]) -> float | None:
    """How many times faster than the network, if that was timed."""
    network = next((found for found in timings if found.name == NETWORK), None)
    if network is None:
        return None
    return timing.sequences_per_second / network.sequences_per_second
