"""Dyck-1 and Dyck-2: is each prefix of a sequence of brackets balanced, completable or broken?

Half of the rows are drawn to be balanced (then filled up at random or cut), half entirely at
random; every row has exactly `max_length - 1` brackets.
"""

from __future__ import annotations

import numpy as np

from tpc.data.task import Labels, Task, TaskArguments, Tokens, asked, body, require_lengths
from tpc.diagnostics import TpcError
from tpc.ir.language import Language

Pair = tuple[str, str]

VALID_PREFIX = "P"
BALANCED = "T"
BROKEN = "F"


def dyck_task(name: str, pairs: tuple[Pair, ...], summary: str) -> Task:
    """The Dyck task over these bracket pairs; causal, and its vocabulary size is fixed."""
    symbols = tuple(bracket for pair in pairs for bracket in pair)

    def draw(generator: np.random.RandomState, arguments: TaskArguments) -> Tokens:
        length = arguments.max_length - 1
        brackets = _draw_balanced(generator, arguments, pairs) if generator.randint(2) else ()
        if len(brackets) < length:
            picks = generator.randint(0, len(symbols), size=length - len(brackets))
            brackets = (*brackets, *(symbols[pick] for pick in picks))
        return brackets[:length]

    def inputs(arguments: TaskArguments, longest: int) -> Language[str]:
        length = min(arguments.max_length - 1, longest)
        return Language(((body(symbols, length, length),),))

    def answer(brackets: Tokens) -> Labels:
        return prefix_tags(brackets, pairs)

    return Task(
        name=name,
        summary=summary,
        rows=asked(draw, answer),
        inputs=inputs,
        check=_check,
        answer=answer,
        defaults=TaskArguments(vocab_size=len(pairs), min_length=16, max_length=16),
        causal=True,
        fixed_vocab_size=len(pairs),
        identity="".join,
    )


def prefix_tags(brackets: Tokens, pairs: tuple[Pair, ...]) -> Labels:
    """Per prefix: balanced, completable, or broken (and broken from then on)."""
    opener_of = {closer: opener for opener, closer in pairs}
    open_brackets: list[str] = []
    tags: list[str] = []
    for index, bracket in enumerate(brackets):
        if bracket not in opener_of:
            open_brackets.append(bracket)
        elif open_brackets and open_brackets[-1] == opener_of[bracket]:
            open_brackets.pop()
        else:
            return (*tags, *(BROKEN,) * (len(brackets) - index))
        tags.append(VALID_PREFIX if open_brackets else BALANCED)
    return tuple(tags)


def _draw_balanced(
    generator: np.random.RandomState, arguments: TaskArguments, pairs: tuple[Pair, ...]
) -> Tokens:
    """Pairs added one after another, each behind what is there or around it."""
    n_pairs = generator.randint(arguments.min_length // 2, arguments.max_length // 2 + 1)
    brackets: Tokens = ()
    for _ in range(n_pairs):
        opener, closer = pairs[generator.randint(0, len(pairs))]
        behind = generator.randint(0, 2) == 0
        brackets = (*brackets, opener, closer) if behind else (opener, *brackets, closer)
    return brackets


def _check(arguments: TaskArguments) -> None:
    require_lengths("a Dyck task", arguments, framing=0)
    if arguments.max_length < 2:
        raise TpcError(
            f"a Dyck task has no brackets at maximum length {arguments.max_length}",
            hint="the maximum length counts <s>: give at least 2",
        )


DYCK1 = dyck_task("dyck1", (("(", ")"),), "tag each prefix of round brackets")
DYCK2 = dyck_task("dyck2", (("(", ")"), ("{", "}")), "tag each prefix of round and curly brackets")
