"""Corpora and proofs on a Ray cluster of two nodes: what comes out is what one process says."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.backends.conftest import corpus_program
from tests.proof.mutants import mutants
from tests.proof.test_parallel import example
from tests.sweep.conftest import workers
from tpc.diagnostics import TpcError
from tpc.ir.program import Contract
from tpc.proof.cubes import Effort
from tpc.proof.parallel import in_order, placed_by
from tpc.proof.portfolio import Budget, compare
from tpc.runtime.answering import StreamOptions
from tpc.sweep.corpora import FileWork, answer_file, answer_files, corpus_files
from tpc.sweep.ray_engine import RayEngine
from tpc.sweep.ray_order import ray_order

pytest.importorskip("ray", reason="Ray is not installed: make acceptance runs these")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow(seconds=60)]

PROGRAM = corpus_program("kitchen_sink").replace(contract=Contract())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty files of 500 sequences, every other one with columns."""
    stream, folder = random.Random(0), tmp_path / "in"
    folder.mkdir()
    for number in range(40):
        rows: list[Any] = [stream.choices("abc", k=stream.randint(1, 5)) for _ in range(500)]
        if number % 2:
            rows = [{"id": k, "tokens": tokens} for k, tokens in enumerate(rows)]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{number:02}.jsonl").write_text(text)
    return folder


def test_a_killed_worker_changes_no_byte_of_a_corpus(
    cluster: Any, folder: Path, tmp_path: Path
) -> None:
    options = StreamOptions(PROGRAM, "interpreter", "corpus")
    here, there = tmp_path / "here", tmp_path / "there"
    expected, work = (
        [FileWork(options, *pair, "tokens") for pair in corpus_files(folder, output)]
        for output in (here, there)
    )
    for one in expected:
        answer_file(one)
    node, killed = cluster.add_node(num_cpus=1), threading.Event()

    def kill() -> None:
        while not (found := workers(node, b"ray::answer_file")):
            time.sleep(0.02)
        os.kill(found[0], signal.SIGKILL)
        killed.set()

    threading.Thread(target=kill, daemon=True).start()
    engine: RayEngine[FileWork, int] = RayEngine(answer_file, None, cluster.address, {})
    done: list[str] = []
    try:
        answer_files(work, engine, lambda one, _: done.append(one.source.name))
    finally:
        engine.close()
    assert killed.is_set()
    assert sorted(done) == [one.source.name for one in work]
    files = {path.name: path.read_bytes() for path in here.iterdir()}
    assert {path.name: path.read_bytes() for path in there.iterdir()} == files


def test_verdicts_are_those_of_one_process(cluster: Any) -> None:
    cluster.add_node(num_cpus=1)
    program = example("reverse")
    for effort, computed in ((Effort(total=1.0), 0), (Effort(total=0.0), 10**7)):
        budget = Budget(strings=0, effort=effort, computed=computed, processes=1)
        for other in mutants(program, 3, seed=1):
            with ray_order(cluster.address) as order, placed_by(order):
                found = compare(program, other, budget)
            assert found == compare(program, other, budget)


def failing(item: int) -> int:
    if item == 3:
        raise TpcError("no such thing", hint="leave it out")
    return item


def test_queries_come_in_order_up_to_one_that_fails(cluster: Any) -> None:
    with ray_order(cluster.address) as order, placed_by(order):
        assert list(in_order(failing, [0, 1, 2], 1)) == [0, 1, 2]
        with pytest.raises(TpcError, match="no such thing") as error:
            list(in_order(failing, range(100), 1))
    assert error.value.hint == "leave it out"
