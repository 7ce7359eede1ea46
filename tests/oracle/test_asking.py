"""Oracles that fail are refused, and the input is named."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tpc.diagnostics import TpcError
from tpc.oracle.asking import Asker
from tpc.oracle.commands import CommandOracle, check_command
from tpc.oracle.functions import FunctionOracle, load_function

INPUTS = [("a",), ("a", "b")]


def asker(function: Callable[..., Any], timeout: float = 5) -> Asker:
    return Asker(FunctionOracle("f", "the function f", function, timeout))


def test_answers_are_labels_and_are_remembered() -> None:
    asked = []

    def counts(tokens: list[str]) -> list[int | None]:
        asked.append(tuple(tokens))
        return [None, *[len(tokens)] * (len(tokens) - 1)]

    found = asker(counts)
    assert found.labels(INPUTS) == [("<pad>",), ("<pad>", "2")]
    assert found.labels(INPUTS[:1]) == [("<pad>",)]
    assert not found.pooled
    assert asked == INPUTS * 2


def test_one_label_for_all_tokens_and_inputs_that_are_not_asked() -> None:
    found = asker(lambda tokens: None if len(tokens) == 1 else "b" in tokens)
    assert found.labels(INPUTS) == [None, ("True",)]
    assert found.pooled


def test_only_scored_tokens_keep_their_labels() -> None:
    oracle = FunctionOracle("f", "f", lambda tokens: tokens, 5)
    found = Asker(oracle, lambda tokens: [token == "a" for token in tokens])
    assert found.labels(INPUTS) == [("a",), ("a", "<pad>")]


def _raising(tokens: list[str]) -> list[str]:
    raise ValueError("no " + tokens[-1])


def _slow(tokens: list[str]) -> list[str]:
    if len(tokens) > 1:
        try:
            time.sleep(60)
        except Exception:  # An oracle's own handlers do not keep it from being stopped.
            return []
    return tokens


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (_raising, r'_raising raises ValueError: no a for the input \["a"\]'),
        (_slow, r'the function f takes more than 0.1 s for the input \["a", "b"\]'),
        (lambda _: ["x"], r'the function f gives 1 label for 2 tokens for the input \["a", '),
        (lambda tokens: [{}] * len(tokens), r'gives {}, which is no label for the input \["a"\]'),
        (lambda tokens: "x" if len(tokens) == 1 else ["x"] * 2, "gives 2 labels, where it gave"),
    ],
)
def test_what_is_wrong_is_said_with_the_input(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(TpcError, match=message):
        asker(function, timeout=0.1).labels(INPUTS)


def test_who_answers_not_twice_alike_is_refused() -> None:
    counter = iter(range(100))
    with pytest.raises(TpcError, match=r'twice alike for the input \["a"\]: first \["0"\], then'):
        asker(lambda _: str(next(counter))).labels(INPUTS)


def command(code: str, timeout: float = 20) -> Asker:
    text = f"import json, sys, time\n{code}"
    return Asker(CommandOracle(shlex.join([sys.executable, "-c", text]), timeout))


def test_a_command_maps_json_lines_to_json_lines() -> None:
    upper = "for line in sys.stdin: print(json.dumps([t.upper() for t in json.loads(line)]))"
    assert command(upper).labels([*INPUTS, ("ä",)]) == [("A",), ("A", "B"), ("Ä",)]
    length = "for line in sys.stdin: print(len(json.loads(line)))"
    assert command(length).labels(INPUTS) == [("1",), ("2",)]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("print(1)", r'answers 1 lines for 2 inputs; none is for the input \["a", "b"\]'),
        ("print('1\\n1\\n1')", r"answers 3 lines for 2 inputs"),
        ("print('x\\n1')", r"answers 'x', which is not JSON \(.*\), for the input \[\"a\"\]"),
        (
            "print(1); sys.exit('bad day')",
            r"ends with status 1: bad day, after 1 answers; the next",
        ),
        ("time.sleep(60)", r'more than 0.5 s for 2 inputs; it answered 0 of them, .* \["a"\]'),
    ],
)
def test_a_command_that_fails_is_refused(code: str, message: str) -> None:
    with pytest.raises(TpcError, match=message):
        command(code, timeout=0.5 if "sleep" in code else 20).labels(INPUTS)


def test_commands_that_cannot_be_run() -> None:
    with pytest.raises(TpcError, match="cannot be run"):
        Asker(CommandOracle("no-such-command-here", 5)).labels(INPUTS)
    for text, message in [("a 'b", "cannot be read"), (" ", "empty"), ("./nowhere", "no command")]:
        with pytest.raises(TpcError, match=message):
            check_command(text)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path / "mine.py"


def test_functions_are_found_in_files_and_modules(file: Path) -> None:
    file.write_text("import json\nX = 1\ndef only(tokens): return tokens\n", encoding="utf-8")
    for reference in (str(file), f"{file}:only"):
        found = load_function(reference, 5)
        assert (found.name, list(found.ask([("a",)]))) == ("only", [["a"]])
    assert load_function("json:dumps", 5).name == "dumps"


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("", "", "there are 0 functions in"),
        ("def f(t): ...\ndef g(t): ...\n", "", "there are 2 functions in"),
        ("def f(t): ...\n", ":g", "has no 'g'"),
        ("X = 1\n", ":X", "is no function"),
    ],
)
def test_what_is_no_function_is_refused(file: Path, text: str, name: str, message: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TpcError, match=message):
        load_function(f"{file}{name}", 5)
