"""Every installed backend, over the corpus and over random programs: it equals the interpreter.

A new backend needs no test of its own to be covered here.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.backends.conftest import Load, acceptable_words, inputs
from tests.strategies import programs, sequences
from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.ir.words import UNK
from tpc.runtime.backend import Backend, LoadedProgram, backend_names, emit_to, find_backend
from tpc.semantics import interpreter


@pytest.fixture(params=backend_names())
def backend(request: pytest.FixtureRequest) -> Backend:
    if request.param == "javascript" and shutil.which("node") is None:
        pytest.skip("there is no Node here")
    return find_backend(request.param)


def assert_equal(program: Program, loaded: LoadedProgram, tokens: list[str]) -> None:
    """Labels, echoed and raw, and every variable that the emitted program keeps."""
    for raw in (False, True):
        expected = interpreter.run(program, tokens, raw=raw)
        assert loaded.run(tokens, raw=raw) == expected, (tokens, raw)
    variables, expected = loaded.trace(tokens), interpreter.trace(program, tokens)
    assert variables.keys() <= expected.keys()
    for name, values in variables.items():
        assert list(values) == expected[name], (tokens, name)


def test_a_program_runs_as_the_interpreter_does(
    backend: Backend, program: Program, load: Load
) -> None:
    loaded = load(backend, program)
    for tokens in inputs(program):
        assert_equal(program, loaded, tokens)


def test_many_sequences_are_answered_in_order(
    backend: Backend, program: Program, load: Load
) -> None:
    loaded, sequences = load(backend, program), inputs(program, seed=1)
    for raw in (False, True):
        answers = list(loaded.run_many(sequences, raw=raw))
        assert answers == list(interpreter.Interpreter(program).run_many(sequences, raw=raw))


def test_the_label_is_traced(backend: Backend, program: Program, load: Load) -> None:
    assert "label" in load(backend, program).trace(acceptable_words(program)[:1])


def test_the_same_program_gives_the_same_files(backend: Backend, program: Program) -> None:
    files = backend.emit(program, "stem")
    assert backend.emit(program, "stem") == files
    names = [file.name for file in files]
    assert names[0] == f"stem{backend.suffix}"
    assert len(set(names)) == len(names)
    assert all(name.startswith("stem") and "/" not in name for name in names)


def _bad_inputs(program: Program) -> list[list[str]]:
    word = acceptable_words(program)[0]
    bad = [
        [word] * (program.max_length + 1),
        ["<pad>"],
        [word] * (program.max_length - 1) + ["<pad>"],
    ]
    if UNK not in program.vocabulary:
        bad.append(["no such token"])
    if program.label_type.pooled:
        bad.append([])
    return bad


def test_bad_input_is_refused(backend: Backend, program: Program, load: Load) -> None:
    loaded = load(backend, program)
    for tokens in _bad_inputs(program):
        with pytest.raises(TpcError):
            loaded.run(tokens)
        with pytest.raises(TpcError):
            loaded.run(tokens, raw=True)
        with pytest.raises(TpcError):
            loaded.trace(tokens)
        with pytest.raises(TpcError):
            list(loaded.run_many([acceptable_words(program)[:1], tokens]))


def test_the_callers_list_is_left_alone(backend: Backend, program: Program, load: Load) -> None:
    loaded = load(backend, program)
    for tokens in inputs(program)[-10:]:
        before = list(tokens)
        loaded.run(tokens)
        loaded.trace(tokens)
        assert tokens == before


@given(data=st.data())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_random_programs_run_as_the_interpreter_does(backend: Backend, data: st.DataObject) -> None:
    """Compiled quickly, where there is something to compile: the corpus is compiled as users do."""
    program = data.draw(programs())
    quick = patch("tpc.runtime.compiled.FAST", ("-std=c99", "-O1"))
    with quick, tempfile.TemporaryDirectory() as folder:
        loaded = backend.load(program, emit_to(backend, program, Path(folder), "emitted"))
        for _ in range(4):
            assert_equal(program, loaded, data.draw(sequences(program)))
