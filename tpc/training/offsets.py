"""Heads that look at words some positions away: where they start, and made whole at the end.

On text a head whose query, key and predicate are random finds the neighbouring word only by way of
much worse heads. What starts at a neighbour is free to leave.

A head that reads positions learns a key for each query position on its own, and positions that few
sentences have hardly matter to the loss. What comes out is `i - 1` at most positions and something
else at some. A program is shorter and easier to read where it is `i - 1` everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from tpc.model import layout
from tpc.model.architecture import FIXED_LOGIT
from tpc.model.config import ModelConfig

OFFSETS = (-1, 1, -2, 2, -3, 3)
"""Relative to a head's query: as many heads as there are embedding variables start at each."""

READ_LOGIT, VALUE_LOGIT, MATCH_LOGIT = 3.0, 2.0, 5.0
"""What these choices' random logits are raised by; others may still win as training goes."""


def look_at_neighbours(config: ModelConfig, weights: dict[str, Tensor]) -> None:
    """Point all categorical heads at neighbours, in place.

    Query and key read the position; the predicate says that key `i + offset` matches query `i`,
    and at the borders of the longest sequence the word at the border. The heads of all layers take
    turns: first each embedding variable of the word before, then of the word after, and so on.

    Args:
        config: Its heads match by predicates.
        weights: By name.
    """
    n_embedded = position = config.n_vars_cat
    for layer in range(config.n_layers):
        prefix = f"blocks.{layer}.cat_attn"
        for head in range(config.n_heads_cat):
            turn, value = divmod(layer * config.n_heads_cat + head, n_embedded)
            offset = OFFSETS[turn % len(OFFSETS)]
            weights[f"{prefix}.W_V.W"][head, value] += VALUE_LOGIT
            for read in ("W_Q", "W_K"):
                weights[f"{prefix}.{read}.W"][head, position] += READ_LOGIT
            predicate = weights[f"{prefix}.W_pred.W"][head]
            for query in range(config.n_ctx):
                key = min(max(query + offset, 0), config.n_ctx - 1)
                predicate[query, key] += MATCH_LOGIT


LEAST_SHARE = 0.5
"""Of the queries of the training rows, so many must look equally far for the others to follow."""


def whole_offsets(
    config: ModelConfig, weights: Mapping[str, Tensor], ids: Tensor
) -> dict[str, Tensor]:
    """The predicates of a network whose heads look equally far from all positions.

    Where there is no such position, the first one matches, which is what a categorical head selects
    where nothing matches.

    Args:
        config: Its heads match by predicates.
        weights: By name.
        ids: Token ids of the training rows, `[position, row]`, 0 for padding.

    Returns:
        The tensors of predicates by name, changed where most queries agree.
    """
    found: dict[str, Tensor] = {}
    seen = torch.zeros(config.n_ctx)
    seen[: len(ids)] = (ids != 0).sum(1).float()
    positions = torch.arange(config.n_ctx)
    for layer in range(config.n_layers if config.n_heads_cat else 0):
        prefix = f"blocks.{layer}.cat_attn"
        position = layout.categorical_variables(config, layer).index("positions")
        queries, keys = (
            weights[f"{prefix}.{name}.W"].argmax(-1) == position for name in ("W_Q", "W_K")
        )
        predicates = weights[f"{prefix}.W_pred.W"].clone()
        for head in (queries & keys).nonzero().squeeze(1).tolist():
            matched = _whole(predicates[head].argmax(-1)[: config.n_ctx], seen)
            predicates[head, positions] = -FIXED_LOGIT
            predicates[head, positions, matched] = FIXED_LOGIT
        found[f"{prefix}.W_pred.W"] = predicates
    return found


def _whole(matched: Tensor, seen: Tensor) -> Tensor:
    """The keys at the most common offset; those that match now if few share it."""
    positions = torch.arange(len(matched))
    last = len(matched) - 1
    offsets = torch.arange(-last, last + 1)
    keys = positions + offsets.unsqueeze(1)
    keys = keys.where((keys >= 0) & (keys <= last), 0)
    shares = ((keys == matched) * seen).sum(1) / seen.sum()
    # The nearest of equally common ones.
    best = int((shares - offsets.abs() * 1e-9).argmax())
    return keys[best] if float(shares[best]) >= LEAST_SHARE else matched
