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

from tests.backends.conftest import NAMES, corpus_program, inputs
from tests.strategies import programs, sequences
from tpc.ir.program import Program
from tpc.report.data import program_json
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Interpreter

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")


def page_runs(program: Program, sequences: list[list[str]]) -> list[dict[str, Any]]:
    """What the modules of the page compute, in Node."""
    given = json.dumps({"program": program_json(program), "inputs": sequences})
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
