"""Reading and writing a network's tensors; nothing that is read is ever executed."""

from __future__ import annotations

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
    (`rel_pos_bias.bias`): a buffer, but one that differs from run to run. `tpc.model.buffers`
    accounts for everything else that upstream saves.

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
