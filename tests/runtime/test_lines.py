"""JSON lines through compiled code: what comes out is what Python's reader would have said."""

from __future__ import annotations

import io
import json
import random
from functools import partial

import pytest

from tests.backends.conftest import corpus_program, inputs
from tpc.diagnostics import TpcError
from tpc.ir.printer import digest
from tpc.ir.program import Contract, Program
from tpc.runtime import lines
from tpc.runtime.answering import Answering, StreamOptions
from tpc.runtime.backend import LoadedProgram, run_with
from tpc.runtime.compiled import CompiledProgram
from tpc.runtime.streaming import stream_answers
from tpc.semantics.encoding import token_id
from tpc.semantics.strings import PromiseCheck

#: What may stand between and around the strings of a list, and ends of lines.
SPACES = ("", "", "", " ", "  ", "\t")
ENDS = ("\n", "\n", "\n", "\r\n", "\n\n", " \t\n", "\r", "")


def spelled(word: str, stream: random.Random) -> str:
    """A word as JSON, some letters as escapes."""
    return "".join(
        f"\\u{ord(letter):04x}"
        if ord(letter) < 0x10000 and stream.random() < 0.2
        else json.dumps(letter, ensure_ascii=False)[1:-1]
        for letter in word
    )


def damaged(line: str, stream: random.Random) -> str:
    at = stream.randrange(len(line) + 1)
    junk = stream.choice(
        ["", '"', "[", "]", ",", "\\", "\0", "\x1f", "\x85", "1", "\\ud800", "é", "</s>"]
    )
    return line[:at] + junk + line[at + stream.randrange(3) :]


def written(program: Program, stream: random.Random, faults: float) -> bytes:
    parts = []
    for tokens in stream.choices(inputs(program), k=200):
        gaps = (stream.choice(SPACES) for _ in iter(int, 1))
        words = (f'{next(gaps)}"{spelled(word, stream)}"{next(gaps)}' for word in tokens)
        line = f"{next(gaps)}[{','.join(words)}]{next(gaps)}"
        parts.append(damaged(line, stream) if stream.random() < faults else line)
        parts.append(stream.choice(ENDS))
    return "".join(parts).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module", params=["kitchen_sink", "pooled_first", "hostile", "unknown_words"])
def loaded(request: pytest.FixtureRequest):
    program = corpus_program(request.param)
    program = program.replace(contract=Contract())
    with run_with(program, "c") as compiled, run_with(program, "numpy") as arrays:
        yield program, compiled, arrays


@pytest.mark.parametrize("faults", [0, 0.02, 0.5])
@pytest.mark.parametrize("on_error", ["stop", "null", "skip"])
def test_answers_and_errors_are_those_of_python(
    loaded: tuple[Program, LoadedProgram, LoadedProgram], faults: float, on_error: str
) -> None:
    program, compiled, arrays = loaded
    for seed in range(20):
        text = written(program, random.Random(seed), faults)
        options = StreamOptions(program, "c", "x", on_error=on_error)  # type: ignore[arg-type]
        found, expected = (Answering(options, one).answer(7, text) for one in (compiled, arrays))
        assert found.text == expected.text
        assert found.ran == expected.ran
        assert list(map(TpcError.render, found.failures)) == list(
            map(TpcError.render, expected.failures)
        )
        assert str(found.error) == str(expected.error)


def test_plain_lines_are_not_left_to_python(
    loaded: tuple[Program, LoadedProgram, LoadedProgram], monkeypatch: pytest.MonkeyPatch
) -> None:
    program, compiled, arrays = loaded
    options = StreamOptions(program, "c", "x")
    text = "".join(json.dumps(tokens) + "\n" for tokens in inputs(program) if tokens).encode()
    expected = Answering(options, arrays).answer(0, text)
    monkeypatch.setattr(Answering, "_answer_lines", None)
    assert Answering(options, compiled).answer(0, text) == expected


def test_more_spellings_than_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_SPELLINGS", 3)
    monkeypatch.setattr(lines, "ROWS", 5)
    program = corpus_program("kitchen_sink")
    text = written(program, random.Random(0), 0)
    with run_with(program, "c") as compiled, run_with(program, "numpy") as arrays:
        options = StreamOptions(program, "c", "x", on_error="null")
        found, expected = (Answering(options, one).answer(0, text) for one in (compiled, arrays))
    assert (found.text, found.ran) == (expected.text, expected.ran)


@pytest.mark.parametrize("limit", [0, 5_000])
def test_what_a_program_is_not_promised_on_is_left_to_python(
    limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tpc.semantics.strings._MAX_SHAPES", limit)
    program = corpus_program("kitchen_sink")
    program = program.replace(contract=Contract("language", digest(program)))
    promise, known = PromiseCheck(program), set()
    with run_with(program, "c") as loaded:
        assert isinstance(loaded, CompiledProgram)
        reader = lines.LineReader(loaded, partial(token_id, program))
        checker = lines.LineChecker(loaded, promise)
        for tokens in filter(None, inputs(program)):
            rows, _ = reader.read(json.dumps(tokens).encode() + b"\n", 0)
            covered = checker.covers(rows)
            assert covered == promise.covers(rows.ids, rows.lengths)
            known.add(covered)
    assert known == {False, True}


def test_a_line_longer_than_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tpc.runtime.streaming.BATCH", 8)
    program = corpus_program("kitchen_sink")
    text = b'["a"]\n' + b" " * 1_000 + b'["b"]\n' + b'["c"]'
    options = [StreamOptions(program, target, "x") for target in ("c", "interpreter")]
    found, expected = (
        "".join(answered.text for answered in stream_answers(option, io.BytesIO(text), jobs=2))
        for option in options
    )
    assert found == expected
