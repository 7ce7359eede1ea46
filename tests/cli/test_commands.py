"""The commands on good input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc
from tests.conftest import MakeRun
from tpc.frontends.run import export_run
from tpc.ir.parser import parse_program
from tpc.semantics import interpreter

LINES = '["<s>", "2", "0", "1", "</s>"]\n\n["1", "1"]\n[]\n'


def test_import_writes_the_program_that_the_library_exports(
    tpc: Tpc, sort_run: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.tpir"
    outcome = tpc("import", sort_run, "-o", output)
    assert (outcome.status, outcome.out) == (0, "")
    assert parse_program(output.read_text()) == export_run(sort_run)
    assert tpc("import", sort_run).out == output.read_text()


def test_import_takes_a_vocabulary(tpc: Tpc, sort_run: Path, tmp_path: Path) -> None:
    renamed = {
        "vocabulary": ["<pad>", "zero", "one", "two", "</s>", "<s>"],
        "classes": ["<pad>", "0", "1", "2"],
    }
    vocabulary = tmp_path / "vocabulary.json"
    vocabulary.write_text(json.dumps(renamed))
    outcome = tpc("import", sort_run, "--vocabulary", vocabulary)
    # The language of the task is written with tokens that this vocabulary does not have.
    assert outcome.status == 2
    renamed["vocabulary"] = ["<pad>", "1", "0", "2", "</s>", "<s>"]
    vocabulary.write_text(json.dumps(renamed))
    program = parse_program(tpc("import", sort_run, "--vocabulary", vocabulary).out)
    assert list(program.vocabulary) == renamed["vocabulary"]


@pytest.mark.parametrize("extra", [[], ["--skip-long"]])
def test_run_writes_a_file_whole_or_not_at_all(
    tpc: Tpc, sort_program: Path, tmp_path: Path, extra: list[str]
) -> None:
    output = tmp_path / "labels.jsonl"
    assert tpc("run", sort_program, "-o", output, *extra, stdin=LINES).out == ""
    written = output.read_text()
    assert written == tpc("run", sort_program, *extra, stdin=LINES).out
    assert len(written.splitlines()) == 3
    outcome = tpc("run", sort_program, "-o", output, *extra, stdin=LINES + '["1"]\n["?"]\n')
    assert outcome.status == 2
    assert output.read_text() == written
    assert [path.name for path in tmp_path.iterdir() if "labels" in path.name] == ["labels.jsonl"]


@pytest.mark.parametrize("target", ["interpreter", "python"])
@pytest.mark.parametrize("raw", [False, True])
def test_run_maps_lines_to_lines(tpc: Tpc, sort_program: Path, target: str, raw: bool) -> None:
    program = parse_program(sort_program.read_text())
    options = ["--target", target, *(["--raw"] if raw else [])]
    outcome = tpc("run", sort_program, "-", *options, stdin=LINES)
    expected = [
        interpreter.run(program, json.loads(line), raw=raw) for line in LINES.splitlines() if line
    ]
    assert outcome.status == 0
    assert [json.loads(line) for line in outcome.out.splitlines()] == expected
    assert expected[0][0] == "<s>" or raw


def test_run_reads_files_and_programs_from_pipes(
    tpc: Tpc, sort_program: Path, tmp_path: Path
) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text(LINES)
    from_file = tpc("run", sort_program, lines)
    assert from_file.out == tpc("run", sort_program, stdin=LINES).out
    assert from_file.out == tpc("run", "-", lines, stdin=sort_program.read_text()).out


def test_pooled_programs_answer_one_string(tpc: Tpc, make_run: MakeRun, tmp_path: Path) -> None:
    path = tmp_path / "pooled.tpir"
    tpc("import", make_run(pool_outputs=1), "-o", path)
    outcome = tpc("run", path, stdin='["<s>", "2", "</s>"]\n')
    assert json.loads(outcome.out) in ("0", "1", "2")


def test_compile_writes_a_module_that_runs(tpc: Tpc, sort_program: Path, tmp_path: Path) -> None:
    output = tmp_path / "emitted.py"
    assert tpc("compile", sort_program, "--target", "python", "-o", output).status == 0
    code = "import emitted; print(emitted.run(['<s>', '2', '0', '</s>']))"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    expected = tpc("run", sort_program, stdin='["<s>", "2", "0", "</s>"]\n')
    assert found.stdout.strip() == repr(json.loads(expected.out))


def test_compile_writes_one_file_to_standard_output(tpc: Tpc, tmp_path: Path) -> None:
    output = tmp_path / "causal.py"
    program = Path(__file__).parents[1] / "corpus" / "causal.tpir"
    assert tpc("compile", program, "-o", output).status == 0
    assert tpc("compile", program, "-t", "python").out == output.read_text()


def test_compile_keeps_two_files_from_standard_output(tpc: Tpc, sort_program: Path) -> None:
    outcome = tpc("compile", sort_program, "-t", "python", "-O1")
    assert (outcome.status, outcome.out) == (2, "")
    assert "-o" in outcome.err


def test_verify_reports_equality(tpc: Tpc, sort_program: Path, sort_run: Path) -> None:
    outcome = tpc("verify", sort_program, "--against", sort_run, "--samples", "50")
    assert outcome.status == 0
    assert "all 120 inputs of the input language" in outcome.out
    assert "proved: " in outcome.out
    report = tpc("verify", sort_program, "--against", sort_run, "-t", "python", "--json")
    assert report.status == 0
    found = report.json()
    assert found["equal"]
    assert found["proved"]
    assert found["verdict"] == found["parts"]["verdict"] == "proved"
    assert found["by"].endswith(" and all 120 inputs of its language")
    assert {group["kind"] for group in found["parts"]["groups"]} >= {"input", "table entry"}
    assert found["targets"][0]["sets"][0]["traced"] == 120


def test_verify_says_beforehand_that_there_are_many_inputs(
    tpc: Tpc, sort_program: Path, sort_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tpc.cli.verify._MANY", 100)
    said = "comparing on all 120 inputs, which takes minutes; --limit 0 samples them\n"
    assert tpc("verify", sort_program, "--against", sort_run).err == said
    assert tpc("verify", sort_program, "--against", sort_run, "--limit", "0").err == ""


def test_verify_shows_a_counterexample(tpc: Tpc, sort_program: Path, sort_run: Path) -> None:
    text = sort_program.read_text()
    changed = text[: text.rindex("\nseal ")].replace("select.closest", "select.first")
    sort_program.write_text(changed)
    outcome = tpc("verify", sort_program, "--against", sort_run, "--samples", "50")
    assert outcome.status == 1
    assert "refuted: " in outcome.out
    assert " order of positions, seen from " in outcome.out
    assert "first at %attn_" in outcome.out


def test_eval_scores_generated_splits_and_own_rows(
    tpc: Tpc, sort_program: Path, tmp_path: Path
) -> None:
    scores = tpc("eval", sort_program, "--json").json()
    assert list(scores) == ["train", "val", "test"]
    assert all(0 <= found["token_accuracy"] <= 1 for found in scores.values())
    rows = tmp_path / "rows.jsonl"
    answer = json.loads(tpc("run", sort_program, "--raw", stdin='["2", "0"]\n').out)
    wrong = ["0" if answer[0] != "0" else "1", answer[1]]
    rows.write_text("".join(json.dumps([["2", "0"], tags]) + "\n" for tags in (answer, wrong)))
    found = tpc("eval", sort_program, "--data", rows, "--json").json()[str(rows)]
    assert (found["token_accuracy"], found["sequence_accuracy"]) == (0.75, 0.5)


def test_inspect_says_what_is_in_a_program(tpc: Tpc, sort_program: Path) -> None:
    facts = tpc("inspect", sort_program, "--json").json()
    program = parse_program(sort_program.read_text())
    assert facts["nodes"]["select"] == facts["nodes"]["aggregate"] == 8
    assert facts["vocabulary"] == list(program.vocabulary)
    assert facts["classes"] == list(program.classes)
    assert facts["max_length"] == 6
    assert facts["features"] == sum(len(f.rows) for f in program.by_name["label"].features)
    shown = tpc("inspect", sort_program)
    assert shown.status == 0
    assert "table entries" in shown.out
    named = [one["name"] for one in facts["variables"]]
    assert named == [node.name for node in program.nodes if not node.name.endswith("_pattern")]


def test_help_lists_the_commands_without_torch() -> None:
    script = (
        "import sys; from tpc.cli.main import main\n"
        "try: main()\n"
        "finally: sys.exit(any(m in sys.modules for m in ('torch', 'lark', 'black', 'datasets')))"
    )
    for arguments in (["--help"], ["compile", "--help"], ["train", "--help"]):
        found = subprocess.run(
            [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
        )
        assert found.returncode == 0, (arguments, found.stderr)


def test_compile_does_not_import_torch(sort_program: Path) -> None:
    script = (
        "import sys; from tpc.cli.main import main\n"
        "try: main()\n"
        "finally: sys.exit('torch' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", script, "compile", str(sort_program)],
        capture_output=True,
        check=False,
    )
    assert found.returncode == 0


def test_version(tpc: Tpc) -> None:
    assert tpc("--version").out.startswith("tpc ")


def test_a_byte_order_mark_before_any_input_is_nothing(
    tpc: Tpc, sort_program: Path, sort_run: Path, tmp_path: Path
) -> None:
    """Some editors write one before every text."""
    text, lines = sort_program.read_text("utf-8"), '["<s>", "2", "0", "1", "</s>"]\n'
    marked, rasp = tmp_path / "marked.tpir", tmp_path / "marked.rasp"
    marked.write_text(text, "utf-8-sig")
    rasp.write_text("x = indices;\n", "utf-8-sig")
    answers = tpc("run", sort_program, stdin=lines)
    assert answers.status == 0
    assert tpc("run", marked, stdin=b"\xef\xbb\xbf" + lines.encode()) == answers
    assert tpc("compile", "-", stdin=text.encode("utf-8-sig")) == tpc("compile", "-", stdin=text)
    assert tpc("rasp", rasp, "--sop", "x", stdin='"ab"\n').out == "[0, 1]\n"
    for name in ("args.json", "config.json"):
        if (options := sort_run / name).exists():
            options.write_text(options.read_text("utf-8"), "utf-8-sig")
    assert tpc("import", sort_run).status == 0
