"""Reading and writing a network's tensors; nothing that is read is ever executed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors
from torch import Tensor

from tpc.diagnostics import TpcError
from tpc.files import write_atomic
from tpc.model.config import ModelConfig
from tpc.model.layout import weight_shapes

Weights = dict[str, Tensor]


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
        raise TpcError(f"{path} holds something other than a tensor under {strangers[0]!r}")
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
    """The tensors that a network of this configuration needs, and no others.

    Upstream also saves buffers (masks, position tables); what they hold follows from the options.

    Args:
        config: The configuration that the weights should fit.
        found: Tensors by upstream's names.
        source: Where they are from, for messages.

    Raises:
        TpcError: A tensor is missing, has another shape, or holds a NaN.
    """
    weights: Weights = {}
    for name, shape in weight_shapes(config).items():
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
        if not tensor.is_floating_point() or bool(torch.isnan(tensor).any()):
            raise TpcError(f"{source}: {name} holds values that are not numbers")
        weights[name] = tensor.detach().to(torch.float32)
    _check_fixed(config, weights, source)
    return weights


def _check_fixed(config: ModelConfig, weights: Weights, source: str) -> None:
    """Raise TpcError where weights that the options fix are not what the options say."""
    if config.count_only and not bool((weights["num_embed.W_E"] == 1).all()):
        raise TpcError(f"{source}: num_embed.W_E is not all ones, but count_only is set")
    if config.one_hot_embed:
        values = weights["embed.W_E"].argmax(0)
        if not torch.equal(values, torch.arange(config.vocabulary_size)):
            raise TpcError(f"{source}: embed.W_E is not one-hot, but one_hot_embed is set")


def _shape_text(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "scalar"
