"""Large inputs: the fast way says what the slow way says, in order, up to the first mistake."""

from __future__ import annotations

import io
import json
import random
import tracemalloc

import pytest

from tests.backends.conftest import NAMES, corpus_program, inputs
from tpc.diagnostics import TpcError
from tpc.ir.printer import digest
from tpc.ir.program import Contract, Program
from tpc.runtime import streaming
from tpc.runtime.answering import StreamOptions
from tpc.runtime.streaming import stream_answers
from tpc.semantics.encoding import encode, require_promised
from tpc.semantics.interpreter import Interpreter
from tpc.semantics.strings import PromiseCheck

FAST = pytest.mark.parametrize("target", ["numpy", "c"])


def lines_of(sequences: list[list[str]]) -> bytes:
    return "".join(json.dumps(tokens) + "\n" for tokens in sequences).encode()


def answers(program: Program, sequences: list[list[str]], raw: bool = False) -> str:
    found = Interpreter(program).run_many(sequences, raw=raw)
    return "".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in found)


def streamed(
    program: Program, target: str, data: bytes, *, jobs: int = 1, raw: bool = False
) -> tuple[str, TpcError | None]:
    """Everything that came out, and what stopped it."""
    parts: list[str] = []
    try:
        options = StreamOptions(program, target, "input.jsonl", raw=raw)
        for answered in stream_answers(options, io.BytesIO(data), jobs):
            parts.append(answered.text)  # noqa: PERF401 - kept up to the failure
    except TpcError as error:
        return "".join(parts), error
    return "".join(parts), None


@FAST
@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_every_program_answers_as_the_interpreter(target: str, name: str, raw: bool) -> None:
    program = corpus_program(name).replace(contract=Contract())
    sequences = inputs(program)
    text, error = streamed(program, target, lines_of(sequences), raw=raw)
    assert error is None
    assert text == answers(program, sequences, raw)


@pytest.mark.parametrize("target", ["numpy", "c", "python", "interpreter"])
def test_several_processes_keep_the_order(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "BATCH", 1_024)
    program = corpus_program("kitchen_sink")
    stream = random.Random(0)
    sequences = stream.choices(inputs(program), k=1_000)
    text, error = streamed(program, target, lines_of(sequences), jobs=2)
    assert error is None
    assert text == answers(program, sequences)


MISTAKES = [
    ('["a", "nobody"]', "does not know the token 'nobody'"),
    ('["a"', "not JSON"),
    ("{}", "not a list of tokens"),
    ('["a", 1]', "not a list of tokens"),
    ('["a", true]', "not a list of tokens"),
    ('["a", ["b"]]', "not a list of tokens"),
    ('[["a"]]', "not a list of tokens"),
    ('["a"], ["b"]', "not JSON"),
    ('["a"]["b"]', "not JSON"),
    ('["a"', "not JSON"),
    ('"b"]', "not JSON"),
    ('["a",', "not JSON"),
    ('["a' + "\\u000a" + '"', "not JSON"),
    ('["a", "a", "a", "a", "a", "a"]', "takes at most 5"),
    ('["<pad>"]', "stands for the absence"),
    ("\udcff", "not UTF-8"),
]


@FAST
@pytest.mark.parametrize(("line", "message"), MISTAKES)
def test_a_mistake_is_named_after_what_comes_before_it(
    target: str, line: str, message: str
) -> None:
    program = corpus_program("kitchen_sink")
    good = inputs(program)[:70]
    data = lines_of(good) + b"  \n" + line.encode("utf-8", "surrogateescape") + b'\n["a"]\n'
    text, error = streamed(program, target, data)
    assert text == answers(program, good)
    assert error is not None
    assert message in str(error)
    assert error.location is not None
    assert (error.location.file, error.location.line) == ("input.jsonl", len(good) + 2)


@FAST
def test_lines_cannot_hide_in_each_other(target: str) -> None:
    """Joined by commas these would be lists; each line alone is none."""
    program = corpus_program("kitchen_sink")
    for data in (
        b'["a"\n"b"]\n',
        b'["a"],["b"]\n["a"\n',
        b'[["a"]\n["b"]]\n',
        b'["a\n"]\n',
        b'["a"],["b"\n"a"]\n',
    ):
        text, error = streamed(program, target, data)
        assert text == ""
        assert error is not None
        assert error.location is not None
        assert error.location.line == 1


@pytest.mark.parametrize("target", ["interpreter", "numpy", "c"])
def test_a_lone_carriage_return_ends_a_line(target: str) -> None:
    """It is a space to JSON, and the end of a line to every reader of lines."""
    program = corpus_program("smallest")
    text, error = streamed(program, target, b'["a"]\r["a"]\r\n["a"]\n["a"]\n[\r"a"]\n')
    assert text == answers(program, [["a"]] * 4)
    assert error is not None
    assert str(error.location) == "input.jsonl:5:2"


@FAST
def test_blank_lines_and_a_missing_last_line_end(target: str) -> None:
    program = corpus_program("kitchen_sink")
    text, error = streamed(program, target, b'\n["a"]\n\n \t\r\n["b"]\r\n[]\n["c"]')
    assert error is None
    assert text == answers(program, [["a"], ["b"], [], ["c"]])
    assert streamed(program, target, b"") == ("", None)


@FAST
def test_a_mistake_in_a_worker_comes_back_with_its_place(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "BATCH", 128)
    program = corpus_program("kitchen_sink")
    good = [["a"]] * 100
    text, error = streamed(program, target, lines_of(good) + b"[1]\n" + lines_of(good), jobs=2)
    assert text == answers(program, good)
    assert error is not None
    assert error.location is not None
    assert error.location.line == 101


@FAST
def test_a_program_proved_on_its_language_refuses_the_rest(target: str) -> None:
    program = corpus_program("kitchen_sink")
    program = program.replace(contract=Contract("language", digest(program)))
    inside = [
        [program.vocabulary[index] for index in ids]
        for ids in program.language.sample(program.max_length, 50, seed=0)
    ]
    data = lines_of([*inside, ["a", "a"]])
    text, error = streamed(program, target, data)
    assert text == answers(program, inside)
    assert error is not None
    assert "not in it" in str(error)
    options = StreamOptions(program, target, "input.jsonl", unchecked=True)
    text = "".join(found.text for found in stream_answers(options, io.BytesIO(data)))
    assert text.count("\n") == len(inside) + 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("limit", [0, 10_000])
def test_promises_on_arrays_are_those_on_sequences(
    name: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    monkeypatch.setattr("tpc.semantics.strings._MAX_SHAPES", limit)
    program = corpus_program(name)
    program = program.replace(contract=Contract("language", digest(program)))
    check = PromiseCheck(program)
    for tokens in inputs(program):
        ids = encode(program, tokens)
        try:
            require_promised(program, ids)
            expected = True
        except TpcError:
            expected = False
        padded = np.array([ids + [0] * (program.max_length - len(ids))])
        assert check.covers(padded, np.array([len(ids)])) == expected


class _Endless(io.RawIOBase):
    """Lines without end, made as they are read."""

    def __init__(self, line: bytes, count: int) -> None:
        self._line, self._left = line, count

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = min(self._left, len(buffer) // len(self._line))
        self._left -= count
        buffer[: count * len(self._line)] = count * self._line
        return count * len(self._line)


@FAST
def test_memory_does_not_grow_with_the_input(target: str) -> None:
    program = corpus_program("kitchen_sink")

    def peak(count: int) -> int:
        stream = io.BufferedReader(_Endless(b'["a", "b", "c"]\n', count))
        tracemalloc.start()
        for _ in stream_answers(StreamOptions(program, target, "endless"), stream):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(20_000)  # What is loaded on first use is not counted.
    assert peak(300_000) < 1.3 * peak(100_000)


def test_too_few_jobs_are_refused() -> None:
    with pytest.raises(TpcError, match="0 jobs"):
        list(stream_answers(StreamOptions(corpus_program("smallest"), "c", "x"), io.BytesIO(), 0))


def test_a_missing_target_is_named_before_anything_is_read() -> None:
    options = StreamOptions(corpus_program("smallest"), "nonsense", "x")
    for jobs in (1, 2):
        with pytest.raises(TpcError, match="no target 'nonsense'"):
            list(stream_answers(options, io.BytesIO(b'["a"]\n'), jobs))
