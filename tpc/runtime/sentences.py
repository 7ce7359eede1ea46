"""Sentences for programs of text: which tokenizer they were trained with, and their framing."""

from __future__ import annotations

from collections.abc import Sequence

from tpc.data.corpora import CORPORA
from tpc.data.examples import TOKENIZERS, Tokenizer
from tpc.ir.program import Program
from tpc.ir.words import BOS, EOS, UNK


def origin(program: Program) -> dict[str, object]:
    """What the program's file says about its training; empty if it says nothing."""
    found = program.metadata.get("origin")
    return found if isinstance(found, dict) else {}


def frames_sentences(program: Program) -> bool:
    """Whether the program is one of text, all of whose inputs stand between `<s>` and `</s>`."""
    ids = program.token_ids
    if not {BOS, EOS, UNK} <= ids.keys():
        return False
    first, last = (ids[BOS],), (ids[EOS],)
    return all(
        pattern[0].slots[0].tokens == first and pattern[-1].slots[-1].tokens == last
        for pattern in program.language.alternatives
    )


def framed(program: Program, words: Sequence[str]) -> tuple[str, ...]:
    """The words as the program was trained to see them: framed, unless they are already."""
    if not frames_sentences(program) or (words and words[0] == BOS and words[-1] == EOS):
        return tuple(words)
    return (BOS, *words, EOS)


def training_tokenizer(program: Program) -> Tokenizer:
    """What split the text that the program was trained on; `treebank` where it does not say.

    The authors' runs on the paper's corpora read text that was already split.
    """
    data = origin(program).get("data")
    name = data.get("tokenizer") if isinstance(data, dict) else None
    known = next((tokenizer for tokenizer in TOKENIZERS if tokenizer == name), None)
    if known is not None:
        return known
    if origin(program).get("task") in CORPORA:
        return "space"
    return "treebank"
