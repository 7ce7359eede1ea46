"""Reverse: the body's symbols, last one first."""

from __future__ import annotations

import numpy as np

from tpc.data.task import Row, Task, TaskArguments
from tpc.data.tasks import _symbols
from tpc.ir.words import BOS, EOS, PAD


def _draw(generator: np.random.RandomState, arguments: TaskArguments) -> Row:
    symbols = _symbols.draw_between_marks(generator, arguments)
    return (BOS, *symbols, EOS), (PAD, *reversed(symbols), PAD)


REVERSE = Task(
    name="reverse",
    summary="the symbols, last one first",
    draw=_draw,
    language=_symbols.language_between_marks,
    check=_symbols.check_between_marks,
)
