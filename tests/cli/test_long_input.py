"""A token, name or option of a megabyte is refused in a few lines, whoever refuses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc
from tests.cli.test_bad_input import assert_polite
from tests.cli.test_eval_text import write_tagger
from tpc.runtime.backend import target_names

LONG = "x" * 1_000_000


def assert_short(tpc: Tpc, *arguments: object, stdin: str = "", fragment: str = "x...x") -> None:
    outcome = tpc(*arguments, stdin=stdin)
    assert_polite(outcome, fragment)
    assert len(outcome.err) < 3_000


@pytest.mark.parametrize("target", target_names())
def test_an_unknown_token(tpc: Tpc, sort_program: Path, target: str) -> None:
    line = json.dumps(["1", LONG * 10])
    assert_short(tpc, "run", sort_program, "-t", target, stdin=line, fragment="10,000,002")


def test_a_line_that_is_no_list(tpc: Tpc, sort_program: Path) -> None:
    assert_short(tpc, "run", sort_program, stdin=LONG, fragment="not JSON")
    assert_short(tpc, "run", sort_program, stdin=json.dumps(LONG), fragment="not a list")


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("@sort", f"@{LONG}", 1),
        lambda text: text.replace("tpir 1.0", f"tpir {LONG}"),
        lambda text: text.replace("tpir 1.0", LONG),
        lambda text: text.replace("%tokens", f"%{LONG}"),
        lambda text: text.replace("query=%", f"query=%{LONG}", 1),
        lambda text: text.replace("select.closest", f"select.{LONG}"),
        lambda text: text.replace('"1"', json.dumps(LONG), 1),
        lambda text: text.replace("max_length 6", f"max_length {LONG}"),
    ],
)
def test_a_program(tpc: Tpc, sort_program: Path, damage: Callable[[str], str]) -> None:
    before = sort_program.read_text()
    sort_program.write_text(damage(before))
    outcome = tpc("run", sort_program, stdin='["1"]')
    assert before != sort_program.read_text()
    assert_polite(outcome)
    assert len(outcome.err) < 3_000


@pytest.mark.parametrize("name", ["n_layers", "rel_pos_bias", "dataset", "use_experts"])
def test_an_option_of_a_run(tpc: Tpc, sort_run: Path, name: str) -> None:
    options = json.loads((sort_run / "args.json").read_text())
    (sort_run / "args.json").write_text(json.dumps({**options, name: LONG}))
    assert_short(tpc, "import", sort_run, fragment="vocabulary" if name == "dataset" else name)


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("labels.jsonl", json.dumps([["1"], [LONG]]), []),
        ("columns.csv", f"{LONG},label\na,b\n", []),
        ("columns.csv", f"{LONG},{LONG}\na,b\n", []),
        ("columns.csv", f"{LONG},label\na,b\n", ["--text-column", "words"]),
        ("columns.csv", f"text,label\nann,{LONG}\n", []),
        ("rows.conll", f"ann O\n{LONG} O O\n", []),
    ],
)
def test_rows(tpc: Tpc, tmp_path: Path, name: str, text: str, options: list[str]) -> None:
    (tmp_path / name).write_text(text)
    outcome = tpc("eval", write_tagger(tmp_path), "--data", tmp_path / name, *options)
    assert len(outcome.err) < 3_000


def test_a_rasp_program(tpc: Tpc, tmp_path: Path) -> None:
    file = tmp_path / "long.rasp"
    for text in (f"{LONG};", f'"{LONG}"("a");', f'd = {{"a": 1}}; d["{LONG}"];', f"#{LONG}\n^"):
        file.write_text(text)
        outcome = tpc("rasp", file)
        assert "Traceback" not in outcome.err
        assert len(outcome.err) < 3_000
    file.write_text("f = tokens;")
    assert_short(tpc, "rasp", file, "--sop", "y" * 100_000, stdin='"a"', fragment="y...y")
