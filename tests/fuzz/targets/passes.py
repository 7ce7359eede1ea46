"""Programs that were mutated and are still programs, optimised: the same labels where promised."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.fuzz import programs
from tests.fuzz.target import Fault
from tests.fuzz.targets import emitted
from tests.fuzz.targets.program_text import check_text, read
from tpc.ir.program import Program
from tpc.passes.pipelines import optimise
from tpc.semantics.interpreter import evaluate


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._programs = emitted.Fuzzer(folder)

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        return self._programs.seeds(stream)

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        return self._programs.mutate(case, stream)

    def simpler(self, case: bytes) -> Iterator[bytes]:
        return self._programs.simpler(case)

    def check(self, case: bytes) -> str:
        program = read(case)
        stream = random.Random(zlib.crc32(case))
        level = stream.choice((1, 2, 2, 3))
        small = optimise(program, level).program
        check_text(small)
        for ids in programs.strings(program, stream, 6):
            _compare(program, small, ids)
        return f"-O{level} {len(program.nodes)} {len(small.nodes)}"


def _compare(program: Program, small: Program, ids: tuple[int, ...]) -> None:
    """Labels at the scored positions, or at all if the contract covers every string."""
    before = evaluate(program, ids).columns[program.result]
    after = evaluate(small, ids).columns[small.result]
    scored = program.language.scored(ids, program.max_length)
    if small.contract.scope == "every_string":
        kept = [True] * len(ids)
    elif scored is None:
        return
    elif program.label_type.pooled:
        kept = [True]
    else:
        kept = list(scored)
    for one, other, promised in zip(before, after, kept, strict=False):
        if promised and one != other:
            raise Fault("an optimised program answers otherwise", f"{ids}: {after} for {before}")
