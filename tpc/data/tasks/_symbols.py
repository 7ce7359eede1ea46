"""Bodies of random symbols between framing tokens, which five of the tasks share."""

from __future__ import annotations

import numpy as np

from tpc.data.patterns import body, frame
from tpc.data.task import TaskArguments, require_lengths, require_vocab
from tpc.ir.language import Language
from tpc.ir.words import BOS, EOS

Symbols = tuple[str, ...]


def alphabet(arguments: TaskArguments, specials: int) -> Symbols:
    """The decimal numerals left when `specials` of the vocabulary are special tokens."""
    return tuple(str(index) for index in range(arguments.vocab_size - specials))


def draw_body(
    generator: np.random.RandomState, symbols: Symbols, shortest: int, longest: int
) -> Symbols:
    """A length in `shortest..longest`, then that many independent symbols.

    `randint` over indices consumes the legacy stream exactly as `choice(symbols)` does.
    """
    length = generator.randint(shortest, longest + 1)
    picks = generator.randint(0, len(symbols), size=length)
    return tuple(symbols[pick] for pick in picks)


def draw_between_marks(generator: np.random.RandomState, arguments: TaskArguments) -> Symbols:
    """The body of a sequence framed by `<s>` and `</s>`."""
    longest = arguments.max_length - 2
    return draw_body(generator, alphabet(arguments, 3), arguments.min_length, longest)


def draw_after_mark(generator: np.random.RandomState, arguments: TaskArguments) -> Symbols:
    """The body of a sequence framed by `<s>` alone."""
    longest = arguments.max_length - 1
    return draw_body(generator, alphabet(arguments, 2), arguments.min_length, longest)


def language_between_marks(arguments: TaskArguments, max_length: int) -> Language[str]:
    """`<s>` symbols `</s>`, no longer than the network's longest row."""
    longest = min(arguments.max_length, max_length) - 2
    symbols = body(alphabet(arguments, 3), arguments.min_length, longest)
    return Language(((frame(BOS), symbols, frame(EOS)),))


def language_after_mark(arguments: TaskArguments, max_length: int) -> Language[str]:
    """`<s>` symbols, no longer than the network's longest row."""
    longest = min(arguments.max_length, max_length) - 1
    symbols = body(alphabet(arguments, 2), arguments.min_length, longest)
    return Language(((frame(BOS), symbols),))


def check_between_marks(arguments: TaskArguments) -> None:
    """Raise TpcError unless there is a sequence `<s>` symbols `</s>` to draw."""
    require_vocab("a task framed by <s> and </s>", arguments, smallest=4)
    require_lengths("a task framed by <s> and </s>", arguments, framing=2)


def check_after_mark(arguments: TaskArguments) -> None:
    """Raise TpcError unless there is a sequence `<s>` symbols to draw."""
    require_vocab("a task framed by <s>", arguments, smallest=3)
    require_lengths("a task framed by <s>", arguments, framing=1)
