"""Sort: the body's symbols in string order."""

from __future__ import annotations

import numpy as np

from tpc.data.task import Row, Task, TaskArguments
from tpc.data.tasks import _symbols
from tpc.ir.words import BOS, EOS, PAD


def _draw(generator: np.random.RandomState, arguments: TaskArguments) -> Row:
    symbols = _symbols.draw_between_marks(generator, arguments)
    return (BOS, *symbols, EOS), (PAD, *sorted(symbols), PAD)


SORT = Task(
    name="sort",
    summary="the symbols in order",
    draw=_draw,
    language=_symbols.language_between_marks,
    check=_symbols.check_between_marks,
)
