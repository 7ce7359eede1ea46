"""Splitting text into words."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal, get_args

Tokenizer = Literal["treebank", "space"]
TOKENIZERS: tuple[Tokenizer, ...] = get_args(Tokenizer)

Splitter = Callable[[str], list[str]]


def splitter(tokenizer: Tokenizer) -> Splitter:
    """The function that splits a text.

    Args:
        tokenizer: `treebank`, NLTK's tokenizer of the Penn Treebank's conventions, for raw text;
            `space` for text whose tokens are already set apart by blanks.
    """
    return str.split if tokenizer == "space" else _treebank()


@cache
def _treebank() -> Splitter:
    # Imported late: it takes half a second, and most commands read no raw text.
    from nltk.tokenize.treebank import TreebankWordTokenizer

    split: Splitter = TreebankWordTokenizer().tokenize
    return split
