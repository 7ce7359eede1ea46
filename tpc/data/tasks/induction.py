"""Induction (in-context learning): each letter's number, as seen earlier in the same sequence.

A sequence is letters each followed by its number, `a2c0a2`; it either starts with an extra number
that nothing scores or ends with one more letter. Tags stand on the letters: the number that
followed the letter before, or `<unk>` at its first occurrence.
"""

from __future__ import annotations

import string

import numpy as np

from tpc.data.task import (
    Row,
    Task,
    TaskArguments,
    body,
    frame,
    require_lengths,
    require_vocab,
)
from tpc.diagnostics import TpcError
from tpc.ir.language import Group, Language, Slot
from tpc.ir.words import BOS, PAD, UNK

SMALLEST_VOCAB = 4


def _draw(generator: np.random.RandomState, arguments: TaskArguments) -> Row:
    letters, numbers = _alphabets(arguments)
    n_pairs = generator.randint(arguments.min_length // 2, arguments.max_length // 2 + 1)
    number_of = generator.randint(0, len(numbers), size=len(letters))
    tokens, tags = [BOS], [PAD]
    for index in generator.randint(0, len(letters), size=n_pairs):
        letter, number = letters[index], numbers[number_of[index]]
        tags += [number if letter in tokens else UNK, PAD]
        tokens += [letter, number]
    if generator.randint(0, 2):
        tokens.insert(1, numbers[generator.randint(0, len(numbers))])
        tags.insert(0, PAD)
        return tuple(tokens), tuple(tags)
    index = generator.randint(0, len(letters))
    # The last token before this one is a number (or <s>), yet it is left out of the look-back.
    tags.append(numbers[number_of[index]] if letters[index] in tokens[:-1] else UNK)
    return (*tokens, letters[index]), tuple(tags)


def _language(arguments: TaskArguments, max_length: int) -> Language[str]:
    letters, numbers = _alphabets(arguments)
    pair = (Slot(letters), Slot(numbers, scored=False))
    longest = min(arguments.max_length // 2, (max_length - 2) // 2)
    pairs = Group(pair, arguments.min_length // 2, longest)
    extra_number = Group((Slot(numbers, scored=False),))
    return Language(((frame(BOS), extra_number, pairs), (frame(BOS), pairs, body(letters, 1, 1))))


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
    draw=_draw,
    language=_language,
    check=_check,
    defaults=TaskArguments(vocab_size=10, min_length=9, max_length=9),
    always_distinct=True,
)
