"""A task in Python is a task like any other, and what is wrong in it is said with its place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tpc.data.dataset import load_dataset, task_arguments
from tpc.data.drawing import generate_rows
from tpc.data.task import Task
from tpc.data.task_file import load_task, recorded_task
from tpc.data.tasks import TASKS, find_task, given_task
from tpc.diagnostics import TpcError

Written = Callable[..., Path]

HEAD = "import tpc\n"
TAGGING = """
import tpc
from helper_of_tests import shout

@tpc.task(alphabet="abc", lengths=(1, 4))
def upper(tokens: list[str]) -> list[str]:
    '''Each letter, as a capital.'''
    return [shout(token) for token in tokens]
"""
CLASSES = """
import tpc

@tpc.task(alphabet=["yes", "no"], lengths=(0, 3), closed=False, causal=True)
def any_no(tokens):
    return later(tokens)

def later(tokens):
    return "no" in tokens if len(tokens) != 2 else None
"""
ROWS = """
import tpc

@tpc.task
def sums(random):
    while True:
        digits = [str(random.randrange(4)) for _ in range(random.randrange(1, 4))]
        yield digits, sum(map(int, digits)) % 3
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Written:
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write(text: str, name: str = "my_task.py") -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    write("def shout(token): return token.upper()\n", "helper_of_tests.py")
    return write


def small(task: Task, size: int = 60) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return generate_rows(task, task_arguments(task, dataset_size=size))


def test_a_function_tags_every_token(written: Written) -> None:
    task = load_task(str(written(TAGGING)))
    assert (task.name, task.summary, task.pooled) == ("upper", "Each letter, as a capital.", False)
    rows = small(task)
    assert len(rows) == 60 == len({tokens for tokens, _ in rows})
    for tokens, tags in rows:
        assert (tokens[0], tokens[-1], tags[0], tags[-1]) == ("<s>", "</s>", "<pad>", "<pad>")
        assert tags[1:-1] == tuple(token.upper() for token in tokens[1:-1])
    assert task.language(task.defaults, 100).count() == 3 + 9 + 27 + 81
    assert rows == small(load_task(f"{written(TAGGING)}:upper"))
    assert rows != generate_rows(task, task_arguments(task, dataset_size=60, seed=1))


def test_a_function_gives_one_label_and_may_leave_inputs_out(written: Written) -> None:
    task = load_task(str(written(CLASSES)))
    assert task.pooled
    assert task.causal
    rows = small(task)
    assert {len(tokens) for tokens, _ in rows} == {1, 2, 4}
    for tokens, tags in rows:
        assert tags == (str("no" in tokens), *["<pad>"] * (len(tokens) - 1))
    data = load_dataset(task, task_arguments(task, dataset_size=60))
    assert data.pooled
    assert data.classes == ("<pad>", "False", "True")


def test_a_generator_says_alphabet_and_lengths_by_its_rows(written: Written) -> None:
    task = load_task(str(written(ROWS)))
    rows = small(task)
    assert rows == small(task)
    for tokens, tags in rows:
        assert tags[0] == str(sum(map(int, tokens[1:-1])) % 3)
    assert task.answer is None
    assert task.language(task_arguments(task, dataset_size=60), 100).count() == 4 + 16 + 64
    short = generate_rows(task, task_arguments(task, dataset_size=10, max_length=4))
    assert max(len(tokens) for tokens, _ in short) == 4


def test_positions_without_a_label_are_not_scored(written: Written) -> None:
    text = HEAD + "@tpc.task(alphabet='ab', lengths=(2, 2))\ndef last(tokens): return [None, 1]\n"
    assert {tags for _, tags in small(load_task(str(written(text))))} == {
        ("<pad>", "<pad>", "1", "<pad>")
    }


def test_inputs_are_drawn_as_asked(written: Written) -> None:
    text = """
import tpc
def same(random): return [random.choice("ab")] * random.randrange(1, 9)
@tpc.task(alphabet="ab", lengths=(1, 3), draw=same)
def copy(tokens): return tokens
"""
    rows = small(load_task(str(written(text))))
    assert {"".join(tokens[1:-1]) for tokens, _ in rows} == {"a", "aa", "aaa", "b", "bb", "bbb"}


def test_a_module_and_a_task_as_the_built_in_ones_are_written(written: Written) -> None:
    written("from tpc.data.tasks.symbols import HIST as COUNTS\n", "module_of_tests.py")
    sys.path.insert(0, str(written(TAGGING).parent))
    assert given_task("module_of_tests:COUNTS").name == "hist"
    assert given_task("sort") is TASKS["sort"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("x = 1\n", None, "there is no task in"),
        (ROWS + CLASSES, None, "there are 2 tasks in .*: sums, any_no"),
        ("def broken(:\n", 1, "this is not Python"),
        (
            HEAD + "def f():\n    return 1 / 0\nf()\n",
            3,
            "ZeroDivisionError: division by zero, while",
        ),
        (HEAD + "@tpc.task(alphabet='ab')\ndef f(t): return t\n", 3, "f declares no lengths"),
        (HEAD + "@tpc.task(lengths=(1, 2))\ndef f(t): return t\n", 3, "f declares no alphabet"),
        (HEAD + "@tpc.task\ndef f(t): return t\n", 3, "f declares no alphabet"),
        (HEAD + "@tpc.task(alphabet=['<s>'])\ndef f(t): return t\n", 3, "stands for something"),
        (HEAD + "@tpc.task(alphabet='aa')\ndef f(t): return t\n", 3, "a token twice"),
        (HEAD + "@tpc.task(alphabet='ab', lengths=(3, 2))\ndef f(t): return t\n", 3, "no lengths"),
        (HEAD + "@tpc.task\ndef f():\n    yield 1\n", 4, "f yields 1, which is no row"),
        (HEAD + "@tpc.task\ndef f():\n    yield 'a b', 'x'\n", 4, "'a b', which is no list"),
        (HEAD + "@tpc.task(alphabet='a')\ndef f():\n    yield ['b'], 'x'\n", 4, "the token 'b'"),
        (HEAD + "@tpc.task(lengths=(2, 3))\ndef f():\n    yield ['b'], 1\n", 4, "yields 1 tokens"),
        (HEAD + "@tpc.task\ndef f():\n    if 0: yield\n", 3, "f yields no rows"),
        (HEAD + "@tpc.task\ndef f():\n    yield ['b'], ['x', 'y']\n", 4, r"2 labels for 1 token"),
    ],
)
def test_what_is_wrong_in_a_file_is_located(
    written: Written, text: str, line: int | None, message: str
) -> None:
    path = written(text)
    with pytest.raises(TpcError, match=message) as raised:
        small(load_task(str(path)))
    found = raised.value.location
    assert (found and (found.file, found.line)) == (line and (str(path), line))


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("return tokens[1:]", 3, r'f gives 0 labels for 1 token for the input \["[ab]"\]'),
        ("return ['x', '!'][:len(tokens)]", 3, r"the unknown label '!' for the input \[.*, .*\]"),
        ("return tokens if len(tokens) < 2 else 'x'", 3, "gives 'x', where it gave one label for"),
        ("return ['x'] if len(tokens) < 2 else [{}, {}]", 3, "gives {}, which is no label"),
        ("return 'x' if len(tokens) < 2 else ['x', 'x']", 3, "gives 2 labels, where it gave one"),
        ("return 'x' if len(tokens) < 2 else 0.5", 3, "gives the number 0.5, which is no label"),
        ("return {}[len(tokens)]", 4, r'f raises KeyError: 1 for the input \["a"\]'),
        ("return None", 3, "f has no labels for any"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said_with_the_input(
    written: Written, body: str, line: int, message: str
) -> None:
    labels = "labels=['x', 'a', 'b'], "
    head = f"{HEAD}@tpc.task({labels}alphabet='ab', lengths=(1, 2))\ndef f(tokens):\n    "
    with pytest.raises(TpcError, match=message) as raised:
        small(load_task(str(written(head + body))))
    assert raised.value.location is not None
    assert raised.value.location.line == line


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("nowhere.py", "cannot read nowhere.py"),
        ("no_such_module:task", "ModuleNotFoundError"),
        ("json:nothing", "json has no 'nothing'"),
        ("json:dumps", "json:dumps is a function, not a task"),
        ("string:digits", "the str '0123456789', not a task"),
    ],
)
def test_references_that_lead_nowhere(reference: str, message: str) -> None:
    with pytest.raises(TpcError, match=message):
        given_task(reference)


def test_a_changed_file_is_another_task(written: Written) -> None:
    source = load_task(str(written(TAGGING))).source
    assert source is not None
    assert recorded_task(source, "config.json").source == source
    written(TAGGING + "# changed\n")
    with pytest.raises(TpcError, match=r"is not what it was when config.json was written"):
        recorded_task(source, "config.json")


def test_names_that_files_say_are_never_run(written: Written) -> None:
    path = written("raise SystemExit('run')")
    with pytest.raises(TpcError, match="there is no task"):
        find_task(str(path))
    with pytest.raises(TpcError, match="there is no task"):
        load_dataset(str(path), TASKS["sort"].defaults)
