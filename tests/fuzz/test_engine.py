"""The fuzzing engine finds what is planted, within its limits, and the same again."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.fuzz import bundle, engine, mutate
from tests.fuzz.engine import Found, attempt, run_batch
from tests.fuzz.pool import run_targets
from tests.fuzz.target import TARGETS, Fault, Target
from tests.fuzz.worker import Window
from tpc.diagnostics import TpcError

PLANTED = Target("planted", "for these tests", seconds=0.3, batch=300)


class Planted:
    """What it does depends on what an input contains."""

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        return [b"some harmless words\nand a line that is long\n"]

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        return mutate.raw(stream, case)

    def simpler(self, case: bytes) -> Iterator[bytes]:
        return mutate.shorter(case)

    def check(self, case: bytes) -> str:
        if b"fault" in case:
            raise Fault("planted")
        if b"error" in case:
            raise TpcError(f"refused: '{len(case)}'")
        if b"bug" in case:
            return str({}["missing"])
        if b"loop" in case:
            while True:
                pass
        if b"swallows" in case:
            while True:
                try:
                    sum(range(1000))
                except Exception:
                    return "never"
        if b"large" in case:
            return str(len(bytearray(3 << 30)))
        return "fine"


@pytest.mark.parametrize(
    ("case", "signature"),
    [
        (b"a fault here", "planted"),
        (b"a bug", "KeyError in check"),
        (b"a loop", "over 0.3 seconds in check"),
        (b"swallows", "over 0.3 seconds in check"),
        (b"large", "MemoryError in check"),
    ],
)
def test_faults_are_found(case: bytes, signature: str) -> None:
    _, fault = attempt(PLANTED, Planted(), case)
    assert fault is not None
    assert (fault.signature, fault.case) == (signature, case)


def test_refusals_are_no_faults() -> None:
    assert attempt(PLANTED, Planted(), b"an error") == ("refused: refused: ?", None)
    assert attempt(PLANTED, Planted(), b"") == ("fine", None)


def test_faults_are_shrunk() -> None:
    case = b"one line\nand another fault of some\n" * 20
    fault = Found("planted", "planted", "", case)
    assert engine.shrink(PLANTED, Planted(), fault, lambda _: None).case == b"fault"


def test_a_batch_is_the_same_again() -> None:
    tried: list[list[bytes]] = [[], [], []]
    for cases, number in zip(tried, (3, 3, 4), strict=True):
        result = run_batch(PLANTED, Planted(), 1, number, cases.append)
        assert result.inputs == PLANTED.batch
    assert tried[0] == tried[1]
    assert tried[0] != tried[2]


@pytest.mark.parametrize("name", [n for n, target in TARGETS.items() if not target.missing()])
def test_targets_make_the_same_inputs_again(name: str, tmp_path: Path) -> None:
    """Whatever the hash seed, the folder and the clock."""
    found = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        fuzzer, stream = TARGETS[name].load(folder), random.Random(5)
        cases = list(fuzzer.seeds(stream))
        cases += [fuzzer.mutate(stream.choice(cases), stream) for _ in range(20)]
        found.append(cases)
    assert found[0] == found[1]
    assert len(set(found[0])) > len(found[0]) // 2


def test_the_input_of_a_dead_worker_is_known(tmp_path: Path) -> None:
    shown = Window(tmp_path / "window", create=True)
    Window(tmp_path / "window").show(b"the last")
    assert shown.state() == (1, b"the last")


def test_processes_run_the_targets() -> None:
    results = run_targets([TARGETS["vectors"]], seed=1, jobs=2, seconds=0.1)
    tally = results.tallies["vectors"]
    assert tally.batches == 2
    assert tally.inputs == 2 * TARGETS["vectors"].batch
    assert results.faults == {}


def test_bundles_keep_any_bytes() -> None:
    data = os.urandom(64) + "é\u2028".encode()
    assert bundle.to_bytes(bundle.unpack(bundle.pack(bundle.of_bytes(data)))) == data
