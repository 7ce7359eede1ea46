"""`tpc train --oracle`, `--oracle-command` and `--oracle-run`, to a run like any other."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc
from tpc.data.kept_rows import read_rows
from tpc.diagnostics import TpcError
from tpc.training.plan import read_plan

SMALL = (
    *("--n-layers", 1, "--n-heads-cat", 1, "--n-cat-mlps", 1, "--d-mlp", 8),
    *("--search", 4, "--n-epochs", 0, "--dataset-size", 12),
)
OPPOSITE = "def opposite(tokens): return ['b' if token == 'a' else 'a' for token in tokens]\n"


@pytest.fixture
def oracle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [*sys.path])
    path = tmp_path / "opposite.py"
    path.write_text(OPPOSITE, encoding="utf-8")
    return path


@pytest.fixture
def run(tmp_path: Path, oracle: Path, tpc: Tpc) -> Path:
    inputs = ("--alphabet", "a,b", "--lengths", "1-4")
    done = tpc("train", "--oracle", oracle, *inputs, "-o", tmp_path / "run", *SMALL)
    assert done.status == 0, done.err
    assert "proved: " in done.out
    return tmp_path / "run"


def test_a_command_is_imitated(tmp_path: Path, tpc: Tpc) -> None:
    code = "import sys, json\nfor line in sys.stdin: print(json.dumps(json.loads(line)[::-1]))"
    command = shlex.join([sys.executable, "-c", code])
    inputs = ("--alphabet", "a,b", "--lengths", "1-2", "--rounds", 1)
    done = tpc(
        "train", "--oracle-command", command, *inputs, "-o", tmp_path / "run", *SMALL, "--json"
    )
    assert done.status == 0, done.err
    report = done.json()
    assert isinstance(report, dict)
    assert (report["inputs"], report["method"]) == (6, "exhaustive")


def test_a_run_of_an_imitation_is_a_run(run: Path, tpc: Tpc) -> None:
    assert read_plan(run).dataset.splits == read_rows(run)
    assert "proved: " in tpc("verify", run / "program.tpir", "--against", run).out
    assert tpc("import", run, "-o", "-").out == (run / "program.tpir").read_text()
    scored = tpc("eval", run / "program.tpir", "--data", run / "rows-test.jsonl")
    assert "100.0000%" in scored.out
    (run / "rows-train.jsonl").write_text("[]\n")
    with pytest.raises(TpcError, match=r"rows-train.jsonl: line 1 is no row"):
        read_plan(run)


def test_an_ordinary_transformer_is_imitated(tmp_path: Path, tpc: Tpc) -> None:
    size = ("--dataset-size", 60, "--vocab-size", 5, "--max-length", 5)
    network = ("--model", "standard", "--d-model", 8, "--n-heads", 1, "--n-layers", 1)
    standard = tmp_path / "standard"
    assert tpc("train", "sort", "-o", standard, *network, *size, "--n-epochs", 2).status == 0
    options = ("--search", 1, "--n-epochs", 0, "--n-layers", 1, "--n-heads-cat", 1, "--d-mlp", 8)
    done = tpc("train", "--oracle-run", standard, "-o", tmp_path / "run", *options, "--rounds", 1)
    assert done.status == 0, done.err
    assert "round 1: learned from" in done.err
    assert "all 14 inputs" in done.out
    assert "the oracle is wrong on" in done.out
    program = tmp_path / "run" / "program.tpir"
    refused = tpc("train", "--oracle-run", tmp_path / "run", "-o", tmp_path / "other")
    assert refused.status == 2
    assert "needs no imitation" in refused.err
    assert program.is_file()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--alphabet", "a,b"], "--alphabet goes with an oracle"),
        (["--oracle", "x.py:f", "sort"], "an oracle takes the place of a task"),
        (["--oracle", "nowhere.py:f"], "cannot read nowhere.py"),
        (["--oracle", "json:dumps"], "the inputs of the oracle are not known"),
        (["--oracle", "json:dumps", "--kind", "tagging"], "--kind changes nothing"),
        (["--oracle", "json:dumps", "--seeds", "2"], "one seed at a time"),
        (["--oracle", "json:dumps", "--model", "standard"], "is imitated by a program"),
        (["--oracle", "json:dumps", "--rounds", "0"], "--rounds is 0; it must be positive"),
        (["--oracle", "json:dumps", "--oracle-run", "x"], "name one oracle"),
        (["--oracle-run", "nowhere"], "there is no run directory nowhere"),
    ],
)
def test_what_contradicts_an_oracle_is_refused(
    tpc: Tpc, tmp_path: Path, options: list[str], message: str
) -> None:
    refused = tpc("train", *options, "-o", tmp_path / "run")
    assert refused.status == 2
    assert message in refused.err
    assert not (tmp_path / "run").exists()


def test_inputs_from_a_file(tmp_path: Path, tpc: Tpc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    oracle, data = tmp_path / "f.py", tmp_path / "inputs.jsonl"
    oracle.write_text("def has_no(tokens): return [t == 'no' for t in tokens]\n")
    words = [["yes", "no"], ["no"], ["yes"], ["no", "no"], ["yes", "yes"], ["no", "yes", "no"]]
    data.write_text("".join(json.dumps(tokens) + "\n" for tokens in words))
    arguments = ("train", "--oracle", oracle, "--data", data, "-o", tmp_path / "run", *SMALL)
    done = tpc(*arguments)
    assert done.status == 0, done.err
    assert "all 14 inputs" in done.out
    assert "already holds a run" in tpc(*arguments).err


def test_an_imitation_begins_anew(run: Path, oracle: Path, tpc: Tpc) -> None:
    refused = tpc("train", "--resume", run)
    assert refused.status == 2
    assert "begins anew instead of going on" in refused.err
    before = (run / "program.tpir").read_bytes()
    (run / "round-2").mkdir()
    (run / "round-2" / "mine.txt").write_text("kept")
    inputs = ("--alphabet", "a,b", "--lengths", "1-4")
    arguments = ("train", "--oracle", oracle, *inputs, "-o", run, *SMALL)
    assert "already holds a run" in tpc(*arguments).err
    assert tpc(*arguments, "--overwrite").status == 0
    assert (run / "program.tpir").read_bytes() == before
    assert (run / "round-2" / "mine.txt").is_file()


def test_what_does_not_go_with_a_proof_is_refused(tpc: Tpc, tmp_path: Path) -> None:
    def refused(*arguments: object) -> str:
        outcome = tpc("train", *arguments)
        assert outcome.status == 2
        return outcome.err

    run = ("-o", tmp_path / "run", "--until-proved")
    assert "takes a task and a run directory" in refused(*run)
    assert "takes a task and a run directory" in refused("hist", *run, "--time", "5s")
    assert "--seeds does not go with --until-proved" in refused("hist", *run, "--seeds", "0-1")
    assert "nothing says the right labels" in refused("trec", *run)
    assert "--rounds is 0" in refused("hist", *run, "--rounds", "0")
    assert not (tmp_path / "run").exists()
