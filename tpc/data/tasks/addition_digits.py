"""Addition: the digits of the sum, the most significant first."""

from __future__ import annotations

from tpc.data.task import Row
from tpc.data.tasks import _sums


def _write(first: _sums.Number, second: _sums.Number, answer: _sums.Number) -> Row:
    return _sums.row((*first, _sums.PLUS, *second), answer)


ADDITION_DIGITS = _sums.sum_task(
    "addition_digits",
    "the digits of the sum of two numbers",
    lambda arguments: arguments.max_length,
    _write,
)
