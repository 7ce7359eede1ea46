"""Double histogram: for each symbol, how many distinct symbols occur as often as it does."""

from __future__ import annotations

from collections import Counter

import numpy as np

from tpc.data.task import Row, Task, TaskArguments
from tpc.data.tasks import _symbols
from tpc.ir.words import BOS, PAD


def _draw(generator: np.random.RandomState, arguments: TaskArguments) -> Row:
    symbols = _symbols.draw_after_mark(generator, arguments)
    counts = Counter(symbols)
    symbols_with = Counter(counts.values())
    return (BOS, *symbols), (PAD, *(str(symbols_with[counts[symbol]]) for symbol in symbols))


DOUBLE_HIST = Task(
    name="double_hist",
    summary="for each symbol, how many distinct symbols occur as often",
    draw=_draw,
    language=_symbols.language_after_mark,
    check=_symbols.check_after_mark,
)
