"""Everything else that upstream saves with its parameters: constant tables, masks, indices.

Upstream loads them back from `model.pt`, so a network means what they hold, not what the options
would make them. What a program can express is read (which classes are masked; the order of
positions, in `tpc.model.weights`); what can only be as the options say is checked to be so.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from tpc.diagnostics import TpcError
from tpc.model.config import ModelConfig
from tpc.model.layout import bias_shapes, weight_shapes

Check = Callable[[ModelConfig, Tensor], bool]

MASKED_CLASSES = "unembed.mask"


def saved_masked_classes(
    config: ModelConfig, found: Mapping[str, Tensor], source: str
) -> ModelConfig:
    """The configuration with the classes that the saved mask keeps from winning.

    Raises:
        TpcError: The mask is for another number of classes.
    """
    mask = found.get(MASKED_CLASSES)
    if mask is None:
        return config
    if mask.numel() != config.n_classes:
        raise TpcError(
            f"{source}: {MASKED_CLASSES} is for {mask.numel()} classes, but there are "
            f"{config.n_classes}",
            hint="the vocabulary is not the one of this run",
        )
    masked = tuple(mask.reshape(-1).bool().nonzero().reshape(-1).tolist())
    return dataclasses.replace(config, masked_classes=masked)


def unused_tensors(config: ModelConfig, found: Mapping[str, Tensor], source: str) -> list[str]:
    """The names of saved tensors that the network of these options has no use for.

    Args:
        config: The architecture.
        found: Everything in `model.pt`.
        source: Where it is from, for messages.

    Raises:
        TpcError: A table that the network uses is not what a program assumes it to be.
    """
    used = {*weight_shapes(config), *bias_shapes(config), MASKED_CLASSES}
    unused = []
    for name in found:
        if name in used or _is_absent_head(config, name):
            continue
        check = next((check for pattern, check in _CONSTANTS if pattern.fullmatch(name)), None)
        if check is None:
            unused.append(name)
        elif not check(config, found[name]):
            raise TpcError(
                f"{source}: {name} is not the constant table that every such network has",
                hint="the network was changed after it was made; no program says what it computes",
            )
    return unused


def _is_absent_head(config: ModelConfig, name: str) -> bool:
    """Upstream makes the categorical attention of a layer even where it has no heads."""
    return not config.n_heads_cat and ".cat_attn." in name


def _is_position_table(config: ModelConfig, table: Tensor) -> bool:
    return torch.equal(table.float(), torch.eye(config.n_ctx, config.d_var))


def _is_identity(_config: ModelConfig, blocks: Tensor) -> bool:
    """Whether every variable is read as it is: `[variables, width, width]` identities."""
    return blocks.dim() == 3 and torch.equal(
        blocks.float(), torch.eye(blocks.shape[-1]).expand(blocks.shape)
    )


def _is_range(config: ModelConfig, indices: Tensor) -> bool:
    return torch.equal(indices.long(), torch.arange(2 * config.n_ctx))


def _always(_config: ModelConfig, _tensor: Tensor) -> bool:
    """Upstream's forward pass is always given a mask, and never looks at these."""
    return True


_ATTENTION = r"blocks\.\d+\.(cat|num)_attn"
_CONSTANTS: tuple[tuple[re.Pattern[str], Check], ...] = (
    (re.compile(r"pos_embed\.W"), _is_position_table),
    (re.compile(_ATTENTION + r"\.W_[QKV]\.E"), _is_identity),
    (re.compile(r"blocks\.\d+\.(cat|num)_mlp\.mlps\.\d+\.W_read\.E"), _is_identity),
    (re.compile(_ATTENTION + r"\.rel_pos_bias\.idxs"), _is_range),
    (re.compile(_ATTENTION + r"\.(mask|pos_bias)"), _always),
)
