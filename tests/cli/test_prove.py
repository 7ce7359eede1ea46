"""`tpc prove` says what is proved, refuted and unknown, and exits accordingly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Tpc
from tests.docs.blocks import ROOT

SORT = ROOT / "programs" / "sort" / "sort.tpir"
GOOD = "property sorted: forall i < length - 1: out[i] <= out[i + 1]\n"
BAD = "property strictly: forall i < length - 1: out[i] < out[i + 1]\n"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.prop"
    path.write_text(GOOD)
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.prop"
    path.write_text(BAD)
    return path


def test_what_is_proved(tpc: Tpc, good: Path) -> None:
    found = tpc("prove", SORT, "--property", good, "--require-proof")
    assert (found.status, found.err) == (0, "")
    assert found.out == ("sorted: proved: all 19,530 inputs tried\n1 property of sort: 1 proved\n")


def test_what_is_refuted(tpc: Tpc, good: Path, bad: Path) -> None:
    found = tpc("prove", SORT, "--property", good, "--property", bad)
    assert found.status == 1
    assert found.out.splitlines()[1:] == [
        "strictly: refuted: it fails on 19,205 of all 19,530 inputs, the smallest:",
        '  input:   ["<s>", "0", "0", "</s>"]',
        '  labels:  ["<pad>", "0", "0", "<pad>"]',
        f"  where i = 0, line 1 fails: {BAD.strip()}",
        "2 properties of sort: 1 proved, 1 refuted",
    ]


def test_what_is_unknown_is_no_error_unless_a_proof_is_required(tpc: Tpc, good: Path) -> None:
    command = (
        "prove",
        SORT,
        "--property",
        good,
        "--limit",
        "10",
        "--samples",
        "5",
        "--effort",
        "0",
    )
    found = tpc(*command)
    assert found.status == 0
    assert "sorted: unknown: " in found.out
    assert "1 property of sort: 1 unknown" in found.out
    assert tpc(*command, "--require-proof").status == 3


def test_one_of_several_and_json(tpc: Tpc) -> None:
    found = tpc("prove", SORT, "--property", "-", "--name", "strictly", "--json", stdin=GOOD + BAD)
    assert found.status == 1
    (decision,) = found.json()["properties"]  # type: ignore[index]
    assert (decision["name"], decision["verdict"], decision["failing"]) == (
        "strictly", "refuted", 19205,
    )  # fmt: skip
    assert decision["counterexample"]["tokens"] == ["<s>", "0", "0", "</s>"]
    assert decision["counterexample"]["labels"] == [None, "0", "0", None]
    proved = tpc("prove", SORT, "--property", "-", "--json", stdin=GOOD).json()
    assert proved["properties"][0]["by"] == "all 19,530 inputs tried"  # type: ignore[index]


def test_errors_name_the_place(tpc: Tpc) -> None:
    found = tpc("prove", SORT, "--property", "-", stdin="property a: out = in[0]")
    assert found.status == 2
    assert "<stdin>:1:13: error: %sort has one label for each position" in found.err
    assert "write out[i]" in found.err
    both = tpc("prove", "-", "--property", "-")
    assert "cannot both come from standard input" in both.err


def test_languages_too_large_to_exhaust_are_left_to_the_solver(tpc: Tpc, good: Path) -> None:
    found = tpc("prove", SORT, "--property", good, "--limit", "10", "--require-proof")
    assert found.status == 0
    assert "sorted: proved: all 19,530 inputs, by OR-Tools 9." in found.out
