"""What an emitted file says of itself: where it came from, what it promises, an example."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import TypeAlias

from tpc.ir.words import rewrite
from tpc.lowering.lowered import Lowered

#: What is said about the network, by key of the program's origin.
_FACTS = {
    "layers": " of depth {}",
    "trainer": " trained by {}",
    "task": " for the task {}",
    "refitted": ", its votes fitted again on {}",
}

#: Calls in examples are not longer than this.
_MOST_SHOWN = 80

#: The interpreter: the right answer for some tokens.
Answer: TypeAlias = "Callable[[Sequence[str]], list[str] | str]"


def title(lowered: Lowered) -> str:
    """What it is, as a sentence."""
    return f"{lowered.name}: a Transformer Program."


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


def paragraphs(lowered: Lowered, width: int) -> list[str]:
    """What it is, where it came from, what it promises, in lines of at most this width."""
    parts = [title(lowered), wrapped(origin(lowered), width), wrapped(promise(lowered), width)]
    parts[-1] += f"\n{proof(lowered)}" if proof(lowered) else ""
    return [part for part in parts if part]


def introduction(
    lowered: Lowered, answer: Answer, width: int, literal: Callable[[list[str] | str], str]
) -> list[str]:
    """The paragraphs, and an example where one is short enough.

    Args:
        lowered: The program.
        answer: The interpreter, which knows the right answer.
        width: Of the lines.
        literal: How the target writes a string or a list of strings.
    """
    for ids in sorted(lowered.sample, key=len, reverse=True):
        tokens = [lowered.vocabulary[index] for index in ids]
        # Words that rewriting changes may be unknown once they are rewritten.
        known = all(rewrite(token, lowered.rewrite) == token for token in tokens)
        call = f"run({literal(tokens)})"
        if known and len(call) <= _MOST_SHOWN:
            example = f"    {call}\n    == {literal(answer(tokens))}"
            return [*paragraphs(lowered, width), example]
    return paragraphs(lowered, width)


def in_docstring(text: str) -> str:
    """Text that can stand between three double quotes in Python."""
    printable = "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
    return printable.replace("\\", "\\\\").replace('"', '\\"')


def wrapped(text: str, width: int) -> str:
    """Text in lines of at most this width, unless a word is longer."""
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
