"""A trained network together with what its run directory says about it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from torch import Tensor

from tpc.data.corpus import Corpus
from tpc.data.dataset import Dataset, load_dataset
from tpc.data.task import TaskArguments, TaskSource
from tpc.data.tasks import TASKS
from tpc.data.text_source import TextSource
from tpc.diagnostics import TpcError, quoted, shortened
from tpc.files import read_json
from tpc.ir.language import Language
from tpc.ir.words import PAD, Rewrite
from tpc.model.config import ModelConfig


@dataclass(frozen=True)
class Vocabulary:
    """The words and the classes of a network in id order; `<pad>` is word 0 and class 0."""

    words: tuple[str, ...]
    classes: tuple[str, ...]

    @staticmethod
    def from_json(value: object, source: str) -> Vocabulary:
        """A vocabulary from an object with the keys `vocabulary` and `classes`.

        Args:
            value: The decoded JSON.
            source: What it is, for messages: a file name, say.

        Raises:
            TpcError: A key is missing, or a list is not distinct strings that start with `<pad>`.
        """
        if not isinstance(value, Mapping):
            raise TpcError(
                f"{source} is not a JSON object",
                hint="it should have the keys vocabulary and classes, two lists in id order",
            )
        return Vocabulary(
            _distinct_names(value, "vocabulary", source), _distinct_names(value, "classes", source)
        )

    def to_json(self) -> dict[str, list[str]]:
        """The object that `from_json` reads."""
        return {"vocabulary": list(self.words), "classes": list(self.classes)}


@dataclass(frozen=True)
class Run:
    """A trained network and what its run directory says about it.

    Attributes:
        path: The run directory.
        origin: Whether our trainer or the authors' made it.
        config: The architecture; `n_ctx` is the longest sequence.
        task: The name of its task or corpus.
        arguments: What its data were generated with; None for a corpus of text.
        vocabulary: Words and classes in id order.
        language: The strings it is meant for.
        rewrite: What happens to a word before it is looked up.
        weights: Tensors by upstream's names.
        own_task: Where its task is, if that is one of a user's own.
        unused: Names of saved tensors that the network of these options has no use for.
        unknown_options: Names of options that the authors' trainer does not have; all are off.
        text: Where the text of one of our own runs is; None for upstream's, which do not say.
    """

    path: Path
    origin: Literal["tpc", "upstream"]
    config: ModelConfig
    task: str
    arguments: TaskArguments | None
    vocabulary: Vocabulary
    language: Language[str]
    rewrite: tuple[Rewrite, ...]
    weights: dict[str, Tensor]
    text: TextSource | None = None
    own_task: TaskSource | None = None

    @property
    def own_task_digest(self) -> str | None:
        """What tells a user's own task from others that are called alike.

        A task of tpc is still that one where other rows joined its own until it was proved.
        """
        own = self.own_task
        return None if own is None or own.reference in TASKS else own.digest

    unused: tuple[str, ...] = ()
    unknown_options: tuple[str, ...] = ()

    def dataset(self) -> Dataset | Corpus | None:
        """The data that it was trained on, splits included; None if nobody knows where they are.

        A task of a user's own is Python, which is not run because a run directory names it.

        Raises:
            TpcError: The text is no longer where it was.
        """
        if self.text is not None:
            return self.text.load()
        if self.arguments is None or self.own_task is not None:
            return None
        return load_dataset(self.task, self.arguments)


def read_options(path: Path) -> dict[str, object]:
    """The JSON object in a file of options.

    Raises:
        TpcError: The file is missing or is not a JSON object.
    """
    options = read_json(path)
    if not isinstance(options, dict):
        raise TpcError(f"{path} is not a JSON object of options")
    return options


def integer_option(options: dict[str, object], name: str, path: Path) -> int:
    """An integer, or a switch as 0 or 1.

    Raises:
        TpcError: It is missing or is something else.
    """
    value = options.get(name)
    if not isinstance(value, int):
        raise TpcError(f"{path}: {name} is {shortened(json.dumps(value))}; it must be an integer")
    return int(value)


def saved_arguments(options: dict[str, object], source: Path) -> TaskArguments:
    """What the data of a generated task were made with.

    Raises:
        TpcError: A number is missing, is something else, or is larger than any task's.
    """
    numbers = {
        field.name: integer_option(options, field.name, source) for field in fields(TaskArguments)
    }
    unique = bool(numbers.pop("unique"))
    return TaskArguments(**numbers, unique=unique)


def readable_language(
    language: Language[str], vocabulary: Vocabulary, source: Path
) -> Language[str]:
    """The part of a task's language whose tokens the vocabulary has.

    Raises:
        TpcError: Nothing is left.
    """
    readable = language.restricted(frozenset(vocabulary.words))
    if not readable.alternatives:
        raise TpcError(
            f"no input of the task in {source} can be written with its vocabulary and length",
            hint="the vocabulary, the lengths or the task are those of another run",
        )
    return readable


def standard_refused(path: Path, hint: str) -> TpcError:
    """The error of everything that needs a program where there is an ordinary Transformer."""
    return TpcError(
        f"{path} is a run of the standard Transformer: its attention and its MLPs mix real "
        "vectors instead of choosing discrete values, so there is no program to read from it",
        hint=hint,
    )


@contextmanager
def blaming(source: Path) -> Iterator[None]:
    """Name the file of options in errors about the options themselves."""
    try:
        yield
    except TpcError as error:
        raise TpcError(f"{source}: {error.message}", hint=error.hint) from error


def _distinct_names(value: Mapping[str, object], key: str, source: str) -> tuple[str, ...]:
    names = value.get(key)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TpcError(f"{source} has no list of strings under the key {key}")
    if not names or names[0] != PAD:
        raise TpcError(f"{source}: {key} does not start with {PAD}", hint=f"{PAD} is id 0")
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise TpcError(f"{source}: {key} lists {quoted(name)} twice")
        seen.add(name)
    return tuple(names)
