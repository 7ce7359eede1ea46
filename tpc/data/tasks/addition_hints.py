"""Addition with index hints: a letter before each digit, of the numbers and of their sum.

The hints are those of the code of the reproduction by Beekman et al., after Zhou et al. (2023):
each number starts anew at `a` with its most significant digit, `a3b1+a4b5c6`.
"""

from __future__ import annotations

import string
from collections.abc import Callable

from tpc.data.task import Row, TaskArguments
from tpc.data.tasks import _sums
from tpc.ir.language import Slot


def hint(index: int) -> str:
    """The letter before the digit at an index of its number; after `z` comes `a` again."""
    return string.ascii_lowercase[index % len(string.ascii_lowercase)]


def _hinted(number: _sums.Number) -> _sums.Number:
    return tuple(part for index, digit in enumerate(number) for part in (hint(index), digit))


def _write(first: _sums.Number, second: _sums.Number, answer: _sums.Number) -> Row:
    return _sums.row((*_hinted(first), _sums.PLUS, *_hinted(second)), _hinted(answer))


def _slots(arguments: TaskArguments) -> Callable[[int], tuple[Slot[str], ...]]:
    digits = tuple(str(index) for index in range(arguments.vocab_size))
    return lambda index: (Slot((hint(index),)), Slot(digits))


ADDITION_HINTS = _sums.sum_task(
    "addition_hints",
    "the digits of the sum of two numbers, each after its hint",
    lambda arguments: arguments.max_length,
    _write,
    digit=_slots,
)
