"""Each command of `tpc`, run from the installed wheel where nothing of the checkout is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.environments import Environment, Outcome

Tpc = Callable[..., Outcome]

NETWORK = (
    *("--recipe", "paper", "--n-epochs", "2", "--n-layers", "1", "--n-heads-cat", "0"),
    *("--n-heads-num", "2", "--n-cat-mlps", "0", "--vocab-size", "5", "--max-length", "5"),
    *("--dataset-size", "200"),
)


@pytest.fixture(scope="module")
def work(folder: Path) -> Path:
    work = folder / "work"
    work.mkdir()
    return work


@pytest.fixture(scope="module")
def tpc(installed: Environment, work: Path) -> Tpc:
    def run(*arguments: object, status: int = 0, stdin: str = "") -> Outcome:
        return installed.tpc(*arguments, folder=work, status=status, stdin=stdin)

    return run


@pytest.fixture(scope="module")
def run_dir(tpc: Tpc, work: Path) -> Path:
    tpc("train", "hist", "-o", "hist", *NETWORK)
    return work / "hist"


@pytest.fixture(scope="module")
def program(run_dir: Path) -> Path:
    return run_dir / "program.tpir"


def commands(installed: Environment, folder: Path) -> set[str]:
    """The commands that `tpc --help` lists."""
    code = (
        "import typer; from tpc.cli.main import app\n"
        "print(*[n for n, c in typer.main.get_command(app).commands.items() if not c.hidden])"
    )
    return set(installed.run("python", "-c", code, folder=folder).out.split())


def test_every_command_is_tested_here(installed: Environment, tpc: Tpc, folder: Path) -> None:
    found = commands(installed, folder)
    named = tpc("--help").out
    assert found
    assert all(f" {name} " in named for name in found)
    assert {name for name in found if f"test_{name}".replace("-", "_") not in globals()} == set()


def test_each_command_has_help(installed: Environment, tpc: Tpc, folder: Path) -> None:
    for name in commands(installed, folder):
        assert f"tpc {name}" in tpc(name, "--help").out


def test_train(run_dir: Path) -> None:
    assert {"program.tpir", "model.safetensors"} <= {path.name for path in run_dir.iterdir()}


def test_import(tpc: Tpc, run_dir: Path, program: Path) -> None:
    assert tpc("import", run_dir).out == program.read_text("utf-8")


def test_opt(tpc: Tpc, program: Path) -> None:
    assert "seal " in tpc("opt", program, "-O3", "--verify-each").out
    assert "prune" in tpc("opt", "--list").out


@pytest.mark.parametrize("target", ["c", "javascript", "numpy", "python", "rasp"])
def test_compile(tpc: Tpc, program: Path, work: Path, target: str) -> None:
    output = work / f"compiled_{target}"
    tpc("compile", program, "-t", target, "-o", output)
    assert output.stat().st_size > 100


def test_a_compiled_program_needs_no_tpc(tpc: Tpc, program: Path, work: Path) -> None:
    alone = work / "alone"
    alone.mkdir()
    tpc("compile", program, "-o", alone / "hist.py")
    assert not list(alone.glob("*_data.json"))
    code = "import hist; print(hist.run(['<s>', '1', '0']))"
    python = Environment(work / "bare").create()
    answer = json.loads(tpc("run", program, stdin='["<s>", "1", "0"]\n').out)
    assert python.run("python", "-c", code, folder=alone).out == f"{answer}\n"


@pytest.mark.parametrize("target", ["interpreter", "c", "javascript", "numpy", "python", "rasp"])
def test_run(tpc: Tpc, program: Path, target: str) -> None:
    lines = '["<s>", "0", "1", "0"]\n["<s>"]\n'
    if target == "javascript" and shutil.which("node") is None:
        assert "Node" in tpc("run", program, "-t", target, status=2, stdin=lines).err
        return
    found = tpc("run", program, "-t", target, stdin=lines).out
    assert found == tpc("run", program, stdin=lines).out
    assert len(found.splitlines()) == 2


def test_verify(tpc: Tpc, run_dir: Path, program: Path) -> None:
    found = tpc("verify", program, "--against", run_dir, "-t", "python").out
    assert "proved: " in found
    assert " inputs of its language\n" in found


def test_prove(tpc: Tpc, program: Path) -> None:
    text = 'property short: length < 5\nproperty ones: forall i: in[i] = "1"'
    found = tpc("prove", program, "--property", "-", stdin=text, status=1).out
    assert "short: proved: all " in found
    assert "ones: refuted: " in found


def test_diff(tpc: Tpc, program: Path, work: Path) -> None:
    assert "the same program" in tpc("diff", program, program).out
    tpc("opt", program, "-O3", "-o", work / "diffed.tpir")
    found = json.loads(tpc("diff", program, work / "diffed.tpir", "--json", status=1).out)
    assert found["answers"]["different"] == 0


def test_graph(tpc: Tpc, program: Path, work: Path) -> None:
    assert tpc("graph", program, "--live").out.startswith("flowchart LR")
    tpc("graph", program, "--format", "svg", "--input", "<s> 1 0", "-o", work / "hist.svg")
    assert (work / "hist.svg").read_text("utf-8").startswith("<svg ")


def test_coverage(tpc: Tpc, program: Path, work: Path) -> None:
    assert "reachable on all " in tpc("coverage", program).out
    tpc("coverage", program, "--inputs", 20, "-o", "covering.jsonl")
    found = json.loads(tpc("coverage", program, work / "covering.jsonl", "--json").out)
    assert all(node["exercised"] == node["reachable"] for node in found["nodes"])


def test_export_circuit(tpc: Tpc, program: Path, work: Path) -> None:
    tpc("export-circuit", program, "--inputs", "-", "-o", "circuit.json", stdin='["<s>", "1"]')
    found = json.loads((work / "circuit.json").read_text("utf-8"))
    assert found["inputs"][0]["attention"]


def test_slice(tpc: Tpc, program: Path, work: Path) -> None:
    assert "at position 2" in tpc("slice", program, "--position", 2, "-o", "sliced.tpir").err
    assert json.loads(tpc("inspect", work / "sliced.tpir", "--json").out)["max_length"] == 5


def test_eval(tpc: Tpc, program: Path) -> None:
    assert json.loads(tpc("eval", program, "--json").out).keys() == {"train", "val", "test"}


def test_inspect(tpc: Tpc, program: Path) -> None:
    assert json.loads(tpc("inspect", program, "--json").out)["max_length"] == 5


def test_report(tpc: Tpc, program: Path, work: Path) -> None:
    tpc("report", program, "-o", "report.html")
    assert "default-src 'none'" in (work / "report.html").read_text("utf-8")


def test_trace(tpc: Tpc, program: Path) -> None:
    assert json.loads(tpc("trace", program, "<s> 1 0", "--json").out)["words"] == ["<s>", "1", "0"]
    assert "answer" in tpc("trace", program, "<s> 1 0").out


def test_explain(tpc: Tpc, program: Path) -> None:
    options = ("<s> 1 0", "--position", 1)
    assert json.loads(tpc("explain", program, *options, "--json").out)["forcing"]["sets"]
    # A network this small may say the same of all inputs.
    said = tpc("explain", program, *options).out
    assert "What forces it" in said or "Nothing is needed to force it" in said


def test_plot(tpc: Tpc, run_dir: Path, work: Path) -> None:
    tpc("plot", run_dir, "-o", "curves.png")
    assert (work / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_sweep(tpc: Tpc, work: Path) -> None:
    small = "dataset-size = 100\nvocab-size = 5\nmax-length = 4\nn-layers = 1\nsearch = 2\n"
    plan = f'task = "sort"\nseeds = "0-1"\n[options]\n{small}[grid]\nn-heads-cat = [1, 2]\n'
    (work / "sweep.toml").write_text(plan)
    for _ in range(2):
        said = tpc("sweep", "sweep.toml", "-o", "sweep", "-j", 2, "--html", "sweep.html").out
        assert "4 of 4 trials have ended" in said
    assert tpc("sweep", "report", "sweep").out == said
    assert json.loads(tpc("sweep", "status", "sweep", "--json").out)["finished"] == 4
    assert (work / "sweep/best/sort.tpir").exists()
    assert "<svg" in (work / "sweep.html").read_text()


def test_run_on_a_directory(tpc: Tpc, program: Path, work: Path) -> None:
    (work / "corpus").mkdir()
    (work / "corpus/a.jsonl").write_text('["<s>", "0", "1"]\n')
    (work / "corpus/b.jsonl").write_text('{"id": 1, "tokens": ["<s>", "0"]}\n')
    for said in ("2 files answered", "2 of 2 files have answers"):
        assert said in tpc("run", program, "corpus", "-o", "answers", "-j", 2).err
    row = json.loads((work / "answers/b.jsonl").read_text())
    assert (row["id"], len(row["labels"])) == (1, 2)


def test_reproduce(installed: Environment, tpc: Tpc, work: Path) -> None:
    """The whole table in small: killed after its first trial, and gone on with."""
    words = ("reproduce", "size8", "--quick", "-o", "size8", "-j", "2")
    process = subprocess.Popen([installed.folder / "bin/tpc", *words], cwd=work)
    while not list(work.glob("size8/trials/*/row.json")):
        time.sleep(0.1)
        assert process.poll() is None
    process.kill()
    process.wait()
    done = tpc(*words)
    assert " of 8 trials are finished" in done.err
    assert "0 of 8" not in done.err
    tasks = [line.split()[0] for line in done.out.splitlines()[1:]]
    assert tasks == (
        ["reverse", "hist", "double_hist", "sort", "most_freq", "dyck1", "dyck2", "induction"]
    )
    assert "failed" not in done.out
    assert tpc(*words).out == done.out
    tpc("reproduce", "size8", "--quick", "-o", "whole", "-j", "2")
    assert _rows(tpc, "size8") == _rows(tpc, "whole")


def _rows(tpc: Tpc, folder: str) -> list[dict[str, Any]]:
    """What a sweep found, without what differs from one computation to the next."""
    varying = ("seconds", "processor_seconds", "host")
    rows = json.loads(tpc("sweep", "status", folder, "--json").out)["trials"]
    return [{name: x for name, x in row.items() if name not in varying} for row in rows]


def test_bench(tpc: Tpc, run_dir: Path, program: Path) -> None:
    few = ("--rounds", 1, "--sequences", 100, "--json")
    found = json.loads(tpc("bench", program, "--against", run_dir, *few).out)
    assert {line["target"] for line in found} >= {"network", "interpreter", "python", "numpy", "c"}


def test_data(tpc: Tpc) -> None:
    rows = tpc("data", "sort", "--dataset-size", 50).out.splitlines()
    assert all(len(json.loads(row)) == 2 for row in rows)
    assert rows


def test_rasp(tpc: Tpc, program: Path, work: Path) -> None:
    tpc("compile", program, "-t", "rasp", "-o", "hist.rasp")
    assert tpc("rasp", "hist.rasp", "--lint").out == ""
    (work / "own.rasp").write_text('tokens("ab");\n')
    assert tpc("rasp", "own.rasp").out == 'tokens(["a", "b"]) = ["a", "b"]\n'


def test_doctor(tpc: Tpc) -> None:
    """All but Node is there, which not every machine has."""
    status = 0 if shutil.which("node") else 1
    found = json.loads(tpc("doctor", "--json", status=status).out)["findings"]
    missing = {finding["name"] for finding in found if finding["status"] == "missing"}
    assert missing == ({"Node"} if status else set())


def test_upgrade(tpc: Tpc, program: Path, work: Path) -> None:
    tpc("upgrade", program, "-o", "upgraded.tpir")
    assert (work / "upgraded.tpir").read_bytes() == program.read_bytes()


def test_python_is_that_of_the_tests(installed: Environment, work: Path) -> None:
    version = installed.run("python", "--version", folder=work).out
    assert version == f"Python {sys.version.split()[0]}\n"
