"""Sentences for programs of text: which tokenizer they were trained with, and their framing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tpc.data.corpora import CORPORA
from tpc.data.examples import TOKENIZERS, Tokenizer
from tpc.data.windows import joined, windows
from tpc.diagnostics import TpcError
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


def check_windows(program: Program) -> None:
    """Raise TpcError unless a program can answer long sequences window by window."""
    if program.label_type.pooled:
        raise TpcError(
            f"%{program.name} labels whole sequences: windows of one have no label",
            hint="--skip-long leaves out what is too long",
        )
    if frames_sentences(program) and program.max_length <= 2:
        raise TpcError(
            f"%{program.name} takes {program.max_length} tokens: windows would have no words"
        )


def labels_in_windows(
    program: Program,
    tokens: Sequence[str],
    answer: Callable[[Sequence[str]], Sequence[str]],
) -> Iterator[str]:
    """The labels of a sequence of more tokens than a program takes, from windows of it.

    Args:
        program: What answers, a label for each token.
        tokens: Framed, if the program's inputs are.
        answer: The labels of one window.
    """
    framed = frames_sentences(program)
    cut = windows(tuple(tokens), program.max_length, framed=framed)
    return joined((window, answer(window.tokens)) for window in cut)


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
