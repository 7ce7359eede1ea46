"""Asking an oracle: each input once for good, and now and then twice, to see that it is sure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

from tpc.data.labelling import WrongAnswerError, is_pooled, labels_of
from tpc.data.task import Labels, Tokens
from tpc.diagnostics import TpcError
from tpc.ir.words import PAD

ASKED_TWICE = 100
"""Of the inputs that are asked together, so many are asked again."""

Scored = Callable[[Tokens], Sequence[bool]]
"""Which tokens of an input have a label."""


class Oracle(Protocol):
    """What answers any input."""

    @property
    def name(self) -> str:
        """For the program that imitates it."""
        ...

    @property
    def where(self) -> str:
        """What messages call it."""
        ...

    def ask(self, inputs: Sequence[Tokens]) -> Iterator[object]:
        """Its answers, in order: labels, one label, or `None` for an input that is not asked.

        Raises:
            TpcError: It fails, or takes too long; the error names the input.
        """
        ...


class Asker:
    """An oracle whose answers are checked and remembered.

    Args:
        oracle: Who answers.
        scored: Which tokens of an input have a label; all without it.
    """

    def __init__(self, oracle: Oracle, scored: Scored | None = None) -> None:
        self.oracle = oracle
        self._scored = scored
        self._known: dict[Tokens, Labels | None] = {}
        self._pooled: bool | None = None

    @property
    def pooled(self) -> bool:
        """Whether it gives one label for all tokens; known once something was asked."""
        assert self._pooled is not None, "nothing was asked yet"
        return self._pooled

    @property
    def known(self) -> Mapping[Tokens, Labels | None]:
        """All that was asked so far, with the answers."""
        return self._known

    def labels(self, inputs: Sequence[Tokens]) -> list[Labels | None]:
        """The labels of inputs; `None` for those that the oracle does not label.

        Raises:
            TpcError: It fails, or an answer is no labels, or is another one the second time.
        """
        new = list(dict.fromkeys(tokens for tokens in inputs if tokens not in self._known))
        for tokens, answer in zip(new, self.oracle.ask(new), strict=True):
            self._known[tokens] = self._checked(tokens, answer)
        self.ask_again(new[:ASKED_TWICE])
        return [self._known[tokens] for tokens in inputs]

    def ask_again(self, inputs: Sequence[Tokens]) -> None:
        """Raise TpcError if the oracle changes its mind about an input."""
        for tokens, answer in zip(inputs, self.oracle.ask(inputs), strict=True):
            first, second = self._known[tokens], self._checked(tokens, answer)
            if first != second:
                raise TpcError(
                    f"{self.oracle.where} does not answer twice alike {for_input(tokens)}: "
                    f"first {_shown(first)}, then {_shown(second)}",
                    hint="an oracle has to be a function of its input: fix its seeds, leave out "
                    "what depends on the time",
                )

    def _checked(self, tokens: Tokens, answer: object) -> Labels | None:
        if answer is None:
            return None
        if self._pooled is None:
            self._pooled = is_pooled(answer)
        try:
            labels = labels_of(answer, len(tokens), pooled=self._pooled)
        except WrongAnswerError as error:
            raise TpcError(f"{self.oracle.where} {error} {for_input(tokens)}") from error
        if self._scored is None or self._pooled:
            return labels
        pairs = zip(labels, self._scored(tokens), strict=True)
        return tuple(label if scored else PAD for label, scored in pairs)


def for_input(tokens: Sequence[str]) -> str:
    """An input as messages show it."""
    return f"for the input {json.dumps(list(tokens), ensure_ascii=False)}"


def batches(inputs: Sequence[Tokens], size: int) -> Iterator[list[Tokens]]:
    """Consecutive inputs, `size` at a time."""
    iterator = iter(inputs)
    while batch := list(islice(iterator, size)):
        yield batch


def _shown(labels: Labels | None) -> str:
    return "nothing" if labels is None else json.dumps(list(labels), ensure_ascii=False)
