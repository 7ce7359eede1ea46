"""Programs of fewer words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc, tpc
from tests.cli.test_bad_input import assert_polite
from tests.refit.rows import PROGRAMS, rows_of, written
from tpc.diagnostics import TpcError
from tpc.frontends.program_file import read_program_file
from tpc.ir.parser import parse_program
from tpc.ir.printer import print_program
from tpc.ir.program import Program
from tpc.refit.vocabulary import with_words
from tpc.semantics.interpreter import run

__all__ = ["tpc"]


def unknowing() -> Program:
    """The window program, whose second word is unknown ones'."""
    text = print_program(PROGRAMS["words"]()).partition("seal ")[0]
    return parse_program(text.replace('"w0"', '"<unk>"'), "words")


def test_words_that_are_left_out_are_unknown_ones() -> None:
    program = unknowing()
    smaller = with_words(program, 3)
    assert smaller.vocabulary == ("<pad>", "<unk>", "w1", "w2", "w3")
    assert parse_program(print_program(smaller), "smaller") == smaller
    for words in (["w1", "w3", "w2"], ["w2", "<unk>", "w1", "w1"]):
        assert run(smaller, words) == run(program, words)
    known, unknown = ["w1", "<unk>", "w2"], ["w1", "w70", "w2"]
    assert run(smaller, unknown) == run(program, known)
    assert with_words(program, 10**6) == program


@pytest.mark.parametrize("name", ["words", "numbers"])
def test_programs_that_need_their_words_are_refused(name: str) -> None:
    with pytest.raises(TpcError, match="cannot do with fewer words"):
        with_words(PROGRAMS[name](), 3)


def test_a_curve_of_fewer_words(tpc: Tpc, tmp_path: Path) -> None:
    program = unknowing()
    path, best = tmp_path / "p.tpir", tmp_path / "best.tpir"
    path.write_text(print_program(program), encoding="utf-8")
    data = written(rows_of(program), tmp_path / "rows.jsonl")
    arguments = ["--budget-tokens", 5_000, "--data", data, "--words", 9, "-o", best]
    done = tpc("opt", path, *arguments, "--json")
    assert done.status == 0, done.err
    [point] = json.loads(done.out)["points"]
    assert 0 < point["val"] < 1
    assert len(read_program_file(best).vocabulary) == 11


def test_words_are_of_a_curve(tpc: Tpc, tmp_path: Path) -> None:
    path = tmp_path / "p.tpir"
    path.write_text(print_program(unknowing()), encoding="utf-8")
    done = tpc("opt", path, "--words", 9)
    assert_polite(done)
    assert "--words is for --pareto and --budget-tokens" in done.err
