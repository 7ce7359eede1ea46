"""Heads that start where they help on text: each at a word some positions away.

A head whose query, key and predicate are random finds the neighbouring word only by way of much
worse heads. What starts there is free to leave.
"""

from __future__ import annotations

from torch import Tensor

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
