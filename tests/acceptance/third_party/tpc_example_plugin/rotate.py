"""A generated task: the symbols, the last one moved to the front."""

from __future__ import annotations

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
from tpc.ir.words import EOS


def _symbols(arguments: TaskArguments) -> tuple[str, ...]:
    """What the vocabulary has besides `<pad>`, `<s>` and `</s>`."""
    return tuple(map(str, range(arguments.vocab_size - 3)))


def _draw(generator: np.random.RandomState, arguments: TaskArguments) -> Tokens:
    length = generator.randint(arguments.min_length, arguments.max_length - 1)
    return tuple(map(str, generator.randint(len(_symbols(arguments)), size=length)))


def _rotated(tokens: Tokens) -> Labels:
    return (*tokens[-1:], *tokens[:-1])


def _inputs(arguments: TaskArguments, longest: int) -> Language[str]:
    longest = min(arguments.max_length - 2, longest)
    return Language(((body(_symbols(arguments), arguments.min_length, longest),),))


def _check(arguments: TaskArguments) -> None:
    require_vocab("rotate", arguments, smallest=4)
    require_lengths("rotate", arguments, framing=2)


ROTATE = Task(
    name="rotate",
    summary="the symbols, the last one moved to the front",
    rows=asked(_draw, _rotated),
    inputs=_inputs,
    check=_check,
    answer=_rotated,
    end=(EOS,),
)
