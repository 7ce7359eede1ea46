"""`tpc verify P.tpir --against Q.tpir`: the verdict in words and as JSON, and the exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Tpc
from tests.docs.blocks import ROOT
from tests.proof.mutants import mutants
from tpc.frontends.program_file import read_program_file
from tpc.ir.printer import print_program
from tpc.proof.cubes import Effort
from tpc.proof.equality import compare_on_language
from tpc.proof.portfolio import Budget

REVERSE = ROOT / "programs" / "reverse" / "reverse.tpir"
HIST = ROOT / "programs" / "hist" / "hist.tpir"


@pytest.fixture
def renamed(tmp_path: Path) -> Path:
    path = tmp_path / "renamed.tpir"
    path.write_text(print_program(read_program_file(REVERSE).replace(name="other")))
    return path


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "wrong.tpir"
    mutated(path, equal=False)
    return path


def test_what_is_proved(tpc: Tpc, renamed: Path) -> None:
    found = tpc("verify", REVERSE, "--against", renamed, "--require-proof")
    assert (found.status, found.err) == (0, "")
    assert found.out == (
        f"proved: {REVERSE} and {renamed} answer alike on all 19,530 inputs of the language of "
        f"{REVERSE}, by both programs compute the same\n"
    )


def test_what_is_refuted(tpc: Tpc, wrong: Path) -> None:
    found = tpc("verify", REVERSE, "--against", wrong)
    assert found.status == 1
    differ, first, second, last = found.out.splitlines()
    assert differ.startswith('they differ on ["<s>", ')
    assert first.startswith(f"  {REVERSE} answers [")
    assert second.startswith(f"  {wrong} answers [")
    assert last == f"refuted: {REVERSE} and {wrong} answer differently"
    report = tpc("verify", REVERSE, "--against", wrong, "--json")
    assert report.status == 1
    assert report.json()["verdict"] == "refuted"
    assert report.json()["language"] == 19530


def test_what_is_unknown_fails_only_where_a_proof_was_asked_for(
    tpc: Tpc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = Budget(strings=0, effort=Effort(total=0.0), computed=0, processes=1)
    monkeypatch.setattr("tpc.proof.portfolio.Budget", lambda **_: small)
    other = tmp_path / "other.tpir"
    mutated(other, equal=True)
    found = tpc("verify", REVERSE, "--against", other)
    assert found.status == 0
    assert found.out.startswith(f"unknown: whether {REVERSE} and {other} answer alike on all ")
    assert tpc("verify", REVERSE, "--against", other, "--require-proof").status == 3


def mutated(path: Path, *, equal: bool) -> None:
    """Write a program that is not the same, but may be equal."""
    program = read_program_file(REVERSE)
    found = mutants(program, 20, seed=1)
    mutant = next(m for m in found if compare_on_language(program, m).equal == equal)
    path.write_text(print_program(mutant))


def test_programs_of_different_vocabularies_are_refused(tpc: Tpc) -> None:
    found = tpc("verify", REVERSE, "--against", HIST)
    assert found.status == 2
    assert "the programs have different " in found.err
    assert tpc("verify", REVERSE, "--against", REVERSE, "-t", "python").status == 2


def test_a_run_has_to_be_proved_too_where_that_is_asked_for(
    tpc: Tpc, sort_program: Path, sort_run: Path
) -> None:
    options = ("--against", sort_run, "--samples", "5", "--require-proof")
    assert tpc("verify", sort_program, *options).status == 0
