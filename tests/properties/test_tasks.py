"""The tasks' properties say what their answer functions say: of right labels, and of wrong ones."""

from __future__ import annotations

import random

import pytest

from tpc.data.task import Task, TaskArguments
from tpc.data.tasks import TASKS, find_task
from tpc.ir.words import PAD
from tpc.properties.meaning import Case, Meaning
from tpc.properties.tasks import has_property, task_properties

#: Alphabets of over ten symbols, too: "10" comes before "2".
SIZES = {
    "sort": [TaskArguments(6, max_length=7), TaskArguments(14, max_length=5)],
    "reverse": [TaskArguments(5, max_length=7)],
    "hist": [TaskArguments(5, max_length=7)],
    "double_hist": [TaskArguments(5, max_length=6)],
    "most_freq": [TaskArguments(5, max_length=5)],
    "dyck1": [TaskArguments(1, max_length=length) for length in (2, 3, 4, 8)],
    "induction": [
        TaskArguments(6, min_length=length, max_length=length) for length in (1, 3, 5, 7)
    ],
}


def meaning(words: set[str]) -> Meaning:
    return Meaning(task_properties(), (), words, lambda _: None)


@pytest.mark.parametrize(
    ("name", "arguments"), [(name, size) for name, sizes in SIZES.items() for size in sizes]
)
def test_a_property_is_its_task_on_all_small_inputs(name: str, arguments: TaskArguments) -> None:
    task, stream, refuted = find_task(name), random.Random(0), 0
    assert task.answer is not None
    prop = next(prop for prop in task_properties().properties if prop.name == name)
    labels = classes(task, arguments)
    words = {*labels, *(t for string in task.language(arguments, 100).strings() for t in string)}
    referee = meaning(words)
    for string in task.language(arguments, 100).strings():
        tokens = task.bare(string)
        right = task.answer(tokens)
        if right is None:
            case = Case(tokens, tuple("?" for _ in tokens), scored(name, tokens))
            assert referee.failure(prop, case) is None, tokens
            continue
        case = Case(
            tokens,
            tuple(None if label == PAD else label for label in right),
            tuple(label != PAD for label in right),
        )
        assert referee.failure(prop, case) is None, tokens
        for position, label in enumerate(right):
            other = stream.choice([*labels.difference({label}), "?"])
            if label != PAD:
                wrong = (*case.labels[:position], other, *case.labels[position + 1 :])
                changed = Case(tokens, wrong, case.scored)
                assert referee.failure(prop, changed) is not None, (tokens, wrong)
                refuted += 1
    assert refuted


def classes(task: Task, arguments: TaskArguments) -> set[str]:
    """All labels that the task has."""
    assert task.answer is not None
    found = (task.answer(task.bare(string)) for string in task.language(arguments, 100).strings())
    return {label for labels in found for label in labels or () if label != PAD}


def scored(name: str, tokens: tuple[str, ...]) -> tuple[bool, ...]:
    return tuple(name != "induction" or token.isalpha() for token in tokens)


def test_each_property_is_one_of_a_task() -> None:
    assert {prop.name for prop in task_properties().properties} == SIZES.keys() <= TASKS.keys()
    assert has_property("sort")
    assert not has_property("dyck2")
