"""A generated task: the symbols, the last one moved to the front."""

from __future__ import annotations

import numpy as np

from tpc.data.task import Row, Task, TaskArguments, body, frame, require_lengths, require_vocab
from tpc.ir.language import Language
from tpc.ir.words import BOS, EOS, PAD


def _symbols(arguments: TaskArguments) -> tuple[str, ...]:
    """What the vocabulary has besides `<pad>`, `<s>` and `</s>`."""
    return tuple(map(str, range(arguments.vocab_size - 3)))


def _draw(generator: np.random.RandomState, arguments: TaskArguments) -> Row:
    length = generator.randint(arguments.min_length, arguments.max_length - 1)
    drawn = tuple(map(str, generator.randint(len(_symbols(arguments)), size=length)))
    return (BOS, *drawn, EOS), (PAD, *drawn[-1:], *drawn[:-1], PAD)


def _language(arguments: TaskArguments, max_length: int) -> Language[str]:
    longest = min(arguments.max_length, max_length) - 2
    symbols = body(_symbols(arguments), arguments.min_length, longest)
    return Language(((frame(BOS), symbols, frame(EOS)),))


def _check(arguments: TaskArguments) -> None:
    require_vocab("rotate", arguments, smallest=4)
    require_lengths("rotate", arguments, framing=2)


ROTATE = Task(
    name="rotate",
    summary="the symbols, the last one moved to the front",
    draw=_draw,
    language=_language,
    check=_check,
)
