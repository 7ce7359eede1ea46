"""What an emitted file says of itself: where it came from, what it promises, an example."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tpc.ir.words import rewrite
from tpc.lowering.lowered import Lowered

#: What is said about the network, by key of the program's origin.
_FACTS = {"layers": " of depth {}", "trainer": " trained by {}", "task": " for the task {}"}

#: The interpreter: the right answer for some tokens.
Answer: TypeAlias = "Callable[[Sequence[str]], list[str] | str]"


@dataclass(frozen=True)
class Example:
    """An input of the program's language, and the answer."""

    tokens: tuple[str, ...]
    answer: list[str] | str


def paragraphs(lowered: Lowered, width: int) -> list[str]:
    """What it is, where it came from, what it promises, in lines of at most this width."""
    promised, proved = wrapped(promise(lowered), width), proof(lowered)
    found = (
        f"{lowered.name}: a Transformer Program.",
        wrapped(origin(lowered), width),
        f"{promised}\n{proved}" if proved else promised,
    )
    return list(filter(None, found))


def in_docstring(text: str) -> str:
    """Text that can stand between three double quotes in Python."""
    printable = "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
    return printable.replace("\\", "\\\\").replace('"', '\\"')


def origin(lowered: Lowered) -> str:
    """Where the program came from, as a sentence; nothing if that is not known."""
    facts = [
        text.format(lowered.origin[key])
        for key, text in _FACTS.items()
        if isinstance(lowered.origin.get(key), str | int)
    ]
    return f"Exported from a network{''.join(facts)}." if facts else ""


def promise(lowered: Lowered) -> str:
    """Where the program's labels are the network's, as a sentence."""
    what = "its label is" if lowered.pooled else "its labels are"
    if lowered.contract.scope == "every_string":
        return f"For every sequence of at most {lowered.max_length} tokens {what} the network's."
    if lowered.contract.scope == "data":
        data = lowered.contract.proved_against or "data"
        return f"An approximation of the network, measured on {data}."
    return f"On the inputs of its task {what} the network's, elsewhere they may differ."


def proof(lowered: Lowered) -> str:
    """What the promise was proved against, as a sentence; nothing if there is no proof."""
    found = lowered.contract.proved_against
    return f"Proved against {found}." if found and lowered.contract.scope == "language" else ""


def example(
    lowered: Lowered,
    answer: Answer,
    short: Callable[[Sequence[str]], bool],
) -> Example | None:
    """The longest sample of the language that can be shown.

    Args:
        lowered: The program.
        answer: The interpreter, which knows the right answer.
        short: Whether some tokens are few enough to be shown.
    """
    for ids in sorted(lowered.sample, key=len, reverse=True):
        tokens = tuple(lowered.vocabulary[index] for index in ids)
        # Words that rewriting changes may be unknown once they are rewritten.
        if short(tokens) and all(rewrite(t, lowered.rewrite) == t for t in tokens):
            return Example(tokens, answer(tokens))
    return None


def wrapped(text: str, width: int) -> str:
    """Text in lines of at most this width, unless a word is longer."""
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
