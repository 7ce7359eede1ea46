"""Five tasks on random symbols after `<s>`, of which two also end with `</s>`.

A task is what it does to the symbols of a row: a tag for each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from tpc.data.task import (
    Labels,
    Task,
    TaskArguments,
    Tokens,
    asked,
    body,
    require_lengths,
    require_vocab,
)
from tpc.ir.language import Language
from tpc.ir.words import BOS, EOS


def symbol_task(
    name: str, summary: str, tag: Callable[[Tokens], Labels], *, closed: bool = False
) -> Task:
    """A task on the decimal numerals that the special tokens leave of the vocabulary.

    Args:
        name: Of the task.
        summary: Of the task.
        tag: The tags of a row's symbols.
        closed: Whether `</s>` ends a row.
    """
    end = (EOS,) if closed else ()
    framing = 1 + len(end)
    framed = "a task framed by <s> and </s>" if closed else "a task framed by <s>"

    def alphabet(arguments: TaskArguments) -> Tokens:
        return tuple(str(index) for index in range(arguments.vocab_size - 1 - framing))

    def draw(generator: np.random.RandomState, arguments: TaskArguments) -> Tokens:
        # Indices consume the legacy stream exactly as `choice(alphabet)` does.
        known, longest = alphabet(arguments), arguments.max_length - framing
        length = generator.randint(arguments.min_length, longest + 1)
        return tuple(known[pick] for pick in generator.randint(0, len(known), size=length))

    def inputs(arguments: TaskArguments, longest: int) -> Language[str]:
        longest = min(arguments.max_length - framing, longest)
        return Language(((body(alphabet(arguments), arguments.min_length, longest),),))

    def check(arguments: TaskArguments) -> None:
        require_vocab(framed, arguments, smallest=2 + framing)
        require_lengths(framed, arguments, framing)

    return Task(
        name=name,
        summary=summary,
        rows=asked(draw, tag),
        inputs=inputs,
        check=check,
        answer=tag,
        end=end,
        identity="".join,
    )


def _occurrences(symbols: Tokens) -> Labels:
    return tuple(str(symbols.count(symbol)) for symbol in symbols)


def _symbols_as_frequent(symbols: Tokens) -> Labels:
    counts = Counter(symbols)
    symbols_with = Counter(counts.values())
    return tuple(str(symbols_with[counts[symbol]]) for symbol in symbols)


def _by_frequency(symbols: Tokens) -> Labels:
    """Ties by first occurrence; the positions left over are tagged `<s>`, and are scored."""
    ranked = sorted(
        dict.fromkeys(symbols),
        key=lambda symbol: (-symbols.count(symbol), symbols.index(symbol)),
    )
    return (*ranked, *[BOS] * (len(symbols) - len(ranked)))


SORT = symbol_task(
    "sort", "the symbols in order", lambda symbols: tuple(sorted(symbols)), closed=True
)
REVERSE = symbol_task(
    "reverse", "the symbols, last one first", lambda symbols: symbols[::-1], closed=True
)
HIST = symbol_task("hist", "for each symbol, how often it occurs", _occurrences)
DOUBLE_HIST = symbol_task(
    "double_hist",
    "for each symbol, how many distinct symbols occur as often",
    _symbols_as_frequent,
)
MOST_FREQ = symbol_task("most_freq", "the distinct symbols, most frequent first", _by_frequency)
