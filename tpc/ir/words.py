"""Words of an input: the special tokens, and how other words are rewritten before look-up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

#: Framing of a sequence, the absence of a token, and every word that is not in the vocabulary.
BOS, EOS, PAD, UNK = "<s>", "</s>", "<pad>", "<unk>"

#: A step of rewriting: lower case, or every run of the digits 0 to 9 as one `@`.
Rewrite: TypeAlias = Literal["lower", "digits"]

_DIGITS = re.compile(r"[0-9]+")


def is_writable(text: str) -> bool:
    """Whether a text can be written as UTF-8: halves of surrogate pairs are no characters."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def rewrite_steps(*, lower: bool, digits: bool) -> tuple[Rewrite, ...]:
    """The steps that two switches ask for, in their order."""
    steps: tuple[Rewrite, ...] = ("lower",) if lower else ()
    return (*steps, "digits") if digits else steps


def rewrite(word: str, steps: Iterable[Rewrite]) -> str:
    """The word as a vocabulary knows it: rewritten step by step."""
    for step in steps:
        word = word.lower() if step == "lower" else _DIGITS.sub("@", word)
    return word
