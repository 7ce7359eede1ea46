"""The discretised network: every soft choice replaced by its argmax.

This is the function that a program must equal, computed from the weights with integer values for
categorical variables and real numbers for numerical ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model import layout
from tpc.model.attention import Head, discretise_head, visible_keys
from tpc.model.config import ModelConfig
from tpc.model.layout import Component, components_of
from tpc.model.weights import may_be_huge

NEVER = -1e30
LARGEST_TABLE = 65_536
_CHUNK_ELEMENTS = 2_000_000


@dataclass(frozen=True)
class Mlp:
    """The variables an MLP reads, by name, and its weights; as it is, one that reads numbers.

    Attributes:
        reads: The variables, in the order in which their values are concatenated.
        w_in: `[d_mlp, inputs]`.
        b_in: `[d_mlp]`.
        w_out: `[d_var, d_mlp]`.
        b_out: `[d_var]`.
    """

    reads: tuple[str, ...]
    w_in: Tensor
    b_in: Tensor
    w_out: Tensor
    b_out: Tensor

    def run(self, inputs: list[Tensor]) -> tuple[Tensor, Tensor]:
        """The output value and the gap between the two highest outputs, like one input."""
        return self._decide(torch.stack(inputs, -1) @ self.w_in.T)

    def _decide(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Value and margin from `W_in @ x`, `[..., d_mlp]`."""
        outputs = (hidden + self.b_in).relu() @ self.w_out.T + self.b_out
        if outputs.shape[-1] == 1:
            alone = torch.zeros(outputs.shape[:-1], dtype=torch.int64)
            return alone, torch.full(alone.shape, torch.inf, dtype=outputs.dtype)
        highest = outputs.topk(2, -1).values
        return outputs.argmax(-1), highest[..., 0] - highest[..., 1]


@dataclass(frozen=True)
class CategoricalMlp(Mlp):
    """An MLP over one-hot values, evaluated once for each combination of them."""

    def run(self, inputs: list[Tensor]) -> tuple[Tensor, Tensor]:
        """The output on the one-hot encodings of the values."""
        d_var = self.w_out.shape[0]
        codes = torch.zeros_like(inputs[0])
        for values in inputs:
            codes = codes * d_var + values
        combinations = d_var ** len(inputs)
        if combinations <= LARGEST_TABLE:
            value, margin = self._evaluate(torch.arange(combinations), len(inputs))
            return value[codes], margin[codes]
        distinct, where = torch.unique(codes, return_inverse=True)
        value, margin = self._evaluate(distinct, len(inputs))
        return value[where], margin[where]

    def _evaluate(self, codes: Tensor, n_inputs: int) -> tuple[Tensor, Tensor]:
        """Value and margin for each combination, numbered with the first input most significant."""
        d_var = self.w_out.shape[0]
        hidden = torch.zeros(len(codes), self.w_in.shape[0], dtype=self.w_in.dtype)
        for index in range(n_inputs):
            values = codes // d_var ** (n_inputs - 1 - index) % d_var
            hidden += self.w_in.T[index * d_var + values]
        return self._decide(hidden)


def _discretise_mlp(
    config: ModelConfig, weights: Mapping[str, Tensor], component: Component
) -> Mlp:
    kind = Mlp if component.kind.is_numerical else CategoricalMlp
    prefix, variables = component.prefix, layout.readable(config, component)
    reads = weights[f"{prefix}.W_read.W"].argmax(-1).tolist()
    tensors = (weights[f"{prefix}.{name}"] for name in ("W_in", "b_in", "W_out", "b_out"))
    return kind(tuple(variables[read] for read in reads), *tensors)


@dataclass(frozen=True)
class Trace:
    """Everything that the discretised network computes on a batch.

    Attributes:
        variables: Every variable by name, `[batch, length]`: int64 if categorical, else real.
            What stands at padded positions means nothing.
        logits: `[batch, length, classes]`, or `[batch, classes]` when pooled; masked classes are
            at -1e30, or below all others where weights are as large.
        margins: For every MLP, the gap between its two highest outputs, `[batch, length]`. A
            small one says that rounding could change the value.
    """

    variables: dict[str, Tensor]
    logits: Tensor
    margins: dict[str, Tensor]

    def labels(self) -> Tensor:
        """The first class of the highest logit, `[batch, length]`, or `[batch]` when pooled."""
        return self.logits.argmax(-1)


class DiscreteNetwork:
    """A network's weights, discretised once and run on any number of batches.

    Args:
        config: The architecture.
        weights: Tensors by upstream's names.
        dtype: Precision of MLPs, learned numbers and logits.
    """

    def __init__(
        self,
        config: ModelConfig,
        weights: Mapping[str, Tensor],
        dtype: torch.dtype = torch.float64,
    ) -> None:
        self.config = config
        cast = {name: tensor.detach().to(dtype) for name, tensor in weights.items()}
        self._embedding = _embedded_values(config, cast["embed.W_E"])
        self._numbers = cast["num_embed.W_E"]
        self._classifier = cast["unembed.W_U"]
        # A diverging learning rate makes logits below those of classes that never win.
        self._diverged = may_be_huge(config, weights)
        self.heads: dict[str, Head] = {}
        self.mlps: dict[str, Mlp] = {}
        for name, component in components_of(config).items():
            if component.kind.is_head:
                self.heads[name] = discretise_head(config, cast, component)
            else:
                self.mlps[name] = _discretise_mlp(config, cast, component)

    def trace(
        self, ids: Tensor, mask: Tensor, replaced: Mapping[str, Tensor] | None = None
    ) -> Trace:
        """Run on a batch.

        Args:
            ids: Token ids `[batch, length]`, `length <= n_ctx`.
            mask: True where there is a token, False where there is padding.
            replaced: Variables `[batch, length]` that have these values, whatever was computed.
        """
        visible = visible_keys(self.config, mask)
        given = replaced or {}
        variables = {**self._inputs(ids), **given}
        margins: dict[str, Tensor] = {}
        for name in components_of(self.config):
            if name in given:
                continue
            if head := self.heads.get(name):
                reads = (variables[head.query], variables[head.key], variables[head.value])
                variables[name] = head.run(*reads, visible)
            else:
                mlp = self.mlps[name]
                variables[name], margins[name] = mlp.run([variables[read] for read in mlp.reads])
        return Trace(variables, self._classify(variables, mask), margins)

    def logits(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The logits of `trace` in memory that does not grow with the number of sequences."""
        rows = max(1, _CHUNK_ELEMENTS // ids.shape[1] ** 2)
        pairs = zip(torch.split(ids, rows), torch.split(mask, rows), strict=True)
        return torch.cat([self.trace(*pair).logits for pair in pairs])

    def _inputs(self, ids: Tensor) -> dict[str, Tensor]:
        *embedded, positions = layout.categorical_inputs(self.config)
        variables = {name: self._embedding[index][ids] for index, name in enumerate(embedded)}
        variables[positions] = torch.arange(ids.shape[1]).expand(ids.shape)
        for index, name in enumerate(layout.numerical_inputs(self.config)):
            variables[name] = self._numbers[ids, index]
        return variables

    def _classify(self, variables: dict[str, Tensor], mask: Tensor) -> Tensor:
        config, rows = self.config, self._classifier
        logits = torch.zeros(*mask.shape, config.n_classes, dtype=rows.dtype)
        categorical = layout.categorical_variables(config, config.n_layers)
        for index, name in enumerate(categorical):
            logits += rows[variables[name] + index * config.d_var]
        first = len(categorical) * config.d_var
        for index, name in enumerate(layout.numerical_variables(config, config.n_layers)):
            logits += variables[name].unsqueeze(-1) * rows[first + index]
        if config.pool_outputs:
            # Upstream pools with the first query's row of the mask: when causal, only itself.
            masked = logits * mask.unsqueeze(-1)
            logits = masked[:, 0] if config.autoregressive else masked.sum(1)
        never = list(config.masked_classes)
        logits[..., never] = NEVER
        if self._diverged and never:
            logits[..., never] = logits.amin(-1, keepdim=True).mul(2)
        return logits


def _embedded_values(config: ModelConfig, embedding: Tensor) -> Tensor:
    """Each categorical input variable's value for each token, `[n_vars_cat, vocabulary]`."""
    if config.one_hot_embed:
        return torch.arange(config.vocabulary_size).unsqueeze(0)
    return embedding.view(config.n_vars_cat, config.d_var, config.vocabulary_size).argmax(1)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread inside the block.

    The network's steps are so small that threads only wait for each other: on two cores
    they take nearly twice as long as on one, and many times as long where the cores are shared.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
