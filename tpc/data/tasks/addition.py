"""Addition: `<s>` digits `+` digits, drawn as in the code of the reproduction by Beekman et al.

There the sum is one tag, and the second number has at most half as many digits as the first may
have. Its text describes a tag for each digit: the task `addition_digits`. The hints of
`addition_hints` are those of its code, after Zhou et al. (2023): a letter before each digit, of the
numbers and of their sum; each number starts anew at `a` with its most significant digit,
`a3b1+a4b5c6`.

Here `vocab_size` is the number of digits, without special tokens; `max_length` is the most digits
of the first number, and `min_length` the fewest of both together.
"""

from __future__ import annotations

import string
from collections.abc import Callable

import numpy as np

from tpc.data.task import Labels, Task, TaskArguments, Tokens, asked, body
from tpc.diagnostics import TpcError
from tpc.ir.language import Group, Language, Slot
from tpc.ir.words import BOS

PLUS = "+"
MOST_DIGITS = 10


def addition_task(
    name: str,
    summary: str,
    second: Callable[[TaskArguments], int],
    answer: Callable[[Tokens], Labels],
    *,
    gap: int = 0,
    hinted: bool = False,
) -> Task:
    """A task on two numbers and their sum.

    Args:
        name: Of the task.
        summary: Of the task.
        second: The most digits of the second number.
        answer: The tags from the digits of the sum. They stand on the first tokens after `<s>`;
            what is left over is tagged `<s>`.
        gap: Digits drawn between the two numbers, and thrown away: the place of the plus sign.
        hinted: Whether a letter stands before each digit of the two numbers.
    """

    def draw(generator: np.random.RandomState, arguments: TaskArguments) -> Tokens:
        first_length = generator.randint(1, arguments.max_length + 1)
        shortest = max(1, arguments.min_length - first_length)
        second_length = generator.randint(shortest, second(arguments) + 1)
        size = first_length + gap + second_length
        digits = [str(digit) for digit in generator.randint(0, arguments.vocab_size, size=size)]
        numbers = tuple(digits[:first_length]), tuple(digits[first_length + gap :])
        one, other = map(_hinted, numbers) if hinted else numbers
        return (*one, PLUS, *other)

    def tags(tokens: Tokens) -> Labels:
        plus = tokens.index(PLUS)
        numbers = tokens[:plus], tokens[plus + 1 :]
        if hinted:
            numbers = numbers[0][1::2], numbers[1][1::2]
        # In decimal, whatever the number of digits in use.
        total = answer(tuple(str(sum(int("".join(number)) for number in numbers))))
        return (*total, *[BOS] * (len(tokens) - len(total)))

    return Task(
        name=name,
        summary=summary,
        rows=asked(draw, tags),
        inputs=lambda arguments, longest: _inputs(
            arguments, longest, second(arguments), hinted=hinted
        ),
        check=lambda arguments: _check(arguments, second(arguments)),
        answer=tags,
        defaults=TaskArguments(vocab_size=MOST_DIGITS, min_length=1, max_length=2),
        identity="".join,
    )


def _inputs(arguments: TaskArguments, longest: int, second: int, *, hinted: bool) -> Language[str]:
    """All pairs of numbers, an alternative for each pair of lengths.

    Args:
        arguments: Of the task.
        longest: The most tokens.
        second: The most digits of the second number.
        hinted: Whether a letter stands before each digit.
    """
    digit = Slot(tuple(str(index) for index in range(arguments.vocab_size)))

    def number(length: int) -> Group[str]:
        if not hinted:
            return Group((digit,) * length)
        hints = (Slot((_hint(index),)) for index in range(length))
        return Group(tuple(slot for hint in hints for slot in (hint, digit)))

    alternatives = []
    for first_length in range(1, arguments.max_length + 1):
        for second_length in range(max(1, arguments.min_length - first_length), second + 1):
            one, other = number(first_length), number(second_length)
            if 1 + len(one.slots) + len(other.slots) <= longest:
                alternatives.append((one, body((PLUS,), 1, 1), other))
    return Language(tuple(alternatives))


def _check(arguments: TaskArguments, second: int) -> None:
    """Raise TpcError unless there are digits and lengths to draw from."""
    if not 1 <= arguments.vocab_size <= MOST_DIGITS:
        raise TpcError(
            f"addition has between 1 and {MOST_DIGITS} digits, got {arguments.vocab_size}",
            hint="here the vocabulary size counts the digits alone",
        )
    if arguments.max_length < 1 or second < 1:
        raise TpcError(
            f"the maximum length is {arguments.max_length}, which leaves no digits",
            hint="here it is the most digits of a number",
        )
    if arguments.min_length - 1 > second:
        raise TpcError(
            f"two numbers of 1 and {second} digits have less than {arguments.min_length} together",
            hint="the minimum length is the fewest digits of both numbers together",
        )


def _hint(index: int) -> str:
    """The letter before the digit at an index of its number; after `z` comes `a` again."""
    return string.ascii_lowercase[index % len(string.ascii_lowercase)]


def _hinted(number: Tokens) -> Tokens:
    return tuple(part for index, digit in enumerate(number) for part in (_hint(index), digit))


ADDITION = addition_task(
    "addition",
    "the sum of two numbers, as a single tag",
    second=lambda arguments: arguments.max_length // 2,
    answer=lambda digits: ("".join(digits),),
    gap=1,
)
ADDITION_DIGITS = addition_task(
    "addition_digits",
    "the digits of the sum of two numbers",
    second=lambda arguments: arguments.max_length,
    answer=lambda digits: digits,
)
ADDITION_HINTS = addition_task(
    "addition_hints",
    "the digits of the sum of two numbers, each after its hint",
    second=lambda arguments: arguments.max_length,
    answer=_hinted,
    hinted=True,
)
