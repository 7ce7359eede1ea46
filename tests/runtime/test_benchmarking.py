"""`tpc bench`: what is timed, how it is shown. Thresholds are in benchmarks/."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.backends.conftest import CORPUS, corpus_program
from tests.conftest import MakeRun
from tpc.cli.bench import bench
from tpc.diagnostics import TpcError
from tpc.frontends.run import export_run
from tpc.runtime.backend import run_with
from tpc.runtime.benchmarking import (
    NETWORK,
    Timing,
    benchmark,
    language_sample,
    make_workload,
    ratio,
)


def invoke(*arguments: str) -> str:
    app = typer.Typer()
    app.command()(bench)
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_network_and_targets_are_timed_on_the_same_sequences(make_run: MakeRun) -> None:
    folder = make_run()
    program = export_run(folder)
    workload = make_workload(program, language_sample(program, 50), 300)
    targets = ["interpreter", "python", "numpy"]
    timings = benchmark(program, workload, targets, folder, rounds=1)
    assert [timing.name for timing in timings] == [NETWORK, *targets, "numpy"]
    assert timings[-1].what == "JSON lines"
    for timing in timings:
        assert timing.seconds > 0
        assert timing.tokens == int(workload.lengths[: timing.sequences].sum())
    assert ratio(timings[0], timings) == 1
    assert ratio(timings[1], timings[1:]) is None


def test_a_workload_repeats_what_it_is_given() -> None:
    program = corpus_program("kitchen_sink")
    workload = make_workload(program, [["a"], ["b", "c"]], 5)
    assert sorted(map(len, workload.words)) == [1, 1, 1, 2, 2]
    for words, ids, length in zip(workload.words, workload.ids, workload.lengths, strict=True):
        assert [program.vocabulary[i] for i in ids[:length]] == list(words)
    with pytest.raises(TpcError, match="no sequences"):
        make_workload(program, [], 5)
    with pytest.raises(TpcError, match="nobody"):
        make_workload(program, [["nobody"]], 5)


def test_rates() -> None:
    timing = Timing("c", "arrays of ids", 100, 0.5, 400)
    assert (timing.sequences_per_second, timing.tokens_per_second) == (200, 800)
    network = Timing(NETWORK, "batches of 256", 10, 1.0, 40)
    assert ratio(timing, [network, timing]) == 20


def test_the_command_prints_json_and_a_table(tmp_path: Path) -> None:
    path = str(CORPUS / "kitchen_sink.tpir")
    lines = tmp_path / "lines.jsonl"
    lines.write_text('["a", "b"]\n["<s>", "c"]\n')
    arguments = [path, "--sequences", "20", "--rounds", "1", "-t", "numpy", "-t", "interpreter"]
    found = json.loads(invoke(*arguments, "--input", str(lines), "--json"))
    assert [row["target"] for row in found] == ["numpy", "numpy", "interpreter"]
    assert all(row["ratio_to_network"] is None for row in found)
    assert all(row["tokens_per_second"] == 2 * row["sequences_per_second"] for row in found)
    table = invoke(*arguments)
    assert "sequences/s" in table
    assert "arrays of ids" in table


def test_a_missing_input_is_a_message() -> None:
    with pytest.raises(TpcError, match="cannot read"):
        invoke(str(CORPUS / "kitchen_sink.tpir"), "--input", "no/such/file")


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
def test_a_target_in_another_process_is_timed_by_the_time_that_passes() -> None:
    program = corpus_program("kitchen_sink")
    workload = make_workload(program, language_sample(program, 50), 200)
    [timing] = benchmark(program, workload, ["javascript"], rounds=1)
    started = time.perf_counter()
    with run_with(program, "javascript") as loaded:
        list(loaded.run_many(workload.words))
    # Its processor time here is next to nothing.
    assert 0.05 * timing.seconds < time.perf_counter() - started
    assert (timing.what, timing.sequences) == ("lists of words", 200)
