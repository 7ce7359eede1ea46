"""Oracles that are trained networks: a run of `tpc train --model standard`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tpc.data.corpus import Corpus
from tpc.data.dataset import Dataset
from tpc.data.task import Tokens
from tpc.diagnostics import TpcError
from tpc.ir.words import BOS, EOS, UNK, rewrite
from tpc.model import run_dir
from tpc.model.sampling import Sampler
from tpc.model.standard import StandardConfig, standard_logits
from tpc.model.weights import read_weights
from tpc.oracle.asking import batches
from tpc.training.plan import Plan, read_plan

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 1_024


@dataclass(frozen=True)
class NetworkOracle:
    """An ordinary Transformer, as its run directory has it.

    Attributes:
        path: The run directory.
        plan: What it was trained on, and its architecture.
        config: The architecture.
        weights: In binary64, so that what is added in another order makes no difference.
    """

    path: Path
    plan: Plan
    config: StandardConfig
    weights: dict[str, Tensor]

    @property
    def name(self) -> str:
        """For the program."""
        return self.plan.dataset.task

    @property
    def where(self) -> str:
        """What messages call it."""
        return f"the network of {self.path}"

    @property
    def frame(self) -> tuple[Tokens, Tokens]:
        """The tokens before and after an input."""
        return frame_of(self.plan.dataset)

    def ask(self, inputs: Sequence[Tokens]) -> Iterator[object]:
        """As `Oracle.ask`."""
        for batch in batches(inputs, BATCH):
            yield from self._answers(batch)

    def _answers(self, batch: Sequence[Tokens]) -> Iterator[object]:
        import torch

        start, end = self.frame
        rows = [self._ids((*start, *tokens, *end)) for tokens in batch]
        ids = torch.zeros(max(map(len, rows)), len(rows), dtype=torch.int64)
        for index, row in enumerate(rows):
            ids[: len(row), index] = torch.tensor(row)
        idle = Sampler("softmax", torch.Generator())
        with torch.no_grad():
            logits = standard_logits(self.config, self.weights, ids, idle)
        classes = self.plan.dataset.classes
        found = logits.argmax(-2).T.tolist()
        for tokens, labels in zip(batch, found, strict=True):
            if self.config.pool_outputs:
                yield classes[labels]
            else:
                yield [classes[label] for label in labels[len(start) : len(start) + len(tokens)]]

    def _ids(self, tokens: Tokens) -> list[int]:
        if len(tokens) > self.config.n_ctx:
            raise TpcError(
                f"{self.where} takes at most {self.config.n_ctx} tokens, its frame counted, and "
                f"an input has {len(tokens)}",
                hint="ask for shorter inputs: --lengths",
            )
        dataset = self.plan.dataset
        known = {word: index for index, word in enumerate(dataset.vocabulary)}
        steps = dataset.options.rewrite if isinstance(dataset, Corpus) else ()
        found = [known.get(rewrite(token, steps), known.get(UNK)) for token in tokens]
        for token, index in zip(tokens, found, strict=True):
            if index is None:
                raise TpcError(f"{self.where} does not know the token {token!r}")
        return [index for index in found if index is not None]


def frame_of(dataset: Dataset | Corpus) -> tuple[Tokens, Tokens]:
    """The tokens before and after the inputs of some data."""
    if isinstance(dataset, Corpus):
        return (BOS,), (EOS,)
    return dataset.definition.start, dataset.definition.end


def load_network(path: Path) -> NetworkOracle:
    """The ordinary Transformer of a run directory.

    Raises:
        TpcError: There is none, its data are gone, or it has a program already.
    """
    if not path.is_dir():
        raise TpcError(f"there is no run directory {path}")
    plan = read_plan(path)
    if not isinstance(plan.model, StandardConfig):
        raise TpcError(
            f"{path} is a run of a Transformer Program, so that it needs no imitation",
            hint=f"its program is {path / 'program.tpir'}",
        )
    weights = {name: w.double() for name, w in read_weights(path / run_dir.WEIGHTS).items()}
    return NetworkOracle(path, plan, plan.model, weights)
