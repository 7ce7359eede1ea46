"""`tpc opt --pareto` and `--budget-tokens`: programs whose votes are fitted again."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc, sort_program, sort_run, tpc
from tests.cli.test_bad_input import assert_polite
from tests.refit.rows import PROGRAMS, rows_of, written
from tpc.diagnostics import TpcError
from tpc.evaluation.sizes import emitted_size
from tpc.frontends.program_file import read_program_file
from tpc.ir.nodes import Classify
from tpc.ir.printer import print_program
from tpc.ir.program import Program
from tpc.refit.curve import curve, measured, within
from tpc.refit.picture import drawn

__all__ = ["sort_program", "sort_run", "tpc"]


def votes(program: Program) -> list[float]:
    node = program.by_name[program.result]
    assert isinstance(node, Classify)
    return [w for feature in node.features for row in feature.rows for w in row if w]


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_point_is_what_it_says(name: str) -> None:
    program = PROGRAMS[name]()
    rows = rows_of(program)
    train, val = rows[:150], rows[150:]
    points = curve(program, train, val, "rows")
    assert points == curve(program, train, val, "rows")
    assert points[-1].val > 0.8
    assert votes(points[-1].program)
    assert [p.tokens for p in points] == sorted({p.tokens for p in points})
    assert [p.val for p in points] == sorted({p.val for p in points})
    for point in points:
        assert point.tokens == emitted_size(point.program).tokens
        assert point.val == pytest.approx(measured(point.program, val), abs=1e-12)
        assert all(vote.is_integer() for vote in votes(point.program))


def test_a_program_that_was_fitted_again_claims_nothing_of_its_network() -> None:
    program = PROGRAMS["numbers"]()
    rows = rows_of(program)
    made = curve(program, rows[:150], rows[150:], "rows.jsonl")[-1].program
    assert (made.contract.scope, made.contract.proved_against) == ("data", "rows.jsonl")
    assert made.metadata["refitted"]["rows"] == 150
    assert made.metadata["refitted"]["data"] == "rows.jsonl"
    assert not {"accuracy", "optimised"} & made.metadata.keys()
    assert made.metadata["origin"]["task"] == "sort"
    from tpc.runtime.backend import find_backend

    text = find_backend("python").emit(made, "sort")[0].content.decode()
    said = " ".join(text.split())
    assert "its votes fitted again on rows.jsonl" in said
    assert "An approximation of the network, measured on rows.jsonl." in said


def test_the_best_within_a_budget() -> None:
    program = PROGRAMS["words"]()
    rows = rows_of(program)
    points = curve(program, rows[:150], rows[150:], "rows")
    for point in points:
        assert within(points, point.tokens) == point
    assert within(points, 10**6) == points[-1]
    with pytest.raises(TpcError, match="no program within 1 tokens"):
        within(points, 1)


def test_the_picture_is_of_the_points_alone() -> None:
    program = PROGRAMS["words"]()
    rows = rows_of(program)
    points = curve(program, rows[:150], rows[150:], "rows")
    picture = drawn(points, "a < b")
    assert picture == drawn(points, "a < b")
    tree = ET.fromstring(picture)
    shown = [point for point in points if point.val >= 0.9 * points[-1].val]
    assert len(tree.findall("{http://www.w3.org/2000/svg}circle")) == len(shown) > 0
    ET.fromstring(drawn(points[:1], "one"))


def test_a_folder_has_a_program_for_each_point(tpc: Tpc, tmp_path: Path) -> None:
    program = PROGRAMS["pooled"]()
    path, data = tmp_path / "p.tpir", written(rows_of(program), tmp_path / "rows.jsonl")
    path.write_text(print_program(program), encoding="utf-8")
    done = tpc("opt", path, "--pareto", "--data", data, "-o", tmp_path / "curve", "--json")
    assert done.status == 0, done.err
    points = json.loads(done.out)["points"]
    with (tmp_path / "curve" / "curve.csv").open() as table:
        rows = list(csv.DictReader(table))
    assert [int(row["tokens"]) for row in rows] == [point["tokens"] for point in points]
    for row in rows:
        made = read_program_file(tmp_path / "curve" / row["program"])
        assert emitted_size(made).tokens == int(row["tokens"])
    assert (tmp_path / "curve" / "curve.svg").read_text().startswith("<svg")

    budget = points[-1]["tokens"]
    best = tmp_path / "best.tpir"
    done = tpc("opt", path, "--budget-tokens", budget, "--data", data, "-o", best)
    assert done.status == 0, done.err
    assert "need not be the network's" in done.err
    assert best.read_bytes() == (tmp_path / "curve" / rows[-1]["program"]).read_bytes()


def test_verify_does_not_call_it_equal(
    tpc: Tpc, sort_program: Path, sort_run: Path, tmp_path: Path
) -> None:
    program = read_program_file(sort_program)
    words = [w for w in program.vocabulary if w.isdigit()]
    rows = []
    for number in range(60):
        drawn_words = [words[(number * k + k) % len(words)] for k in range(1, 4)]
        tags = ["<pad>", *sorted(drawn_words), "<pad>"]
        rows.append((("<s>", *drawn_words, "</s>"), tuple(tags)))
    data, best = written(rows, tmp_path / "rows.jsonl"), tmp_path / "best.tpir"
    done = tpc("opt", sort_program, "--budget-tokens", 5_000, "--data", data, "-o", best)
    assert done.status == 0, done.err
    done = tpc("verify", best, "--against", sort_run, "--json", "--samples", 50, "--limit", 1)
    found = done.json()
    assert isinstance(found, dict)
    assert done.status == 1
    assert (found["equal"], found["proved"]) == (False, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--pareto", "-o", "x"], "needs rows"),
        (["--budget-tokens", "9"], "needs rows"),
        (["--data", "x"], "--data is for --pareto"),
        (["--pareto", "--data", "x"], "name a folder with -o"),
        (["--pareto", "--budget-tokens", "9", "--data", "x", "-o", "y"], "give one of them"),
        (["--pareto", "-O", "3", "--data", "x", "-o", "y"], "-O exclude each other"),
        (["--budget-tokens", "9", "--explain", "--data", "x"], "--explain exclude each other"),
        (["--budget-tokens", "9", "--data", "nowhere.tsv"], "nowhere.tsv"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tpc: Tpc, tmp_path: Path, arguments: list[str], said: str
) -> None:
    path = tmp_path / "p.tpir"
    path.write_text(print_program(PROGRAMS["words"]()), encoding="utf-8")
    done = tpc("opt", path, *arguments)
    assert_polite(done)
    assert said in " ".join(done.err.split())
