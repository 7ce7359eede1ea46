"""Addition: the sum as one tag, as the code of the reproduction by Beekman et al. writes it.

Its text describes a tag for each digit; that is the task `addition_digits`. The second number has
at most half as many digits as the first may have.
"""

from __future__ import annotations

from tpc.data.task import Row
from tpc.data.tasks import _sums


def _write(first: _sums.Number, second: _sums.Number, answer: _sums.Number) -> Row:
    return _sums.row((*first, _sums.PLUS, *second), ("".join(answer),))


ADDITION = _sums.sum_task(
    "addition",
    "the sum of two numbers, as a single tag",
    lambda arguments: arguments.max_length // 2,
    _write,
    gap=1,
)
