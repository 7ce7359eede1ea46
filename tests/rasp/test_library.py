"""Every library function, on inputs with repeated tokens, against what it is said to give."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tpc.diagnostics import TpcError
from tpc.rasp import execute, load
from tpc.rasp.library import reserved_names

NUMBERS = {"a": 2, "b": 0, "c": 1, "$": 2}
"""A numeric s-op of the input, with values that repeat where tokens do and elsewhere."""

DEFINITIONS = """\
numbers = {"a": 2, "b": 0, "c": 1, "$": 2}[tokens];
same = select(tokens, tokens, ==);
"""

Expected = Callable[[str], Sequence[Any]]


def numbers(text: str) -> list[int]:
    return [NUMBERS[token] for token in text]


def everywhere(value: Callable[[str], Any]) -> Expected:
    return lambda text: [value(text)] * len(text)


def shifted(text: str, by: int) -> list[str]:
    return [text[i - by] if 0 <= i - by < len(text) else "-" for i in range(len(text))]


def next_identical(text: str) -> list[int]:
    return [text.find(token, i + 1) for i, token in enumerate(text)]


FUNCTIONS: list[tuple[str, Expected]] = [
    ("length", everywhere(len)),
    ("selector_width(same)", lambda text: list(map(text.count, text))),
    ('selector_width(select(tokens, "z", ==))', lambda text: [0] * len(text)),
    ("indicator(has_focus(select(tokens, numbers, ==)))", lambda text: [0] * len(text)),
    (
        "has_focus(same and select(indices, indices, <))",
        lambda text: [token in text[:i] for i, token in enumerate(text)],
    ),
    ('count(tokens, "a")', everywhere(lambda text: text.count("a"))),
    ("count(numbers, 2)", everywhere(lambda text: numbers(text).count(2))),
    ('contains(tokens, "a")', everywhere(lambda text: "a" in text)),
    ("min(numbers, indices)", lambda text: list(map(min, numbers(text), range(len(text))))),
    ("max(numbers, indices)", lambda text: list(map(max, numbers(text), range(len(text))))),
    ("max(numbers, 1)", lambda text: [max(number, 1) for number in numbers(text)]),
    ("average(numbers)", everywhere(lambda text: sum(numbers(text)) / len(text))),
    ("load_from_location(tokens, length - 1 - indices)", lambda text: text[::-1]),
    ("load_from_location(tokens, 0)", everywhere(lambda text: text[0])),
    ('shift(tokens, 1, "-")', lambda text: shifted(text, 1)),
    ('shift(tokens, -2, "-")', lambda text: shifted(text, -2)),
    ('mark_first_instance(tokens, "a")', lambda text: [i == text.find("a") for i in of(text)]),
    ('mark_last_instance(tokens, "a")', lambda text: [i == text.rfind("a") for i in of(text)]),
    ("mark_first_instance(numbers, 2)", lambda text: [i == first(text, 2) for i in of(text)]),
    (
        'aggregate(select_from_first(tokens, "a"), indices, -1)',
        everywhere(lambda text: text.find("a")),
    ),
    (
        'aggregate(select_from_last(tokens, "a"), indices, -1)',
        everywhere(lambda text: text.rfind("a")),
    ),
    ("sort(tokens, tokens)", sorted),
    ("sort(tokens, numbers)", lambda text: sorted(text, key=NUMBERS.__getitem__)),
    ("sort(indices, numbers)", lambda text: sorted(of(text), key=numbers(text).__getitem__)),
    ("aggregate(select_next_identical(tokens), indices, -1)", next_identical),
    ("selector_width(full_s)", everywhere(len)),
]


def of(text: str) -> range:
    return range(len(text))


def first(text: str, number: int) -> int:
    found = numbers(text)
    return found.index(number) if number in found else -1


@pytest.mark.parametrize(("expression", "expected"), FUNCTIONS, ids=[f for f, _ in FUNCTIONS])
@settings(deadline=None, max_examples=40)
@given(st.text("abc$", min_size=1, max_size=9))
def test_a_function_gives_what_it_is_said_to(
    expression: str, expected: Expected, text: str
) -> None:
    program = load(f'set example ["a"]\n{DEFINITIONS}x = {expression};')
    assert program.evaluate("x", text) == list(expected(text))


def test_all_functions_are_compared() -> None:
    compared = " ".join(expression for expression, _ in FUNCTIONS)
    assert [name for name in reserved_names() if name not in compared] == []


def test_the_first_instance_is_before_all_others() -> None:
    program = load('f = mark_first_instance(tokens, "a");\nl = mark_last_instance(tokens, "a");')
    found = program.evaluate_many(["f", "l"], "abab$cab")
    assert found["f"] == [True] + [False] * 7
    assert found["l"] == [False] * 6 + [True, False]


VALUES = [
    *(
        "tokens",
        "indices",
        "full_s",
        "max",
        "own",
        "1",
        "-2.5",
        '"a"',
        "True",
        "[1, max]",
        "[max][0 * indices]",
    ),
    *('{"a": 1}', "select(indices, 1, ==)", "indices > 1", "length"),
]
CALLS = sorted(reserved_names() - {"full_s", "length"})
BINARY = ["+", "-", "*", "/", "%", "^", "==", "<=", ">=", "<", ">", "and", "or", "in"]


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_whatever_values_meet_there_is_a_value_or_a_located_error(data: st.DataObject) -> None:
    """A function as an operand, say, is no reason for a traceback."""
    value = st.sampled_from(VALUES)
    one, two, three = data.draw(value), data.draw(value), data.draw(value)
    name, operator = data.draw(st.sampled_from(CALLS)), data.draw(st.sampled_from(BINARY))
    calls = [f"{name}({', '.join([one, two, three][:count])})" for count in (1, 2, 3)]
    expressions = [
        *calls,
        f"{one} {operator} {two}",
        f"select({one}, {two}, {'==' if operator in ('and', 'or', 'in') else '<'})",
        f"aggregate({one}, {two}, {three})",
        f"{one} if {two} else {three}",
        *(f"{word}({one})" for word in ("not", "-", "+", "round", "indicator", "zip", "len")),
    ]
    for expression in expressions:
        program = execute(f"def own(a) {{ return a; }}\nx = {expression};\nx;", "f.rasp")
        for error in program.errors:
            assert isinstance(error, TpcError)
            assert error.location is not None, expression
            assert "object" not in error.message, expression
            assert "Builtin" not in error.message, expression
