"""A task from a user's function, which answers every input."""

from __future__ import annotations

import random
from itertools import islice

import numpy as np

from tpc.data.calling import answering, ask, failed
from tpc.data.labelling import is_pooled
from tpc.data.own_task import TaskFunction, is_token
from tpc.data.python_source import defined_at
from tpc.data.task import (
    MOST_REFUSED,
    Task,
    TaskArguments,
    Tokens,
    asked,
    body,
    require_lengths,
)
from tpc.diagnostics import TpcError, quoted
from tpc.ir.language import Language
from tpc.ir.words import EOS


def function_task(found: TaskFunction) -> Task:
    """The task of a function.

    Raises:
        TpcError: It fails on its first input.
    """
    assert found.lengths is not None, "checked when it was declared"
    end = (EOS,) if found.closed else ()
    alphabet, framing = found.alphabet, 1 + len(end)

    def inputs(arguments: TaskArguments, longest: int) -> Language[str]:
        most = min(arguments.max_length - framing, longest)
        return Language(((body(alphabet, arguments.min_length, most),),))

    def draw(generator: np.random.RandomState, arguments: TaskArguments) -> Tokens:
        lengths = arguments.min_length, arguments.max_length - framing
        if found.draw is not None:
            return _drawn(found, generator, lengths)
        length = generator.randint(lengths[0], lengths[1] + 1)
        return tuple(alphabet[pick] for pick in generator.randint(0, len(alphabet), size=length))

    vocabulary = 1 + framing + len(alphabet)
    shortest, longest = found.lengths
    defaults = TaskArguments(vocabulary, min_length=shortest, max_length=longest + framing)
    pooled = _is_pooled(found, inputs(defaults, longest))
    answer = answering(found.function, pooled=pooled, labels=found.labels)
    return Task(
        name=found.__name__,
        summary=found.summary,
        rows=asked(draw, answer),
        inputs=inputs,
        check=lambda arguments: require_lengths(found.__name__, arguments, framing),
        answer=answer,
        defaults=defaults,
        end=end,
        pooled=pooled,
        causal=found.causal,
        fixed_vocab_size=vocabulary,
    )


def _drawn(
    found: TaskFunction, generator: np.random.RandomState, lengths: tuple[int, int]
) -> Tokens:
    """An input of these lengths, drawn by the user's own function."""
    draw = found.draw
    assert draw is not None, "whoever asks has checked it"
    for _ in range(MOST_REFUSED):
        stream = random.Random(int(generator.randint(2**31)))
        try:
            tokens = tuple(draw(stream))
        except (Exception, SystemExit) as error:
            raise failed(draw, error, "while an input is drawn") from error
        foreign = [token for token in tokens if not is_token(token) or token not in found.alphabet]
        if foreign:
            raise TpcError(
                f"{draw.__name__} draws {quoted(foreign[0])}, which the alphabet does not have",
                location=defined_at(draw),
            )
        if lengths[0] <= len(tokens) <= lengths[1]:
            return tokens
    raise TpcError(
        f"{draw.__name__} drew no input of {lengths[0]} to {lengths[1]} tokens in "
        f"{MOST_REFUSED:,} tries",
        location=defined_at(draw),
    )


def _is_pooled(found: TaskFunction, inputs: Language[str]) -> bool:
    """Whether the function answers one label for all tokens, by its first answer."""
    for tokens in islice(inputs.strings(), MOST_REFUSED):
        answer = ask(found.function, tokens)
        if answer is not None:
            return is_pooled(answer)
    raise TpcError(
        f"{found.__name__} has no labels for any of its first {MOST_REFUSED:,} inputs",
        location=defined_at(found.function),
        hint="return the labels; None is for inputs that are not asked",
    )
