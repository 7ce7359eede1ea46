"""The sentences that a network trained on text is meant for."""

from __future__ import annotations

from tpc.data.patterns import body, frame
from tpc.ir.language import Language
from tpc.ir.words import BOS, EOS, PAD


def sentence_language(vocabulary: tuple[str, ...], shortest: int, max_length: int) -> Language[str]:
    """`<s>` words `</s>` over all words that are not framing or padding, `<unk>` included."""
    words = tuple(word for word in vocabulary if word not in (PAD, BOS, EOS))
    return Language(((frame(BOS), body(words, shortest, max_length - 2), frame(EOS)),))
