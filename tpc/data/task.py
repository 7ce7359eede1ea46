"""What a generated task is: arguments, a rule that draws one row, and an input language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tpc.diagnostics import TpcError
from tpc.ir.language import Group, Language, Slot

Row = tuple[tuple[str, ...], tuple[str, ...]]
"""Tokens and tags of equal length; a `<pad>` tag marks a position that is not scored."""

LARGEST_SEED = 2**32 - 1


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
class Task:
    """One generated task. A new task is one file that makes one of these, and its registration.

    Attributes:
        name: The name on the command line and in run directories.
        summary: One line for `--help` and messages.
        draw: Draws one row from NumPy's legacy stream.
        language: The strings a network of this task is meant for, given its longest row.
        check: Raises TpcError when the arguments leave nothing to draw from.
        defaults: Arguments for a run that names none.
        causal: Whether its networks are causal whatever the options say.
        fixed_vocab_size: Replaces `vocab_size` whatever was given.
        always_distinct: Whether its generator drops repeated rows by itself.
    """

    name: str
    summary: str
    draw: Callable[[np.random.RandomState, TaskArguments], Row]
    language: Callable[[TaskArguments, int], Language[str]]
    check: Callable[[TaskArguments], None]
    defaults: TaskArguments = TaskArguments()
    causal: bool = False
    fixed_vocab_size: int | None = None
    always_distinct: bool = False


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
