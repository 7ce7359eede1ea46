"""Addition with and without index hints: rows, languages and bad arguments."""

from __future__ import annotations

import hashlib

import pytest

from tpc.data.dataset import json_lines
from tpc.data.drawing import generate_rows
from tpc.data.task import TaskArguments
from tpc.data.tasks import TASKS
from tpc.diagnostics import TpcError

NAMES = ("addition", "addition_digits", "addition_hints")


@pytest.mark.parametrize(
    ("name", "arguments", "digest"),
    [
        ("addition", (10, 500, 1, 2, 0), "d565141d1539852e6a918926cf7d7274"),
        ("addition", (10, 500, 1, 4, 3), "d2a725e4c61a4d6b7ac3af557680d852"),
        ("addition", (10, 500, 1, 30, 7), "8a4fba2f7d8b4204c52b10fc8fa95b48"),
        ("addition_hints", (10, 500, 1, 2, 0), "e04590469df667a9374f7475b9571752"),
        ("addition_hints", (10, 500, 1, 4, 3), "bafff4deaedba91ddcd74e90a391a8ff"),
        ("addition_hints", (4, 500, 5, 4, 1), "abff0946e8fb1af4499b2bd201b33c77"),
        ("addition_hints", (10, 500, 1, 30, 7), "3c8e854fa056259b464875be31fa01f2"),
    ],
)
def test_rows_are_those_of_the_reproduction(
    name: str, arguments: tuple[int, int, int, int, int], digest: str
) -> None:
    # The digests were made once with the code of Beekman et al.
    rows = generate_rows(TASKS[name], TaskArguments(*arguments, unique=False))
    assert hashlib.sha256("".join(json_lines(rows)).encode()).hexdigest().startswith(digest)


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_sums(name: str) -> None:
    for tokens, tags in generate_rows(TASKS[name], TaskArguments(10, 300, 1, 5)):
        digits = [token for token in tokens if not token.isalpha()]
        one, other = "".join(digits[1:]).split("+")
        answer = "".join(tag for tag in tags[1:] if tag.isdigit())
        assert int(answer) == int(one) + int(other)
        assert len(tags) == len(tokens)
        assert tags[0] == "<pad>"
        assert "<pad>" not in tags[1:]
        if name == "addition":
            assert tags[1] == answer
        if name == "addition_hints":
            hints = "".join(tag for tag in tags if tag.isalpha())
            assert "abcdefgh".startswith(hints)


@pytest.mark.parametrize(
    ("name", "count"),
    [("addition", 110 * 10), ("addition_digits", 110 * 110), ("addition_hints", 110 * 110)],
)
def test_languages_have_every_pair_of_numbers(name: str, count: int) -> None:
    task = TASKS[name]
    assert task.language(task.defaults, 99).count() == count
    assert task.language(TaskArguments(3, 0, 4, 2), 99).count() == (
        0 if name == "addition" else 3**2 * 3**2
    )
    assert task.language(task.defaults, 4).count() < count


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (TaskArguments(11, 10, 1, 2), "between 1 and 10 digits"),
        (TaskArguments(10, 10, 1, 0), "no digits"),
        (TaskArguments(10, 10, 9, 2), "less than 9"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_arguments_out_of_range(name: str, arguments: TaskArguments, fragment: str) -> None:
    with pytest.raises(TpcError, match=fragment):
        generate_rows(TASKS[name], arguments)
