"""A trained network together with what its run directory says about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from torch import Tensor

from tpc.data.corpus import Corpus
from tpc.data.dataset import Dataset, load_dataset
from tpc.data.task import TaskArguments
from tpc.data.text_source import TextSource
from tpc.data.vocabulary import Vocabulary
from tpc.diagnostics import TpcError, shortened
from tpc.files import read_json
from tpc.ir.language import Language
from tpc.ir.words import Rewrite
from tpc.model.config import ModelConfig
from tpc.model.network import TransformerProgramNetwork


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
        network: The weights, ready to run.
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
    network: TransformerProgramNetwork
    text: TextSource | None = None
    unused: tuple[str, ...] = ()
    unknown_options: tuple[str, ...] = ()

    def weights(self) -> dict[str, Tensor]:
        """The tensors by upstream's names."""
        return self.network.weights()

    def dataset(self) -> Dataset | Corpus | None:
        """The data that it was trained on, splits included; None if nobody knows where they are.

        Raises:
            TpcError: The text is no longer where it was.
        """
        if self.text is not None:
            return self.text.load()
        return None if self.arguments is None else load_dataset(self.task, self.arguments)


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
