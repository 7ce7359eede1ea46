"""What a generated task is: arguments, a stream of rows, an input language, the right labels."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass

import numpy as np

from tpc.diagnostics import TpcError
from tpc.ir.language import Group, Language, Slot
from tpc.ir.words import BOS, PAD

Tokens = tuple[str, ...]
Labels = tuple[str, ...]
"""One for each token, `<pad>` where nothing is scored; a single one for a whole sequence."""

Row = tuple[Tokens, Labels]
"""Tokens and tags of equal length; a `<pad>` tag marks a position that is not scored."""

Answer = Callable[[Tokens], Labels | None]
"""The labels of an input; `None` for one that a task does not ask."""

LARGEST_SEED = 2**32 - 1
MOST_REFUSED = 10_000


@dataclass(frozen=True)
class TaskArguments:
    """The numbers a generator takes; they mean what they mean in the authors' code.

    Attributes:
        vocab_size: Size of the vocabulary with its special tokens, or bracket kinds for Dyck.
        dataset_size: Rows to aim for, over the three splits together.
        min_length: Passed to the generator as it is.
        max_length: Longest sequence, framing tokens counted.
        seed: Seeds NumPy's legacy generator, for the rows and for the splits.
        unique: Keep only the first of equal sequences.
    """

    vocab_size: int = 8
    dataset_size: int = 20_000
    min_length: int = 1
    max_length: int = 8
    seed: int = 0
    unique: bool = True

    def __post_init__(self) -> None:
        for name, most in _MOST.items():
            if getattr(self, name) > most:
                raise TpcError(f"{name} is more than {most:,}, the most that a task can have")


#: Larger numbers are mistakes, and would take all memory before anything is drawn.
_MOST = {
    "vocab_size": 100_000,
    "dataset_size": 10_000_000,
    "min_length": 100_000,
    "max_length": 100_000,
}


@dataclass(frozen=True)
class TaskSource:
    """Where a task of a user's own is.

    Attributes:
        reference: A file, as its whole path, or a module; then a colon and the name in it.
            Something in words if its rows are kept.
        digest: `sha256:...` of the file, or of the rows.
        keeps_rows: Whether a run keeps the rows themselves, because nothing draws them again.
    """

    reference: str
    digest: str
    keeps_rows: bool = False


@dataclass(frozen=True)
class Task:
    """One generated task, built in, of another package or a user's own.

    All but `language` and `framed` speak of inputs without the tokens that frame them.

    Attributes:
        name: The name on the command line and in run directories.
        summary: One line for `--help` and messages.
        rows: Inputs with their labels, one after another, from NumPy's legacy stream. They may
            end, if there are no more.
        inputs: The strings that a network of this task is meant for, none of more tokens than are
            given.
        check: Raises TpcError when the arguments leave nothing to draw from.
        answer: The right labels of any input; `None` where only the rows themselves say them.
        defaults: Arguments for a run that names none.
        start: The tokens before an input.
        end: The tokens after it.
        pooled: Whether a whole sequence has a single label.
        causal: Whether its networks are causal whatever the options say.
        fixed_vocab_size: Replaces `vocab_size` whatever was given.
        always_distinct: Whether its generator drops repeated rows by itself.
        identity: Of two framed inputs of equal identity only the first is kept.
        source: Where it is, if neither built in nor registered by another package.
    """

    name: str
    summary: str
    rows: Callable[[np.random.RandomState, TaskArguments], Iterator[Row]]
    inputs: Callable[[TaskArguments, int], Language[str]]
    check: Callable[[TaskArguments], None]
    answer: Answer | None = None
    defaults: TaskArguments = TaskArguments()
    start: Tokens = (BOS,)
    end: Tokens = ()
    pooled: bool = False
    causal: bool = False
    fixed_vocab_size: int | None = None
    always_distinct: bool = False
    identity: Callable[[Tokens], Hashable] = tuple
    source: TaskSource | None = None

    def language(self, arguments: TaskArguments, longest: int) -> Language[str]:
        """The framed strings that a network is meant for, of at most `longest` tokens."""
        inputs = self.inputs(arguments, longest - len(self.start) - len(self.end))
        before, after = tuple(map(frame, self.start)), tuple(map(frame, self.end))
        return Language(tuple((*before, *groups, *after) for groups in inputs.alternatives))

    def framed(self, tokens: Tokens, labels: Labels) -> Row:
        """An input and its labels as a network gets them."""
        row = (*self.start, *tokens, *self.end)
        if self.pooled:
            return row, (*labels, *(PAD,) * (len(row) - 1))
        return row, (*(PAD for _ in self.start), *labels, *(PAD for _ in self.end))

    def bare(self, row: Tokens) -> Tokens:
        """A framed input without its frame."""
        return row[len(self.start) : len(row) - len(self.end)]


def asked(
    draw: Callable[[np.random.RandomState, TaskArguments], Tokens], answer: Answer
) -> Callable[[np.random.RandomState, TaskArguments], Iterator[Row]]:
    """The rows of a task that draws inputs, each for itself, and answers them.

    Raises:
        TpcError: When rows are drawn, if hardly an input is one that the task asks.
    """

    def rows(generator: np.random.RandomState, arguments: TaskArguments) -> Iterator[Row]:
        refused = 0
        while refused < MOST_REFUSED:
            tokens = draw(generator, arguments)
            labels = answer(tokens)
            if labels is None:
                refused += 1
                continue
            refused = 0
            yield tokens, labels
        raise TpcError(
            f"the task has no labels for any of {MOST_REFUSED:,} inputs drawn in a row",
            hint="give it a way to draw the inputs that it asks",
        )

    return rows


def frame(token: str) -> Group[str]:
    """A single unscored framing token such as `<s>`, in the language of a task."""
    return Group((Slot((token,), scored=False),))


def body(alphabet: tuple[str, ...], shortest: int, longest: int) -> Group[str]:
    """`shortest` to `longest` scored tokens of one alphabet, in the language of a task."""
    return Group((Slot(alphabet),), shortest, longest)


def require_vocab(task: str, arguments: TaskArguments, smallest: int) -> None:
    """Raise TpcError unless the vocabulary leaves a symbol besides the special tokens."""
    if arguments.vocab_size < smallest:
        raise TpcError(
            f"{task} needs a vocabulary size of at least {smallest}, got {arguments.vocab_size}",
            hint="the vocabulary size counts the special tokens",
        )


def require_lengths(task: str, arguments: TaskArguments, framing: int) -> None:
    """Raise TpcError unless a body of `min_length` tokens and its framing fit in `max_length`."""
    if arguments.min_length < 0:
        raise TpcError(f"the minimum length is {arguments.min_length}; it cannot be negative")
    if arguments.min_length + framing > arguments.max_length:
        raise TpcError(
            f"{task} has no sequences between lengths {arguments.min_length} and "
            f"{arguments.max_length}",
            hint=f"the maximum length must be at least the minimum length + {framing}, "
            "because it counts the framing tokens and the minimum does not",
        )
