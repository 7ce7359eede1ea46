"""The page's interpreter computes what the interpreter does: on the corpus, on random programs."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tpc
from tests.backends.conftest import NAMES, corpus_program, inputs
from tests.strategies import programs, sequences
from tpc.explain.explanation import explain
from tpc.ir.program import Program
from tpc.report.data import program_json
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Interpreter

PROGRAMS = Path(__file__).parents[2] / "programs"
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")


def page_runs(
    program: Program, sequences: list[list[str]], **asked: int | None
) -> list[dict[str, Any]]:
    """What the modules of the page compute, in Node."""
    given = json.dumps({"program": program_json(program), "inputs": sequences, **asked})
    script = Path(__file__).with_name("run.mjs")
    done = subprocess.run(["node", script], input=given, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def assert_equal(program: Program, sequences: list[list[str]]) -> None:
    """Columns, patterns, logits and labels are the interpreter's, to the last bit."""
    interpreter = Interpreter(program)
    for words, found in zip(sequences, page_runs(program, sequences), strict=True):
        ids = encode(program, words)
        expected = interpreter.evaluate(ids)
        assert found["ids"] == ids
        assert found["columns"] == expected.columns
        assert found["patterns"] == expected.patterns
        assert found["logits"] == expected.logits
        label = interpreter.run(words)
        assert found["labels"] == ([label] if isinstance(label, str) else label)
        marks = program.language.scored(tuple(ids), program.max_length)
        assert found["scored"] == (None if marks is None else list(marks))


@needs_node
@pytest.mark.parametrize("name", NAMES)
def test_the_corpus(name: str) -> None:
    program = corpus_program(name)
    assert_equal(program, [words for words in inputs(program) if words])


@needs_node
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_random_programs(data: st.DataObject) -> None:
    program = data.draw(programs())
    found = data.draw(st.lists(sequences(program), min_size=1, max_size=6))
    assert_equal(program, [words for words in found if words])


@needs_node
def test_what_a_program_does_not_take_is_said() -> None:
    program = corpus_program("ties")
    (unknown, long) = page_runs(program, [["no such word"], [program.vocabulary[-1]] * 99])
    assert unknown["error"] == "not in its vocabulary: no such word"
    assert long["error"] == f"99 tokens: it takes at most {program.max_length}"


def assert_explained(program: Program, words: list[str], position: int) -> None:
    """What flips a label and what forces it is what `tpc explain` says, where both can tell."""
    asked = None if program.label_type.pooled else position
    why = explain(Interpreter(program), words, asked)
    (found,) = page_runs(program, [words], position=position)
    changes, forced = found["changes"], found["forced"]
    if changes is None or why.flips.flips is None:
        return
    listed = [(change["position"], change["word"], change["label"]) for change in changes]
    assert sorted(listed) == sorted((f.position, f.token, f.label) for f in why.flips.flips)
    if forced["sets"] is not None and why.forcing.sets is not None:
        assert sorted(forced["sets"]) == [list(chosen) for chosen in why.forcing.sets]


@needs_node
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_labels_of_random_programs_are_explained(data: st.DataObject) -> None:
    program = data.draw(programs())
    words = data.draw(sequences(program))
    if words:
        length = 1 if program.label_type.pooled else len(words)
        assert_explained(program, words, data.draw(st.integers(0, length - 1)))


@needs_node
@pytest.mark.parametrize(
    ("name", "words", "position"),
    [
        ("sort", "<s> 3 1 4 0 </s>", 2),
        ("hist", "<s> 3 1 3 3 0 5 2", 3),
        ("dyck1", "<s> ( ( ) ) ( ) ) ( ( ( ) ) ( ) )", 7),
    ],
)
def test_labels_of_committed_programs_are_explained(name: str, words: str, position: int) -> None:
    program = tpc.load(PROGRAMS / name / f"{name}.tpir").ir
    (found,) = page_runs(program, [words.split()], position=position)
    assert found["forced"]["sets"], "the page can tell"
    assert_explained(program, words.split(), position)
