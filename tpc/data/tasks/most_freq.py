"""Most frequent: the distinct symbols by falling frequency, ties by first occurrence.

The places left over are tagged `<s>`, and are scored.
"""

from __future__ import annotations

import numpy as np

from tpc.data.task import Row, Task, TaskArguments
from tpc.data.tasks import _symbols
from tpc.ir.words import BOS, PAD


def _draw(generator: np.random.RandomState, arguments: TaskArguments) -> Row:
    symbols = _symbols.draw_after_mark(generator, arguments)
    distinct = dict.fromkeys(symbols)
    ranked = sorted(distinct, key=lambda symbol: (-symbols.count(symbol), symbols.index(symbol)))
    filler = (BOS,) * (len(symbols) - len(ranked))
    return (BOS, *symbols), (PAD, *ranked, *filler)


MOST_FREQ = Task(
    name="most_freq",
    summary="the distinct symbols, most frequent first",
    draw=_draw,
    language=_symbols.language_after_mark,
    check=_symbols.check_after_mark,
)
