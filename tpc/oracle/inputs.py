"""Which inputs an oracle is asked: what they are drawn from, and how they are changed a little."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from tpc.data.own_task import LONGEST as MOST_TOKENS
from tpc.data.own_task import SPECIAL, is_token
from tpc.data.task import Task, TaskArguments, Tokens, body
from tpc.diagnostics import TpcError, quoted
from tpc.ir.language import Language

LONGEST = 1_000_000
_TRIES = 20


@dataclass(frozen=True)
class Inputs:
    """What may be asked, without the tokens that frame it.

    Attributes:
        up_to: All of it with at most so many tokens.
        stream: Inputs without end from a seed; repetitions are possible.
        given: Inputs of a user's own, if it is made of these.
    """

    up_to: Callable[[int], Language[str]]
    stream: Callable[[int], Iterator[Tokens]]
    given: tuple[Tokens, ...] = ()

    @property
    def language(self) -> Language[str]:
        """All of it."""
        return self.up_to(LONGEST)

    @property
    def alphabet(self) -> Tokens:
        """All tokens, in string order."""
        slots = (s for groups in self.language.alternatives for g in groups for s in g.slots)
        return tuple(sorted({token for slot in slots for token in slot.tokens}))

    def drawn(
        self, count: int, seed: int, without: frozenset[Tokens] = frozenset()
    ) -> list[Tokens]:
        """Distinct inputs, as many as there are in five times as many draws."""
        found: dict[Tokens, None] = {}
        for tokens in islice(self.stream(seed), 5 * count):
            if tokens not in without:
                found[tokens] = None
            if len(found) == count:
                break
        return list(found)

    def changed(self, tokens: Tokens, stream: random.Random) -> Tokens:
        """An input of the language that differs a little; the same if none is found."""
        alphabet = self.alphabet
        for _ in range(_TRIES):
            found = _change(tokens, alphabet, stream)
            if found != tokens and self.language.match(found, LONGEST) is not None:
                return found
        return tokens


def _change(tokens: Tokens, alphabet: Tokens, stream: random.Random) -> Tokens:
    """One step: another token, one more, one less, two exchanged, or a part repeated."""
    place = stream.randrange(len(tokens) + 1)
    kind = stream.randrange(5)
    before, after = tokens[:place], tokens[place:]
    if kind == 0:
        return (*before, stream.choice(alphabet), *after)
    if not after:
        return tokens
    if kind == 1:
        return (*before, stream.choice(alphabet), *after[1:])
    if kind == 2:
        return (*before, *after[1:])
    if kind == 3:
        other = stream.randrange(len(tokens))
        swapped = [*tokens]
        swapped[place], swapped[other] = swapped[other], swapped[place]
        return tuple(swapped)
    width = stream.randrange(1, 4)
    return (*before, *after[:width], *after)[: max(len(tokens), place + width)]


def strings_over(alphabet: Sequence[str], lengths: tuple[int, int]) -> Inputs:
    """All strings over an alphabet, every length as likely.

    Raises:
        TpcError: The alphabet or the lengths are none.
    """
    alphabet = _checked(alphabet)
    shortest, longest = lengths
    if not 0 <= shortest <= longest <= MOST_TOKENS:
        raise TpcError(f"there are no lengths from {shortest} to {longest}", hint="--lengths 1-8")

    def stream(seed: int) -> Iterator[Tokens]:
        source = random.Random(seed)
        while True:
            yield tuple(source.choices(alphabet, k=source.randint(shortest, longest)))

    return Inputs(_bodies(alphabet, lengths), stream)


def _checked(alphabet: Sequence[str]) -> Tokens:
    """The tokens of an alphabet.

    Raises:
        TpcError: It has none, one twice, or something that is no token of an input.
    """
    wrong = [token for token in alphabet if not is_token(token) or token in SPECIAL]
    if not alphabet or wrong or len(set(alphabet)) < len(alphabet):
        named = quoted(wrong[0]) if wrong else "what is given twice" if alphabet else "nothing"
        raise TpcError(f"{named} makes no alphabet", hint="--alphabet a,b,c")
    return tuple(alphabet)


def _bodies(alphabet: Sequence[str], lengths: tuple[int, int]) -> Callable[[int], Language[str]]:
    shortest, longest = lengths
    return lambda most: Language(((body(tuple(alphabet), shortest, min(longest, most)),),))


def of_task(task: Task, arguments: TaskArguments) -> Inputs:
    """The inputs that a task draws."""

    def stream(seed: int) -> Iterator[Tokens]:
        return (tokens for tokens, _ in task.rows(np.random.RandomState(seed), arguments))

    return Inputs(lambda most: task.inputs(arguments, most), stream)


def of_list(given: Sequence[Tokens], alphabet: Sequence[str] | None = None) -> Inputs:
    """Inputs of a user's own: each once, in an order by the seed, then changed ones.

    Raises:
        TpcError: They have no tokens, or others than the alphabet.
    """
    tokens = sorted({token for tokens in given for token in tokens})
    words = _checked(alphabet or tokens)
    if foreign := sorted(set(tokens).difference(words)):
        raise TpcError(
            f"an input has the token {quoted(foreign[0])}, which the alphabet does not have",
            hint="leave the alphabet out: it is that of the inputs",
        )
    lengths = min(map(len, given)), max(map(len, given))

    def stream(seed: int) -> Iterator[Tokens]:
        source = random.Random(seed)
        yield from source.sample(list(given), len(given))
        while True:
            yield made.changed(source.choice(given), source)

    made = Inputs(_bodies(words, lengths), stream, tuple(given))
    return made
