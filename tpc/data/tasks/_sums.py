"""Two numbers to be added, `<s>` digits `+` digits, drawn as in the reproduction by Beekman et al.

Here `vocab_size` is the number of digits, without special tokens; `max_length` is the most digits
of the first number, and `min_length` the fewest of both together.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tpc.data.patterns import body, frame
from tpc.data.task import Row, Task, TaskArguments
from tpc.diagnostics import TpcError
from tpc.ir.language import Group, Language, Slot
from tpc.ir.words import BOS, PAD

PLUS = "+"
MOST_DIGITS = 10

Number = tuple[str, ...]
SecondLength = Callable[[TaskArguments], int]
"""The most digits of the second number."""


def draw_numbers(
    generator: np.random.RandomState, arguments: TaskArguments, second: int, gap: int
) -> tuple[Number, Number]:
    """Two numbers as digits, the most significant first.

    Args:
        generator: NumPy's legacy stream.
        arguments: Of the task.
        second: The most digits of the second number.
        gap: Digits drawn between the two, and thrown away: the place of the plus sign.
    """
    first_length = generator.randint(1, arguments.max_length + 1)
    shortest = max(1, arguments.min_length - first_length)
    second_length = generator.randint(shortest, second + 1)
    size = first_length + gap + second_length
    digits = [str(digit) for digit in generator.randint(0, arguments.vocab_size, size=size)]
    return tuple(digits[:first_length]), tuple(digits[first_length + gap :])


def total(first: Number, second: Number) -> Number:
    """The digits of the sum, in decimal whatever the number of digits in use."""
    return tuple(str(int("".join(first)) + int("".join(second))))


def row(tokens: Number, answer: Number) -> Row:
    """The answer from the first token after `<s>` on; what is left over is tagged `<s>`."""
    filler = (BOS,) * (len(tokens) - len(answer))
    return (BOS, *tokens), (PAD, *answer, *filler)


def sum_language(
    arguments: TaskArguments,
    longest: int,
    second: int,
    digit: Callable[[int], tuple[Slot[str], ...]] | None = None,
) -> Language[str]:
    """All pairs of numbers, an alternative for each pair of lengths.

    Args:
        arguments: Of the task.
        longest: The most tokens, those of the network's longest row.
        second: The most digits of the second number.
        digit: The slots of the digit at an index of its number; the digit alone by default.
    """
    digits = tuple(str(index) for index in range(arguments.vocab_size))
    write = digit or (lambda _: (Slot(digits),))
    alternatives = []
    for first_length in range(1, arguments.max_length + 1):
        for second_length in range(max(1, arguments.min_length - first_length), second + 1):
            numbers = [
                Group(tuple(slot for index in range(length) for slot in write(index)))
                for length in (first_length, second_length)
            ]
            if 2 + sum(len(number.slots) for number in numbers) <= longest:
                alternatives.append((frame(BOS), numbers[0], body((PLUS,), 1, 1), numbers[1]))
    return Language(tuple(alternatives))


def check_sum(arguments: TaskArguments, second: int) -> None:
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


def sum_task(
    name: str,
    summary: str,
    second: SecondLength,
    write: Callable[[Number, Number, Number], Row],
    *,
    gap: int = 0,
    digit: Callable[[TaskArguments], Callable[[int], tuple[Slot[str], ...]]] | None = None,
) -> Task:
    """A task on two numbers.

    Args:
        name: Of the task.
        summary: Of the task.
        second: The most digits of the second number.
        write: Tokens and tags from the two numbers and their sum.
        gap: As in `draw_numbers`.
        digit: The slots of a digit, as in `sum_language`.
    """

    def draw(generator: np.random.RandomState, arguments: TaskArguments) -> Row:
        one, other = draw_numbers(generator, arguments, second(arguments), gap)
        return write(one, other, total(one, other))

    def language(arguments: TaskArguments, max_length: int) -> Language[str]:
        slots = digit(arguments) if digit else None
        return sum_language(arguments, max_length, second(arguments), slots)

    return Task(
        name=name,
        summary=summary,
        draw=draw,
        language=language,
        check=lambda arguments: check_sum(arguments, second(arguments)),
        defaults=TaskArguments(vocab_size=MOST_DIGITS, min_length=1, max_length=2),
    )
