"""`tpc report` at the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Tpc


def test_a_page_is_written(tpc: Tpc, sort_program: Path, tmp_path: Path) -> None:
    output = tmp_path / "report.html"
    outcome = tpc("report", sort_program, "-o", output)
    assert (outcome.status, outcome.out, outcome.err) == (0, "", f"wrote {output}\n")
    assert tpc("report", sort_program).out == output.read_text("utf-8")


def test_inputs_are_offered(tpc: Tpc, sort_program: Path, tmp_path: Path) -> None:
    inputs = tmp_path / "in.jsonl"
    inputs.write_text('["<s>", "0", "</s>"]\n\n["1"]\n')
    outcome = tpc("report", sort_program, "--inputs", inputs)
    assert '"inputs":[["\\u003cs>","0","\\u003c/s>"],["1"]]' in outcome.out


def test_a_bad_input_is_named(tpc: Tpc, sort_program: Path, tmp_path: Path) -> None:
    inputs = tmp_path / "in.jsonl"
    inputs.write_text('["1"]\n["x"]\n')
    outcome = tpc("report", sort_program, "--inputs", inputs, "-o", tmp_path / "r.html")
    assert outcome.status == 2
    assert f"{inputs}:2" in outcome.err
    assert not (tmp_path / "r.html").exists()


def test_no_input_is_replaced(tpc: Tpc, sort_program: Path) -> None:
    assert tpc("report", sort_program, "-o", sort_program).status == 2
