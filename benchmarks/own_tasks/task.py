"""What a task is: how sentences are drawn, and the function from a sentence to its labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

Tokens = list[str]
Label = str | list[str]
"""One label of a sentence, or one for each of its tokens."""

Format = Literal["jsonl", "text", "pairs", "csv", "tsv", "conll"]
"""How rows are written: `text` is JSON lines of text, `pairs` those without names of columns."""

ROWS = 4_000
TEST_ROWS = 400
SHORTEST = 3


@dataclass(frozen=True)
class Row:
    """A sentence, and its label or labels."""

    tokens: Tokens
    label: Label

    @property
    def labels(self) -> list[str]:
        """One label for each token, or only one."""
        return [self.label] if isinstance(self.label, str) else self.label


@dataclass(frozen=True)
class Task:
    """A task whose labels are a function of the sentence.

    Attributes:
        name: Of its files.
        about: What is to be learned, in a few words.
        draw: A sentence; labels should be about as frequent as one another.
        label: The label of a sentence, or the labels of its tokens.
        rows: How many are for training; those for test are others.
        form: How files are written.
        columns: What the columns are called, where they have names.
        noise: The share of labels that are wrong in the training rows.
    """

    name: str
    about: str
    draw: Callable[[Random], Tokens]
    label: Callable[[Tokens], Label]
    rows: int = ROWS
    form: Format = "jsonl"
    columns: tuple[str, str] = ("tokens", "labels")
    noise: float = 0.0

    @property
    def suffix(self) -> str:
        """Of its files."""
        return {"text": "jsonl", "pairs": "jsonl"}.get(self.form, self.form)

    def splits(self) -> tuple[list[Row], list[Row]]:
        """The rows for training and those for test, all of them different, always the same."""
        rng = Random(f"own_tasks/{self.name}")
        drawn: dict[tuple[str, ...], Row] = {}
        while len(drawn) < self.rows + TEST_ROWS:
            tokens = self.draw(rng)
            if len(tokens) >= SHORTEST:
                drawn.setdefault(tuple(tokens), Row(tokens, self.label(tokens)))
        rows = list(drawn.values())
        train, test = rows[: self.rows], rows[self.rows :]
        return (self._noisy(train, rng) if self.noise else train), test

    def _noisy(self, rows: list[Row], rng: Random) -> list[Row]:
        names = sorted({label for row in rows for label in row.labels})

        def kept(label: str) -> str:
            others = [name for name in names if name != label]
            return rng.choice(others) if rng.random() < self.noise else label

        return [
            Row(row.tokens, kept(row.label))
            if isinstance(row.label, str)
            else Row(row.tokens, [kept(label) for label in row.label])
            for row in rows
        ]
