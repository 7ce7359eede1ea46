"""Tags mean what each task says, and every row belongs to the task's input language."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest

from tpc.data.corpus import sentence_language
from tpc.data.dataset import load_dataset
from tpc.data.drawing import generate_rows
from tpc.data.task import Row, TaskArguments
from tpc.data.tasks import TASKS
from tpc.data.tasks.dyck import prefix_tags
from tpc.ir.language import Language
from tpc.ir.words import PAD, rewrite, rewrite_steps

SMALL = TaskArguments(vocab_size=6, dataset_size=60, min_length=1, max_length=5)


def rows_of(name: str, arguments: TaskArguments = SMALL) -> list[Row]:
    return generate_rows(TASKS[name], arguments)


def test_sort_and_reverse() -> None:
    for tokens, tags in rows_of("sort"):
        assert list(tags[1:-1]) == sorted(tokens[1:-1])
    for tokens, tags in rows_of("reverse"):
        assert tags[1:-1] == tokens[-2:0:-1]


def test_histograms() -> None:
    for tokens, tags in rows_of("hist"):
        assert [int(tag) for tag in tags[1:]] == [tokens[1:].count(token) for token in tokens[1:]]
    for tokens, tags in rows_of("double_hist"):
        counts = Counter(tokens[1:])
        for token, tag in zip(tokens[1:], tags[1:], strict=True):
            assert int(tag) == sum(counts[other] == counts[token] for other in counts)


def test_most_frequent_fills_up_with_the_begin_token() -> None:
    for tokens, tags in rows_of("most_freq"):
        distinct = len(set(tokens[1:]))
        ranked = tags[1 : 1 + distinct]
        assert set(ranked) == set(tokens[1:])
        assert sorted(map(tokens.count, ranked), reverse=True) == [*map(tokens.count, ranked)]
        assert set(tags[1 + distinct :]) <= {"<s>"}


def test_prefix_tags() -> None:
    pairs = (("(", ")"), ("{", "}"))
    assert "".join(prefix_tags(tuple("(){}({})"), pairs)) == "PTPTPPPT"
    assert "".join(prefix_tags(tuple("({)}()"), pairs)) == "PPFFFF"
    assert "".join(prefix_tags(tuple(")("), pairs)) == "FF"


def test_induction_tags_are_the_number_seen_before() -> None:
    arguments = TaskArguments(vocab_size=8, dataset_size=60, min_length=7, max_length=9)
    for tokens, tags in rows_of("induction", arguments):
        number_of: dict[str, str] = {}
        for index, token in enumerate(tokens):
            if token.isalpha():
                assert tags[index] == number_of.get(token, "<unk>")
            else:
                assert tags[index] == PAD
                previous = tokens[index - 1] if index else ""
                if previous.isalpha():
                    number_of.setdefault(previous, token)


@pytest.mark.parametrize("name", sorted(TASKS))
def test_rows_are_in_the_input_language(name: str) -> None:
    defaults = TASKS[name].defaults
    arguments = dataclasses.replace(defaults, dataset_size=200, vocab_size=8)
    dataset = load_dataset(name, arguments)
    for tokens, tags in dataset.splits.train:
        assert scored_positions(dataset.language(), tokens) == [tag != PAD for tag in tags]


def scored_positions(language: Language[str], tokens: tuple[str, ...]) -> list[bool] | None:
    """Which positions the language scores, or None when the string is not in it."""
    for pattern in language.alternatives:
        partial: list[list[bool]] = [[]]
        for group in pattern:
            longer = []
            for start in partial:
                for repeat in range(group.least, group.most + 1):
                    slots = group.slots * repeat
                    window = tokens[len(start) : len(start) + len(slots)]
                    if len(window) == len(slots) and all(
                        token in slot.tokens for token, slot in zip(window, slots, strict=True)
                    ):
                        longer.append([*start, *(slot.scored for slot in slots)])
            partial = longer
        whole = [scored for scored in partial if len(scored) == len(tokens)]
        if whole:
            return whole[0]
    return None


@pytest.mark.parametrize(
    ("name", "count"),
    [("sort", 19_530), ("hist", 335_922), ("dyck1", 32_768), ("dyck2", 4**15)],
)
def test_language_sizes(name: str, count: int) -> None:
    defaults = TASKS[name].defaults
    assert TASKS[name].language(defaults, defaults.max_length).count() == count


@pytest.mark.parametrize("name", ["sort", "hist", "induction"])
def test_count_is_the_number_of_distinct_strings(name: str) -> None:
    arguments = TaskArguments(vocab_size=6, min_length=1, max_length=5)
    language = TASKS[name].language(arguments, 6)
    strings = list(language.strings())
    assert len(strings) == len(set(strings)) == language.count()


def test_repeated_rows_stay_without_unique() -> None:
    arguments = dataclasses.replace(SMALL, vocab_size=4, unique=False)
    rows = rows_of("hist", arguments)
    assert len(rows) == 60 > len(set(rows))


def test_text_language_and_rewriting() -> None:
    vocabulary = ("<pad>", "<unk>", "<s>", "</s>", "a", "b")
    assert sentence_language(vocabulary, 1, 5).count() == 3 + 9 + 27
    assert rewrite("Mid-1990S-7", rewrite_steps(lower=True, digits=True)) == "mid-@s-@"
    assert rewrite("U2", rewrite_steps(lower=False, digits=False)) == "U2"
