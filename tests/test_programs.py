"""The example programs in `programs/` are what the tool makes of their `.tpir` files today."""

from __future__ import annotations

import importlib
import itertools
import json
from pathlib import Path

import pytest

from tpc.evaluation.scores import recorded_arguments
from tpc.ir.parser import parse_program
from tpc.ir.printer import print_program
from tpc.passes.pipelines import optimise
from tpc.runtime.backend import find_backend
from tpc.semantics import interpreter

PROGRAMS = Path(__file__).parent.parent / "programs"
TEXT = PROGRAMS / "text"
EXAMPLES = sorted(PROGRAMS.rglob("*.tpir"))


def _name(path: Path) -> str:
    return "-".join(path.parent.relative_to(PROGRAMS).parts)


@pytest.mark.parametrize(
    "path", EXAMPLES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}"
)
def test_files_are_up_to_date(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    program = parse_program(text, str(path))
    assert print_program(program) == text
    optimised = optimise(program, 1).program
    # Text has too many words for a session of RASP.
    targets = ("python",) if TEXT in path.parents else ("python", "rasp")
    for target in targets:
        for file in find_backend(target).emit(optimised, path.stem):
            assert (path.parent / file.name).read_bytes() == file.content


def test_those_that_were_trained_know_their_rows() -> None:
    """`tpc eval` draws them again, for programs that were trained until they were proved too."""
    programs = [parse_program(path.read_text(encoding="utf-8")) for path in EXAMPLES]
    trained = [p for p in programs if "refitted" not in p.metadata and "origin" in p.metadata]
    assert {"hist", "sort", "dyck1"} <= {p.name for p in trained}
    assert all(recorded_arguments(p)[0].name == p.name for p in trained)


@pytest.mark.parametrize(
    "path", EXAMPLES, ids=lambda path: f"{path.parent.parent.name}-{path.stem}"
)
def test_each_was_compared_with_its_network_or_says_why_not(path: Path) -> None:
    program = parse_program(path.read_text(encoding="utf-8"), str(path))
    if path.parts[-3] == "rasp":
        return  # The README of `programs/` says how it was compared.
    report = json.loads((path.parent / "report.json").read_text(encoding="utf-8"))
    assert report["equal"]
    if "refitted" in program.metadata:
        assert program.contract.scope == "data"
        assert set(report["targets"]) == {"c", "numpy", "python"}
    if "categorical" in path.parts:
        assert program.metadata["origin"]["heads"]["numerical"] == 0
        assert program.metadata["origin"]["mlps"]["numerical"] == 0


def test_the_readmes_example() -> None:
    sort = importlib.import_module("programs.rasp.sort.sort")
    tokens = ["<s>", "3", "1", "4", "2", "4", "0", "</s>"]
    assert sort.run(tokens) == ["<s>", "0", "1", "2", "3", "4", "4", "</s>"]
    program = parse_program((PROGRAMS / "rasp/sort/sort.tpir").read_text(encoding="utf-8"))
    for ids in itertools.islice(program.language.strings(program.max_length), 0, None, 97):
        words = [program.vocabulary[index] for index in ids]
        assert sort.run(words, raw=True) == interpreter.run(program, words, raw=True)
