"""`tpc run` on large inputs: in constant memory, JSON lines in batches and on several cores."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from queue import SimpleQueue
from typing import IO

import numpy as np

from tpc.diagnostics import TpcError
from tpc.runtime.answering import Answered, Answering, StreamOptions
from tpc.runtime.backend import LoadedProgram, run_with
from tpc.runtime.compiled import CompiledProgram

#: Bytes of a batch. The first batches are smaller, so that a person at a terminal sees answers.
BATCH = 1 << 19


def stream_answers(options: StreamOptions, stream: IO[bytes], jobs: int = 1) -> Iterator[Answered]:
    """The output for a stream of sequences, piece by piece, in the order of the input.

    Args:
        options: What to run, and how.
        stream: Sequences.
        jobs: Processes or, of compiled code, threads that share the work; more than one take JSON
            lines and their labels only.

    Raises:
        TpcError: A sequence has no answer, and the stream is to stop there; all before it has been
            yielded. Or the target cannot express, load or run the program.
    """
    if jobs < 1:
        raise TpcError(f"{jobs} jobs are too few", hint="use --jobs 1 or more")
    answers = _in_this_process(options, stream) if jobs == 1 else _shared(options, stream, jobs)
    with closing(answers):
        for answered in answers:
            yield answered
            if answered.error is not None:
                raise answered.error


def _batches(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Batches of whole lines, each with the number of lines before it."""
    before, size = 0, 1
    while text := stream.read(size):
        text += stream.readline()
        yield before, text
        before += _line_count(text)
        size = min(2 * size, BATCH)


def _line_count(text: bytes) -> int:
    if b"\r" in text:
        return len(text.splitlines())
    # `bytes.count` takes four times as long where there are many.
    return int(np.count_nonzero(np.frombuffer(text, dtype=np.uint8) == ord("\n")))


def answers_of(
    options: StreamOptions, loaded: LoadedProgram, stream: IO[bytes]
) -> Generator[Answered]:
    """As `stream_answers`, of a program that is loaded; a mistake that ends the stream is last."""
    answering = Answering(options, loaded)
    if options.kind == "jsonl" and options.explain is None and not options.skip_long:
        for before, text in _batches(stream):
            yield answering.answer(before, text)
    else:
        yield from answering.one_by_one(stream)


def _in_this_process(options: StreamOptions, stream: IO[bytes]) -> Generator[Answered]:
    with run_with(options.program, options.target) as loaded:
        yield from answers_of(options, loaded, stream)


def _in_order(
    pool: Executor, answer: Callable[[int, bytes], Answered], stream: IO[bytes], jobs: int
) -> Generator[Answered]:
    """Batches in flight are bounded: the reader waits for the writer."""
    waiting: deque[Future[Answered]] = deque()
    with pool:
        try:
            for before, text in _batches(stream):
                waiting.append(pool.submit(answer, before, text))
                if len(waiting) > 2 * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _shared(options: StreamOptions, stream: IO[bytes], jobs: int) -> Generator[Answered]:
    """Threads share what is compiled: it runs without Python. Else processes do."""
    with run_with(options.program, options.target) as loaded:  # What is wrong is said here, once.
        if isinstance(loaded, CompiledProgram):
            free = SimpleQueue[Answering]()
            for _ in range(jobs):
                free.put(Answering(options, loaded.beside()))

            def answer(before: int, text: bytes) -> Answered:
                answering = free.get()
                try:
                    return answering.answer(before, text)
                finally:
                    free.put(answering)

            yield from _in_order(ThreadPoolExecutor(jobs), answer, stream, jobs)
            return
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _start_worker, (options,))
    yield from _in_order(pool, _work, stream, jobs)


class _Worker:
    """What a worker process keeps between batches."""

    answering: Answering | None = None


def _start_worker(options: StreamOptions) -> None:
    """Load the program for as long as the process lives."""
    from multiprocessing.util import Finalize

    context = run_with(options.program, options.target)
    _Worker.answering = Answering(options, context.__enter__())
    Finalize(context, context.__exit__, (None, None, None), exitpriority=1)


def _work(before: int, text: bytes) -> Answered:
    assert _Worker.answering is not None, "workers are started first"
    return _Worker.answering.answer(before, text)
