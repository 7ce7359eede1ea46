"""Where a program and its oracle differ: every input if there are few enough, else a search.

The search draws inputs, and changes some a little: those on which the two differ, and those that
make the program do something new.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from tpc.data.task import Answer, Row, Task, Tokens
from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.ir.words import PAD
from tpc.oracle.asking import Asker
from tpc.oracle.coverage import Coverage
from tpc.oracle.inputs import LONGEST, Inputs
from tpc.semantics.encoding import encode
from tpc.verification.rightness import BatchAnswers, Mistake, mistakes

GENERATION = 1_000
MOST_SHRUNK = 200


@dataclass
class Found:
    """What a comparison came to.

    Attributes:
        method: Whether every input was compared.
        inputs: How many inputs were compared.
        labels: How many labels.
        wrong_labels: How many of them differ.
        mistakes: The inputs on which the two differ.
    """

    method: Literal["exhaustive", "sampled"]
    inputs: int = 0
    labels: int = 0
    wrong_labels: int = 0
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def smallest(self) -> Mistake | None:
        """The smallest of the mistakes."""
        return min(self.mistakes, key=lambda mistake: mistake.size, default=None)

    @property
    def agreement(self) -> float:
        """The share of labels that are alike."""
        return 1 - self.wrong_labels / self.labels if self.labels else 1.0


@dataclass(frozen=True)
class SharedMistakes:
    """The mistakes of an oracle whose task says what is right.

    Attributes:
        inputs: How many inputs were looked at.
        oracle: On how many of them the oracle is wrong.
        both: On how many of those the program answers the same.
        smallest: The smallest of these, with the right labels and the labels of both.
    """

    inputs: int
    oracle: int
    both: int
    smallest: Mistake | None


class Comparison:
    """A program beside its oracle.

    Args:
        program: A verified program.
        task: How inputs are framed.
        asker: The oracle.
        inputs: What may be asked.
    """

    def __init__(self, program: Program, task: Task, asker: Asker, inputs: Inputs) -> None:
        self._program, self._task, self._asker, self._inputs = program, task, asker, inputs
        self._answers = BatchAnswers(program)

    def everywhere(self) -> Found:
        """Compare on all inputs."""
        found, strings = Found("exhaustive"), self._inputs.language.strings()
        while chunk := list(islice(strings, 8_192)):
            self._compare(chunk, found)
        return found

    def on(self, inputs: Sequence[Tokens]) -> Found:
        """Compare on these inputs."""
        found = Found("sampled")
        self._compare(inputs, found)
        return found

    def searched(self, tries: int, seed: int, near: Sequence[Tokens] = ()) -> Found:
        """Look for differences on so many inputs: half drawn, half changed from what stood out.

        Args:
            tries: How many inputs.
            seed: Of what is drawn.
            near: Inputs beside which there may be differences.
        """
        found, stream = Found("sampled"), random.Random(seed)
        coverage = Coverage(self._program)
        drawn = self._inputs.stream(seed)
        kept: list[Tokens] = []
        near = list(near)
        asked: set[Tokens] = set()
        for _ in range(max(1, tries // GENERATION)):
            half = GENERATION // 2 if kept or near else GENERATION
            candidates = list(islice(drawn, half))
            while len(candidates) < GENERATION:
                source = near if near and (not kept or stream.random() < 0.5) else kept
                candidates.append(self._inputs.changed(stream.choice(source), stream))
            fresh = [tokens for tokens in dict.fromkeys(candidates) if tokens not in asked]
            asked.update(fresh)
            before = len(found.mistakes)
            self._compare(fresh, found)
            near += [self._task.bare(mistake.tokens) for mistake in found.mistakes[before:]]
            kept += self._new(fresh, coverage)
        return found

    def _new(self, inputs: Sequence[Tokens], coverage: Coverage) -> list[Tokens]:
        taken = [(tokens, self._encoded(tokens)) for tokens in inputs]
        known = [(tokens, ids) for tokens, ids in taken if ids is not None]
        return [known[number][0] for number in coverage.new([ids for _, ids in known])]

    def _encoded(self, tokens: Tokens) -> list[int] | None:
        try:
            return encode(self._program, (*self._task.start, *tokens, *self._task.end))
        except TpcError:
            return None

    def _compare(self, inputs: Sequence[Tokens], found: Found) -> None:
        """Add what these inputs show; the oracle has to say again what the program did not."""
        rows = self.rows(inputs)
        wrong = list(mistakes(rows, self._answers, pooled=self._task.pooled))
        self._asker.ask_again([self._task.bare(mistake.tokens) for mistake in wrong])
        found.inputs += len(rows)
        found.labels += sum(tag != PAD for _, tags in rows for tag in tags)
        found.wrong_labels += sum(_wrong_labels(mistake) for mistake in wrong)
        found.mistakes += wrong

    def rows(self, inputs: Sequence[Tokens]) -> list[Row]:
        """The inputs that the oracle labels, framed, with their labels."""
        pairs = zip(inputs, self._asker.labels(inputs), strict=True)
        return [self._task.framed(tokens, labels) for tokens, labels in pairs if labels is not None]

    def mistakes_of_the_oracle(self, answer: Answer) -> SharedMistakes:
        """What the oracle got wrong of all that it was asked, and whether the program does, too.

        Args:
            answer: The right labels of an input.
        """
        asked = wrong = 0
        alike: list[Mistake] = []
        for tokens, labels in self._asker.known.items():
            right = answer(tokens)
            if labels is None or right is None:
                continue
            asked += 1
            if labels == right:
                continue
            wrong += 1
            row = self._task.framed(tokens, labels)
            if not list(mistakes([row], self._answers, pooled=self._task.pooled)):
                framed, tags = self._task.framed(tokens, right)
                both = row[1][:1] if self._task.pooled else row[1]
                alike.append(Mistake(framed, tags[: len(both)], both))
        smallest = min(alike, key=lambda mistake: mistake.size, default=None)
        return SharedMistakes(asked, wrong, len(alike), smallest)

    def shrunk(self, mistake: Mistake) -> Mistake:
        """The smallest mistake that is found by leaving tokens out, or putting earlier ones."""
        alphabet = self._inputs.alphabet
        for _ in range(MOST_SHRUNK):
            tokens = self._task.bare(mistake.tokens)
            smaller = [tokens[:i] + tokens[i + 1 :] for i in range(len(tokens))]
            smaller += [
                (*tokens[:i], earlier, *tokens[i + 1 :])
                for i, token in enumerate(tokens)
                for earlier in alphabet[:20]
                if earlier < token
            ]
            inside = [s for s in smaller if self._inputs.language.match(s, LONGEST) is not None]
            found = self.on(inside).smallest if inside else None
            if found is None or found.size >= mistake.size:
                break
            mistake = found
        return mistake


def _wrong_labels(mistake: Mistake) -> int:
    if mistake.found is None:
        return sum(tag != PAD for tag in mistake.expected)
    pairs = zip(mistake.expected, mistake.found, strict=True)
    return sum(tag not in (PAD, label) for tag, label in pairs)
