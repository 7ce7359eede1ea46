"""Tasks in Python, declared and answered in odd ways: refused, or rows that are what they say.

A case is a JSON object: what is declared, and what the function answers or the generator yields.
"""

from __future__ import annotations

import json
import linecache
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.fuzz import answers, bundle, mutate
from tests.fuzz.target import Fault
from tpc.data.dataset import Dataset, load_dataset, task_arguments
from tpc.data.kept_rows import read_rows, write_rows
from tpc.data.task import Task
from tpc.data.task_file import load_task, recorded_task
from tpc.diagnostics import TpcError
from tpc.training.planning import plan_training

_START = """import functools
import json
import random

import tpc
from tests.fuzz.answers import answer_of, value_of

CASE = json.loads({content!r})
GIVEN = {{name: value_of(value) for name, value in CASE["declared"].items()}}
"""
_DRAW = """
def draw(stream):
    return value_of(stream.choice(CASE["drawn"]))

GIVEN["draw"] = draw
"""
FORMS = {
    "function": "@tpc.task(**GIVEN)\ndef asked(tokens):\n    return answer_of(CASE['answers'], tokens)\n",
    "lambda": "asked = tpc.task(**GIVEN)(lambda tokens: answer_of(CASE['answers'], tokens))\n",
    "partial": "asked = tpc.task(**GIVEN)(functools.partial(answer_of, CASE['answers']))\n",
    "value": "asked = tpc.task(**GIVEN)(CASE['answers'])\n",
    "no arguments": "@tpc.task(**GIVEN)\ndef asked():\n    return 'x'\n",
    "generator": "@tpc.task(**GIVEN)\ndef asked():\n    for row in CASE['rows']:\n        yield value_of(row)\n",
    "random": "@tpc.task(**GIVEN)\ndef asked(stream: random.Random):\n    while True:\n"
    "        yield value_of(stream.choice(CASE['rows']))\n",
    "two": "@tpc.task(**GIVEN)\ndef asked(one, two):\n    yield from CASE['rows']\n",
    "keyword": "@tpc.task(**GIVEN)\ndef asked(*, stream):\n    yield from CASE['rows']\n",
}  # fmt: skip
DECLARED: dict[str, tuple[Any, ...]] = {
    "alphabet": ("ab", ["a", "b c"], ["</script>", "\u2028", "\ud800"], "", 5, ["<s>"], [1], ["a", "a"], [["a"]], ["", "a"]),
    "lengths": ([1, 3], [0, 2], [1], [1.5, 2], [2, 1], None, ["a", "b"], [0, 10**18], [True, 2], 3, [1, {"scalar": 2}]),
    "labels": (None, ["x", "y"], [0, 1], [], "xy", ["x", "x"], 5, [None]),
    "causal": (False, True, None, "yes"),
    "closed": (True, False, None, 0),
    "draw": (5, "x"),
    "other": (1,),
}  # fmt: skip
ARGUMENTS = {
    "dataset_size": (30, 3, 1, 0, -1, 200),
    "min_length": (1, 0, 2, 99999),
    "max_length": (8, 4, 1, 99999),
    "seed": (0, 7, -1, 2**32),
    "unique": (True, False),
}
_USUAL = {"alphabet": "ab", "lengths": [1, 3]}
ROWS = [[["a", "b"], ["x", None]], [["b"], ["y"]], [["a"], ["x"]], [["a", "a", "b"], [1, 2, 3]]]


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        usual = {"declared": _USUAL, "arguments": {"dataset_size": 30}, "rows": ROWS, "drawn": []}
        each = [{"each": ["x", "y"]}]
        found = [{**usual, "form": form, "answers": each} for form in FORMS]
        found += [{**usual, "form": "function", "answers": [one]} for one in answers.ANSWERS]
        found.append({**found[0], "drawn": [["a", "b"], ["b"], ["a"], ["a", "a"]]})
        found += [
            {**usual, "form": "random", "rows": [[["a"], "x"], [["b"], "y"], [["a", "b"], "x"]]},
            {**usual, "form": "generator", "declared": {}},
        ]
        return [bundle.pack({**found[0], **one}) for one in found]

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        found = bundle.unpack(case)
        for _ in range(stream.choice((1, 1, 2, 3))):
            if not _is_case(found):
                return case
            match stream.randrange(7):
                case 0:
                    found["form"] = stream.choice(list(FORMS))
                case 1:
                    name = stream.choice(list(DECLARED))
                    found["declared"] = {**found["declared"], name: stream.choice(DECLARED[name])}
                case 2:
                    name = stream.choice(list(ARGUMENTS))
                    found["arguments"] = {name: stream.choice(ARGUMENTS[name])}
                case 3:
                    found["answers"] = [answers.some(stream) for _ in range(stream.randrange(1, 4))]
                case 4:
                    found["rows"] = [*found["rows"], [["a", "b"], answers.some(stream)]]
                case 5:
                    found["drawn"] = [answers.some(stream), ["a"], ["b", "a"]]
                case _:
                    name = stream.choice(("answers", "rows", "drawn", "declared"))
                    found[name] = mutate.json_value(stream, found[name])
        return bundle.pack(found) if _is_case(found) else case

    def simpler(self, case: bytes) -> Iterator[bytes]:
        return bundle.shorter(case)

    def check(self, case: bytes) -> str:
        found = bundle.unpack(case)
        if not _is_case(found):
            return "no case"
        path = self._folder / "asked.py"
        draw = _DRAW if found["drawn"] else ""
        start = _START.format(content=json.dumps(found))
        path.write_text(start + draw + FORMS[found["form"]], encoding="utf-8")
        try:
            return self._check(load_task(str(path)), found["arguments"])
        finally:
            linecache.clearcache()
            for name in [name for name in sys.modules if name.startswith("_tpc_")]:
                del sys.modules[name]

    def _check(self, task: Task, arguments: dict[str, Any]) -> str:
        # A hundred rows are as good as a million, and the task's own default is 20,000.
        size = arguments.get("dataset_size", 30)
        given = task_arguments(task, **{**arguments, "dataset_size": size})
        dataset = load_dataset(task, given)
        _check_rows(dataset)
        if load_dataset(task, given).splits != dataset.splits:
            raise Fault("drawn again, the rows are others")
        assert task.source is not None, "it is in a file"
        if load_dataset(recorded_task(task.source, "the run"), given).splits != dataset.splits:
            raise Fault("loaded again, the rows are others")
        write_rows(self._folder, dataset.splits)
        if read_rows(self._folder) != dataset.splits:
            raise Fault("rows that were written are read otherwise")
        try:
            plan_training(dataset, {})
        except TpcError as error:
            return f"not trained: {error.message[:20]}"
        return f"{task.pooled} {task.causal} {len(dataset.classes)} {dataset.max_length}"


def _is_case(found: Any) -> bool:
    kinds = {"declared": dict, "arguments": dict, "answers": list, "rows": list, "drawn": list}
    whole = all(isinstance(found.get(name), kind) for name, kind in kinds.items())
    return whole and found.get("form") in FORMS


def _check_rows(dataset: Dataset) -> None:
    """Rows have a label of their own for each token, and are of the declared language."""
    task, language = dataset.definition, dataset.language()
    for tokens, tags in dataset.splits.train:
        if len(tokens) != len(tags):
            raise Fault("a row has other tags than tokens", f"{tokens} {tags}")
        if not all(isinstance(word, str) and word for word in (*tokens, *tags)):
            raise Fault("a row has something that is no word", f"{tokens} {tags}")
        # A match of so many tokens takes longer than the rows.
        if len(tokens) < 1_000 and language.match(tokens, 1_000_000) is None:
            raise Fault("a row is not of the task's language", f"{tokens}")
        right = None if task.answer is None else task.answer(task.bare(tokens))
        if task.answer is not None and (
            right is None or task.framed(task.bare(tokens), right)[1] != tags
        ):
            raise Fault("a row has other labels than the task answers", f"{tokens} {tags} {right}")
