"""What a run on real text says about its input: rewriting of words, and the sentences it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tpc.data.language import Language, body, frame
from tpc.data.task import BOS, EOS, PAD

_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class Rewriting:
    """How words are rewritten before they are looked up, in training as in use."""

    lower: bool = False
    digits: bool = False

    def apply(self, word: str) -> str:
        """The word as the vocabulary knows it; a run of digits becomes one `@`."""
        lowered = word.lower() if self.lower else word
        return _DIGITS.sub("@", lowered) if self.digits else lowered


def sentence_language(vocabulary: tuple[str, ...], shortest: int, max_length: int) -> Language:
    """`<s>` words `</s>` over all words that are not framing or padding, `<unk>` included."""
    words = tuple(word for word in vocabulary if word not in (PAD, BOS, EOS))
    return Language(((frame(BOS), body(words, shortest, max_length - 2), frame(EOS)),))
