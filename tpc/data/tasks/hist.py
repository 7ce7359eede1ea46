"""Histogram: for each symbol, how often it occurs."""

from __future__ import annotations

import numpy as np

from tpc.data.task import Row, Task, TaskArguments
from tpc.data.tasks import _symbols
from tpc.ir.words import BOS, PAD


def _draw(generator: np.random.RandomState, arguments: TaskArguments) -> Row:
    symbols = _symbols.draw_after_mark(generator, arguments)
    return (BOS, *symbols), (PAD, *(str(symbols.count(symbol)) for symbol in symbols))


HIST = Task(
    name="hist",
    summary="for each symbol, how often it occurs",
    draw=_draw,
    language=_symbols.language_after_mark,
    check=_symbols.check_after_mark,
)
