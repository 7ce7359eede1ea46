"""The discretised network: every soft choice replaced by its argmax.

This is the function that a program must equal, computed from the weights with integer values for
categorical variables and real numbers for numerical ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model import layout
from tpc.model.config import ModelConfig
from tpc.model.discrete_heads import Head, discretise_heads, visible_keys
from tpc.model.discrete_mlps import Mlp, discretise_mlps

NEVER = -1e30
_CHUNK_ELEMENTS = 2_000_000


@dataclass(frozen=True)
class Trace:
    """Everything that the discretised network computes on a batch.

    Attributes:
        variables: Every variable by name, `[batch, length]`: int64 if categorical, else real.
            What stands at padded positions means nothing.
        logits: `[batch, length, classes]`, or `[batch, classes]` when pooled; masked classes are
            at -1e30.
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
        self.heads: dict[str, Head] = {}
        self.mlps: dict[str, Mlp] = {}
        for layer in range(config.n_layers):
            self._discretise_layer(layer, cast)

    def trace(self, ids: Tensor, mask: Tensor) -> Trace:
        """Run on a batch.

        Args:
            ids: Token ids `[batch, length]`, `length <= n_ctx`.
            mask: True where there is a token, False where there is padding.
        """
        config = self.config
        visible = visible_keys(config, mask)
        variables = self._inputs(ids)
        margins: dict[str, Tensor] = {}
        for layer in range(config.n_layers):
            attended = {}
            for name in layout.cat_heads(config, layer) + layout.num_heads(config, layer):
                head = self.heads[name]
                reads = (variables[head.query], variables[head.key], variables[head.value])
                attended[name] = head.run(*reads, visible)
            variables |= attended
            outputs = {}
            for name in layout.cat_mlps(config, layer) + layout.num_mlps(config, layer):
                mlp = self.mlps[name]
                outputs[name], margins[name] = mlp.run([variables[read] for read in mlp.reads])
            variables |= outputs
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
        logits[..., list(config.masked_classes)] = NEVER
        return logits

    def _discretise_layer(self, layer: int, weights: dict[str, Tensor]) -> None:
        config, block = self.config, f"blocks.{layer}"
        categorical = layout.categorical_variables(config, layer)
        numerical = layout.numerical_variables(config, layer)
        cat_heads, num_heads = layout.cat_heads(config, layer), layout.num_heads(config, layer)
        if cat_heads:
            prefix = f"{block}.cat_attn"
            heads = discretise_heads(config, weights, prefix, categorical, categorical)
            self.heads |= dict(zip(cat_heads, heads, strict=True))
        if num_heads:
            prefix = f"{block}.num_attn"
            heads = discretise_heads(config, weights, prefix, categorical, numerical)
            self.heads |= dict(zip(num_heads, heads, strict=True))
        for prefix, reads, names in (
            (f"{block}.cat_mlp", categorical + cat_heads, layout.cat_mlps(config, layer)),
            (f"{block}.num_mlp", numerical + num_heads, layout.num_mlps(config, layer)),
        ):
            mlps = discretise_mlps(weights, prefix, reads, len(names))
            self.mlps |= dict(zip(names, mlps, strict=True))


def _embedded_values(config: ModelConfig, embedding: Tensor) -> Tensor:
    """Each categorical input variable's value for each token, `[n_vars_cat, vocabulary]`."""
    if config.one_hot_embed:
        return torch.arange(config.vocabulary_size).unsqueeze(0)
    return embedding.view(config.n_vars_cat, config.d_var, config.vocabulary_size).argmax(1)
