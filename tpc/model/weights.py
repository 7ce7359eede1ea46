"""Reading, checking and writing a network's tensors; nothing that is read is ever executed.

Upstream saves more than parameters: constant tables, masks, indices. It loads them back from
`model.pt`, so a network means what they hold, not what the options would make them. What a program
can express is read (which classes are masked, the order of positions); what can only be as the
options say is checked to be so.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors
from torch import Tensor

from tpc.diagnostics import TpcError, quoted
from tpc.files import write_atomic
from tpc.model.config import ModelConfig
from tpc.model.layout import bias_shapes, weight_shapes

Weights = dict[str, Tensor]

#: Upstream gives a key that does not match a score of log(1e-20), about -46, below one that does.
BIAS_SPREAD = 40.0
MASKED_CLASSES = "unembed.mask"

LARGEST_LOGIT = 1e28
"""Classes that never win have a logit of -1e30, which no sum may come near."""

_ATTENTION = r"blocks\.\d+\.(cat|num)_attn"
_IDENTITIES = re.compile(
    rf"({_ATTENTION}\.W_[QKV]|blocks\.\d+\.(cat|num)_mlp\.mlps\.\d+\.W_read)\.E"
)
_INDICES = re.compile(rf"{_ATTENTION}\.rel_pos_bias\.idxs")
_NEVER_READ = re.compile(rf"{_ATTENTION}\.(mask|pos_bias)")


def read_state_dict(path: Path) -> Weights:
    """The tensors of a `model.pt`, on the CPU, whatever device they were saved from.

    Raises:
        TpcError: The file is missing, is not a state dict, or holds anything but tensors.
    """
    if not path.is_file():
        raise TpcError(f"there is no {path}")
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # Foreign bytes make the unpickler raise almost anything.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TpcError(
            f"{path} is not a PyTorch state dict of plain tensors: {reason}",
            hint="only tensors are read from it; pickled code in it is never executed",
        ) from error
    if not isinstance(loaded, Mapping):
        raise TpcError(f"{path} holds a {type(loaded).__name__}, not a state dict")
    strangers = [key for key, value in loaded.items() if not isinstance(value, Tensor)]
    if strangers:
        raise TpcError(f"{path} holds something other than a tensor under {quoted(strangers[0])}")
    for name, tensor in loaded.items():
        if tensor.layout is not torch.strided or tensor.is_meta or tensor.is_quantized:
            raise TpcError(
                f"{path}: {name} is a sparse, quantized or empty placeholder tensor",
                hint="save the network's state dict with plain, dense tensors",
            )
    return {str(name): tensor for name, tensor in loaded.items()}


def read_weights(path: Path) -> Weights:
    """The tensors of a safetensors file.

    Raises:
        TpcError: The file is missing or damaged.
    """
    try:
        return dict(load_safetensors(path.read_bytes()))
    except OSError as error:
        raise TpcError(f"cannot read {path}: {error.strerror}") from error
    except SafetensorError as error:
        raise TpcError(f"{path} is not a safetensors file: {error}") from error


def write_weights(path: Path, weights: Mapping[str, Tensor]) -> None:
    """Write the tensors to a safetensors file, atomically."""
    write_atomic(path, save_safetensors({name: t.contiguous() for name, t in weights.items()}))


def checked_weights(config: ModelConfig, found: Mapping[str, Tensor], source: str) -> Weights:
    """The tensors that the meaning of a network of this configuration depends on.

    These are its parameters and, where it is saved, the order in which its heads prefer positions
    (`rel_pos_bias.bias`): a buffer, but one that differs from run to run.

    Args:
        config: The configuration that the weights should fit.
        found: Tensors by upstream's names.
        source: Where they are from, for messages.

    Raises:
        TpcError: A tensor is missing, has another shape, or holds a NaN or an infinity.
    """
    weights: Weights = {}
    parameters = weight_shapes(config)
    for name, shape in {**parameters, **bias_shapes(config)}.items():
        if name not in found and name not in parameters:
            continue
        if name not in found:
            raise TpcError(
                f"{source} has no tensor {name}",
                hint="its options say that there should be one of shape " + _shape_text(shape),
            )
        tensor = found[name]
        if tuple(tensor.shape) != shape:
            raise TpcError(
                f"{source}: {name} has shape {_shape_text(tuple(tensor.shape))}, "
                f"but its options make it {_shape_text(shape)}",
                hint="the options and the weights are from different runs, "
                "or the vocabulary is not the one of this run",
            )
        if not tensor.is_floating_point() or not bool(torch.isfinite(tensor).all()):
            raise TpcError(f"{source}: {name} holds values that are not finite numbers")
        weights[name] = tensor.detach().to(torch.float32)
    _check_fixed(config, weights, source)
    return weights


def may_be_huge(config: ModelConfig, weights: Mapping[str, Tensor]) -> bool:
    """Whether logits could come near to those of classes that never win.

    That is the largest weight times what the variables can be at most: a head adds numbers of all
    positions, in each layer those of the layer before, and a pooled classifier its positions.
    """
    row = float(weights["unembed.W_U"].abs().max())
    number = float(weights["num_embed.W_E"].abs().amax()) if config.n_vars_num else 0.0
    if not row:
        return False
    # As logarithms: products of so many numbers are beyond binary64.
    sums = config.n_layers * bool(config.n_heads_num) + bool(config.pool_outputs)
    longest = math.log10(max(1, config.n_ctx))
    variables = math.log10(max(1, weights["unembed.W_U"].shape[0]))
    largest = math.log10(row) + math.log10(max(1.0, number)) + sums * longest + variables
    return largest > math.log10(LARGEST_LOGIT)


def refuse_huge_logits(config: ModelConfig, weights: Weights, source: str) -> None:
    """Refuse a network whose logits could be less than those of classes that never win.

    Raises:
        TpcError: Its weights are as large as that.
    """
    if may_be_huge(config, weights):
        raise TpcError(
            f"{source}: unembed.W_U and num_embed.W_E hold numbers that give logits of over "
            f"{LARGEST_LOGIT:g}",
            hint="logits as large as that could be less than those of classes that never win",
        )


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
    for name, tensor in found.items():
        # Upstream makes the categorical attention of a layer even where it has no heads.
        if name in used or (not config.n_heads_cat and ".cat_attn." in name):
            continue
        as_known = _is_known_table(config, name, tensor)
        if as_known is None:
            unused.append(name)
        elif not as_known:
            raise TpcError(
                f"{source}: {name} is not the constant table that every such network has",
                hint="the network was changed after it was made; no program says what it computes",
            )
    return unused


def _is_known_table(config: ModelConfig, name: str, found: Tensor) -> bool | None:
    """Whether a constant table is as in every such network; None if they have none of this name."""
    if name == "pos_embed.W":
        return torch.equal(found.float(), torch.eye(config.n_ctx, config.d_var))
    if _IDENTITIES.fullmatch(name):
        # Every variable is read as it is: `[variables, width, width]`.
        return found.dim() == 3 and torch.equal(
            found.float(), torch.eye(found.shape[-1]).expand(len(found), -1, -1)
        )
    if _INDICES.fullmatch(name):
        return torch.equal(found.long(), torch.arange(2 * config.n_ctx))
    # Upstream's forward pass is always given a mask, and never looks at these.
    return True if _NEVER_READ.fullmatch(name) else None


def _check_fixed(config: ModelConfig, weights: Weights, source: str) -> None:
    """Raise TpcError where weights that the options fix are not what the options say."""
    if config.count_only and not bool((weights["num_embed.W_E"] == 1).all()):
        raise TpcError(f"{source}: num_embed.W_E is not all ones, but count_only is set")
    if config.one_hot_embed:
        values = weights["embed.W_E"].argmax(0)
        if not torch.equal(values, torch.arange(config.vocabulary_size)):
            raise TpcError(f"{source}: embed.W_E is not one-hot, but one_hot_embed is set")
    for name in bias_shapes(config):
        if name in weights:
            _check_bias(config, weights[name], f"{source}: {name}")


def _check_bias(config: ModelConfig, bias: Tensor, where: str) -> None:
    """Raise TpcError where a position bias does more than choose among the matches of a head.

    Upstream adds it to the logarithm of each match, which is 0 for a match and -46 otherwise.
    """
    if config.rel_pos_bias == "none" and not bool((bias == bias[:, :1]).all()):
        raise TpcError(
            f"{where} ranks positions, but rel_pos_bias is none",
            hint="args.json and model.pt are from different runs",
        )
    if config.rel_pos_bias == "fixed" and bool((bias.amax(1) - bias.amin(1) > BIAS_SPREAD).any()):
        raise TpcError(
            f"{where} spans more than {BIAS_SPREAD:g}: a position that does not match could be "
            "preferred to one that does, which no program can say",
        )


def _shape_text(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "scalar"
