"""The example programs in `programs/` are what the tool makes of their `.tpir` files today."""

from __future__ import annotations

import importlib
import itertools
from pathlib import Path

import pytest

from tpc.evaluation.scores import recorded_arguments
from tpc.ir.parser import parse_program
from tpc.ir.printer import print_program
from tpc.passes.pipelines import optimise
from tpc.runtime.backend import find_backend
from tpc.semantics import interpreter

PROGRAMS = Path(__file__).parent.parent / "programs"
EXAMPLES = sorted(PROGRAMS.rglob("*.tpir"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_files_are_up_to_date(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    program = parse_program(text, str(path))
    assert print_program(program) == text
    optimised = optimise(program, 1).program
    for target in ("python", "rasp"):
        for file in find_backend(target).emit(optimised, path.stem):
            assert (path.parent / file.name).read_bytes() == file.content


def test_those_that_were_trained_know_their_rows() -> None:
    """`tpc eval` draws them again, for programs that were trained until they were proved too."""
    programs = [parse_program(path.read_text(encoding="utf-8")) for path in EXAMPLES]
    trained = {p.name: p for p in programs if "origin" in p.metadata}
    assert {"hist", "sort", "dyck1"} <= trained.keys()
    assert all(recorded_arguments(p)[0].name == name for name, p in trained.items())


def test_the_readmes_example() -> None:
    sort = importlib.import_module("programs.rasp.sort.sort")
    tokens = ["<s>", "3", "1", "4", "2", "4", "0", "</s>"]
    assert sort.run(tokens) == ["<s>", "0", "1", "2", "3", "4", "4", "</s>"]
    program = parse_program((PROGRAMS / "rasp/sort/sort.tpir").read_text(encoding="utf-8"))
    for ids in itertools.islice(program.language.strings(program.max_length), 0, None, 97):
        words = [program.vocabulary[index] for index in ids]
        assert sort.run(words, raw=True) == interpreter.run(program, words, raw=True)
