"""Oracles, which are functions or commands of others: refused, or labels for every input.

A case is a JSON object: what is asked with which options, and what is answered. A command answers
the bytes of `output`, or else a line of JSON for each input.
"""

from __future__ import annotations

import json
import random
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.fuzz import answers, bundle, mutate
from tests.fuzz.target import Fault
from tpc.data.kept_rows import read_rows, write_rows
from tpc.data.task import Tokens
from tpc.diagnostics import TpcError
from tpc.oracle.asking import Asker
from tpc.oracle.imitation import ImitationOptions, Question, _Rounds
from tpc.oracle.options import imitation_of

#: Inputs of a case: fewer than are asked twice, so that a command is asked the same again.
MOST = 60
USUAL: dict[str, Any] = {"alphabet": "a,b", "lengths": "1-3"}
OPTIONS: dict[str, tuple[Any, ...]] = {
    "alphabet": ("a,b", "a,b,c c", "a", "", ",", "<s>,a", "a,a", "\u2028,\x85", "\ud800,b", None),
    "lengths": (
        "1-3",
        "0-2",
        "2",
        "0",
        "3-1",
        "-1",
        "1-" + "9" * 30,
        "9" * 5000,
        "1-1000000000",
        "٣",
        "",
        None,
    ),
    "rounds": (1, 0, -1, 5),
    "oracle_limit": (400_000, 0, -1, 10),
    "oracle_tries": (20, 0, -5),
    "oracle_timeout": (5, 0, -1, 1e-9, 1e300, float("nan"), float("inf")),
}
GIVEN: dict[str, tuple[Any, ...]] = {
    "dataset_size": (30, 1, 3, 0, -1),
    "seed": (0, 1, -1),
    "data_seed": (0, 3),
    "epochs": (1, -1),
    "max_length": (8,),
    "tokenizer": ("space", "treebank", "x"),
    "text_column": ("text", "words", "tokens", "1"),
    "model": ("standard", "program"),
}
DATA: tuple[list[str], ...] = (
    [".jsonl", '["a", "b"]\n["b"]\n["a"]\n["b", "b"]\n[["a", "a"], ["x", "y"]]\n'],
    [".jsonl", '{"text": "a b", "label": "x"}\n{"text": "b"}\n{"text": "a a"}\n{"text": "b a"}\n'],
    [".jsonl", '["a\u2028b"]\n["\x85"]\n["c", "a"]\n["<s>", "a", "</s>"]\n'],
    [".csv", 'text,label\n"a b",x\nb,y\na,x\nb b b,y\n'],
    [".conll", "a X\nb Y\n\nb Y\n\na X\na X\n\nb\tX\n"],
    [".tsv", "words\ttags\na b\tx y\nb\ty\na\tx\na a\tx x\n"],
)


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        each = [{"each": ["x", "y"]}]
        usual = {"options": USUAL, "given": {"dataset_size": 30}, "answers": each, "status": 0}
        found: list[dict[str, Any]] = [{"who": "function"}, {"who": "command"}]
        found += [{"who": "function", "answers": [one]} for one in answers.ANSWERS]
        found += [{"who": "command", "answers": [one]} for one in answers.ANSWERS if _is_json(one)]
        found += [{"who": who, "data": data} for who in ("function", "command") for data in DATA]
        found.append({"who": "command", "output": '["x"]\n["x", "y"]\n'})
        found.append({"who": "command", "output": "", "status": 3})
        return [bundle.pack({**usual, **one}) for one in found]

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        found = bundle.unpack(case)
        for _ in range(stream.choice((1, 1, 2, 3))):
            if not _is_case(found):
                return case
            match stream.randrange(7):
                case 0:
                    name = stream.choice(list(OPTIONS))
                    found["options"] = {**found["options"], name: stream.choice(OPTIONS[name])}
                case 1:
                    name = stream.choice(list(GIVEN))
                    found["given"] = {**found["given"], name: stream.choice(GIVEN[name])}
                case 2:
                    found["answers"] = [answers.some(stream) for _ in range(stream.randrange(1, 4))]
                case 3:
                    suffix, content = found.get("data") or stream.choice(DATA)
                    others = tuple(text for end, text in DATA if end == suffix)
                    found["data"] = [suffix, bundle.change(stream, content, others)]
                    found["options"] = {**found["options"], "alphabet": None, "lengths": None}
                case 4:
                    old = found.get("output") or '["x", "y"]\n"x"\nnull\n[1, null]\n'
                    found["output"] = bundle.change(stream, old)
                    found["who"] = "command"
                case 5:
                    found["status"] = stream.choice((0, 1, 127, 0))
                case _:
                    found["answers"] = mutate.json_value(stream, found["answers"])
        return bundle.pack(found) if _is_case(found) else case

    def simpler(self, case: bytes) -> Iterator[bytes]:
        return bundle.shorter(case)

    def check(self, case: bytes) -> str:
        found = bundle.unpack(case)
        if not _is_case(found):
            return "no case"
        asked: dict[str, Any] = dict.fromkeys(
            ("oracle", "oracle_command", "oracle_run", *OPTIONS), None
        )
        asked |= {name: value for name, value in found["options"].items() if name in asked}
        given = {"dataset_size": 30, **found["given"]}
        if isinstance(size := given["dataset_size"], int):
            given["dataset_size"] = min(size, MOST)
        if data := found.get("data"):
            path = self._folder / f"data{data[0]}"
            path.write_bytes(bundle.to_bytes(data[1]))
            given["data"] = str(path)
        output = self._folder / "output"
        if found["who"] == "command":
            script = f"cat {shlex.quote(str(output))}; exit {found['status']}"
            asked["oracle_command"] = f"sh -c {shlex.quote(script)}"
        else:
            asked["oracle"] = lambda tokens: answers.answer_of(found["answers"], tokens)
        question, options, training = imitation_of(asked, given)
        drawn = question.inputs.drawn(options.dataset_size, options.seed)
        lines = [] if found["who"] == "function" else _lines(found, drawn)
        output.write_bytes(b"".join(lines))
        try:
            rounds = _Rounds(question, self._folder / "run", training, options)
        except TpcError as error:
            _check_refused(error, lines, drawn, found)
            raise
        return self._check(rounds, question, options)

    def _check(self, rounds: _Rounds, question: Question, options: ImitationOptions) -> str:
        _check_answers(rounds.asker)
        write_rows(self._folder, rounds.splits)
        if read_rows(self._folder) != rounds.splits:
            raise Fault("rows that were written are read otherwise")
        again = _Rounds(question, self._folder / "run", rounds.given, options)
        if again.splits != rounds.splits:
            raise Fault("asked again, the rows are others")
        language = rounds.inputs.language
        for tokens in rounds.asker.known:
            if language.match(tokens, 1_000_000) is None:
                raise Fault("an input that is asked is not of the language", f"{tokens}")
        try:
            rounds._plan(1, rounds.splits)
        except TpcError as error:
            return f"not trained: {error.message[:20]}"
        return f"{rounds.asker.pooled} {rounds.exhaustive} {len(rounds.splits.train)}"


def _is_case(found: Any) -> bool:
    kinds = {"who": str, "options": dict, "given": dict, "answers": list, "status": int}
    return all(isinstance(found.get(name), kind) for name, kind in kinds.items())


def _lines(found: dict[str, Any], drawn: Sequence[Tokens]) -> list[bytes]:
    """What a command answers."""
    if "output" in found:
        return [bundle.to_bytes(str(found["output"]))]
    kept = [one for one in found["answers"] if _is_json(one)]
    lines = []
    for tokens in drawn:
        answer = answers.answer_of(kept, tokens)
        text = json.dumps(answer, ensure_ascii=False) if _is_plain(answer) else "0"
        lines.append(text.encode("utf-8", "replace") + b"\n")
    return lines


def _is_json(answer: Any) -> bool:
    """Whether an answer needs no Python."""
    return not isinstance(answer, dict) or "each" in answer or len(answer) != 1


def _is_plain(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def _check_refused(
    error: TpcError, lines: Sequence[bytes], drawn: Sequence[Tokens], found: dict[str, Any]
) -> None:
    """A line of JSON for each input is as many lines as there are inputs."""
    told = " lines for " in error.message
    if told and len(lines) == len(drawn) and "output" not in found:
        raise Fault("as many lines as inputs are counted otherwise", error.render())


def _check_answers(asker: Asker) -> None:
    for tokens, labels in asker.known.items():
        if labels is None:
            continue
        if len(labels) != (1 if asker.pooled else len(tokens)):
            raise Fault("other labels than tokens", f"{tokens} {labels}")
        if not all(isinstance(label, str) and label for label in labels):
            raise Fault("a label is no word", f"{tokens} {labels}")
