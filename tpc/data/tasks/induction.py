"""Induction (in-context learning): each letter's number, as seen earlier in the same sequence.

A sequence is letters each followed by its number, `a2c0a2`; it either starts with an extra number
that nothing scores or ends with one more letter. Tags stand on the letters: the number that
followed the letter before, or `<unk>` at its first occurrence.
"""

from __future__ import annotations

import string
from itertools import pairwise

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
from tpc.diagnostics import TpcError
from tpc.ir.language import Group, Language, Slot
from tpc.ir.words import PAD, UNK

SMALLEST_VOCAB = 4


def _draw(generator: np.random.RandomState, arguments: TaskArguments) -> Tokens:
    letters, numbers = _alphabets(arguments)
    n_pairs = generator.randint(arguments.min_length // 2, arguments.max_length // 2 + 1)
    number_of = generator.randint(0, len(numbers), size=len(letters))
    picks = generator.randint(0, len(letters), size=n_pairs)
    pairs = tuple(part for pick in picks for part in (letters[pick], numbers[number_of[pick]]))
    if generator.randint(0, 2):
        return (numbers[generator.randint(0, len(numbers))], *pairs)
    return (*pairs, letters[generator.randint(0, len(letters))])


def _answer(tokens: Tokens) -> Labels | None:
    """What stands on the letters; nothing is asked where a letter has two numbers."""
    number_of: dict[str, str] = {}
    labels = []
    for token, after in pairwise((*tokens, None)):
        letter = str(token)
        if letter not in string.ascii_lowercase:
            labels.append(PAD)
            continue
        labels.append(number_of.get(letter, UNK))
        if after is not None and number_of.setdefault(letter, after) != after:
            return None
    return tuple(labels)


def _inputs(arguments: TaskArguments, longest: int) -> Language[str]:
    letters, numbers = _alphabets(arguments)
    pair = (Slot(letters), Slot(numbers, scored=False))
    most = min(arguments.max_length // 2, (longest - 1) // 2)
    pairs = Group(pair, arguments.min_length // 2, most)
    extra_number = Group((Slot(numbers, scored=False),))
    return Language(((extra_number, pairs), (pairs, body(letters, 1, 1))))


def _alphabets(arguments: TaskArguments) -> tuple[tuple[str, ...], tuple[str, ...]]:
    size = (arguments.vocab_size - 2) // 2
    return tuple(string.ascii_lowercase[:size]), tuple(str(index) for index in range(size))


def _check(arguments: TaskArguments) -> None:
    require_vocab("induction", arguments, SMALLEST_VOCAB)
    require_lengths("induction", arguments, framing=0)
    largest = 2 * len(string.ascii_lowercase) + 3
    if arguments.vocab_size > largest:
        raise TpcError(
            f"induction has only 26 letters: its vocabulary size is at most {largest}, "
            f"got {arguments.vocab_size}"
        )


INDUCTION = Task(
    name="induction",
    summary="each letter's number, as seen earlier in the sequence",
    rows=asked(_draw, _answer),
    inputs=_inputs,
    check=_check,
    answer=_answer,
    defaults=TaskArguments(vocab_size=10, min_length=9, max_length=9),
    always_distinct=True,
    identity="".join,
)
