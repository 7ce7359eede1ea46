"""The base of loaded programs, by a target that is written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.backends.conftest import corpus_program
from tpc.diagnostics import TpcError
from tpc.ir.types import Value
from tpc.runtime.loaded import Loaded
from tpc.runtime.modules import load_module


class Spelled(Loaded):
    """Answers with the word itself, two sequences at a time."""

    AT_ONCE = 2

    def __init__(self) -> None:
        super().__init__(corpus_program("kitchen_sink"))
        self.calls: list[int] = []

    def answers(self, sequences: Sequence[Sequence[str]], raw: bool) -> Sequence[list[str] | str]:
        self.calls.append(len(sequences))
        for tokens in sequences:
            if "broken" in tokens:
                raise ValueError("unknown")
            if "lost" in tokens:
                raise FileNotFoundError(2, "No such file", "emitted_data.json")
        return [[*tokens, str(raw)] for tokens in sequences]

    def columns(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Value]]:
        if tokens[0] == tokens[1]:
            raise ValueError("the emitted code's own words")
        return {self.program.result: tuple(tokens)}


def test_sequences_come_in_batches_and_in_order() -> None:
    loaded = Spelled()
    answers = loaded.run_many([["a"], ["b"], ["c"], [], ["d"]], raw=True)
    assert next(answers) == ["a", "True"]
    assert loaded.calls == [2]
    assert list(answers) == [["b", "True"], ["c", "True"], ["True"], ["d", "True"]]
    assert loaded.calls == [2, 2, 1]


def test_a_refused_sequence_is_explained_with_a_hint() -> None:
    with pytest.raises(TpcError, match="does not know the token 'broken'") as caught:
        Spelled().run(["a", "broken"])
    assert caught.value.hint is not None
    with pytest.raises(TpcError, match="'broken'"):
        list(Spelled().run_many([["a"], ["broken"]]))


def test_what_only_the_emitted_code_refuses_is_said_in_its_words() -> None:
    with pytest.raises(TpcError, match="the emitted code's own words"):
        Spelled().trace(["a", "a"])


def test_a_missing_file_is_a_message() -> None:
    with pytest.raises(TpcError, match=r"cannot read emitted_data\.json"):
        Spelled().run(["lost"])


def test_a_trace_adds_positions_and_ones_and_leaves_out_what_is_gone() -> None:
    loaded = Spelled()
    trace = loaded.trace(["a", "b"])
    assert trace["label"] == ["a", "b"]
    assert trace["positions"] == [0, 1]
    assert trace["ones"] == [1, 1]
    assert len(trace) < len(loaded.program.nodes)


def test_the_trace_of_an_empty_sequence_is_empty() -> None:
    trace = Spelled().trace([])
    assert "label" in trace
    assert set(map(len, trace.values())) == {0}


@pytest.mark.parametrize("text", ["def run(:", "run = 1 +", "", "raise ImportError", "run = 1"])
def test_what_is_no_emitted_module_is_a_message(text: str, tmp_path: Path) -> None:
    main = tmp_path / "emitted.py"
    main.write_text(text)
    with pytest.raises(TpcError, match="not a module that the Python backend wrote"):
        load_module(corpus_program("smallest"), main, "Python", ("run", "run_batch"))


def test_a_module_is_read_anew_each_time(tmp_path: Path) -> None:
    main = tmp_path / "emitted.py"
    for value in (1, 2):
        main.write_text(f"run = {value}")
        assert load_module(corpus_program("smallest"), main, "Python", ("run",)).run == value
    assert list(tmp_path.iterdir()) == [main]
