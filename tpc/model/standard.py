"""The ordinary Transformer, as a baseline: the same data and the same loss, and no program.

An encoder (or decoder, if causal) as in Vaswani et al. 2017 with learned positions, layer
normalisation before each part (Xiong et al. 2020), ReLU, and no weights shared between embedding
and classifier. The paper compares its programs with such a network (appendix B).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch
import torch.nn.functional as F  # noqa: N812 - as everywhere
from torch import Tensor

from tpc.diagnostics import TpcError, quoted
from tpc.model.config import class_ids, unpredicted
from tpc.model.sampling import Sampler

MASKED = -1e30
EMBEDDING_SCALE = 0.1
TYPE = "standard"


@dataclass(frozen=True, kw_only=True)
class StandardConfig:
    """The architecture of one ordinary Transformer.

    Attributes:
        vocabulary_size: Tokens, `<pad>` (id 0) among them.
        n_classes: Classes, `<pad>` (class 0) among them.
        n_ctx: Length of the longest sequence.
        d_model: Width of the residual stream.
        n_heads: Attention heads a layer; each is `d_model / n_heads` wide.
        d_mlp: Hidden units of the MLP of a layer.
        n_layers: Layers.
        autoregressive: Keys to the right of the query are masked.
        pool_outputs: One label a sequence, from the mean over its positions.
        masked_classes: Classes that never win.
    """

    vocabulary_size: int
    n_classes: int
    n_ctx: int
    d_model: int = 128
    n_heads: int = 4
    d_mlp: int = 512
    n_layers: int = 3
    autoregressive: bool = False
    pool_outputs: bool = False
    masked_classes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if type(value) is int and value < 1:
                raise TpcError(f"{field.name} must be at least 1")
        if self.d_model % self.n_heads:
            raise TpcError(
                f"d_model is {self.d_model}, which {self.n_heads} heads cannot share equally",
                hint="make d_model a multiple of n_heads",
            )

    @classmethod
    def from_options(
        cls,
        options: Mapping[str, Any],
        vocabulary_size: int,
        classes: tuple[str, ...],
        n_ctx: int,
    ) -> Self:
        """The configuration that these options give with this vocabulary and length.

        Args:
            options: `d_model`, `n_heads`, `d_mlp` (None: four times `d_model`), `n_layers`,
                `autoregressive`, `pool_outputs`, `unembed_mask`.
            vocabulary_size: Tokens of the vocabulary.
            classes: Class names in id order, for the unembed mask.
            n_ctx: Longest sequence.

        Raises:
            TpcError: The options are out of range or contradict one another.
        """
        d_model, d_mlp = options["d_model"], options["d_mlp"]
        return cls(
            vocabulary_size=vocabulary_size,
            n_classes=len(classes),
            n_ctx=n_ctx,
            d_model=d_model,
            n_heads=options["n_heads"],
            d_mlp=4 * d_model if d_mlp is None else d_mlp,
            n_layers=options["n_layers"],
            autoregressive=bool(options["autoregressive"]),
            pool_outputs=bool(options["pool_outputs"]),
            masked_classes=unpredicted(classes) if options["unembed_mask"] else (),
        )

    def to_json(self) -> dict[str, object]:
        """The fields as JSON values; `from_json` reads them back."""
        fields = {**dataclasses.asdict(self), "masked_classes": list(self.masked_classes)}
        return {"type": TYPE, **fields}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """A configuration written by `to_json`.

        Raises:
            TpcError: A field is missing, unknown or has the wrong type.
        """
        given = {name: value for name, value in fields.items() if name != "type"}
        defaults = {field.name: field.default for field in dataclasses.fields(cls)}
        if set(given) != set(defaults):
            wrong = ", ".join(sorted(set(given).symmetric_difference(defaults)))
            raise TpcError(f"options of the standard Transformer are missing or unknown: {wrong}")
        masked = given.pop("masked_classes")
        for name, value in given.items():
            kind = bool if isinstance(defaults[name], bool) else int
            if type(value) is not kind:
                raise TpcError(f"{name} is {quoted(value)}; it must be of type {kind.__name__}")
        return cls(**given, masked_classes=class_ids(masked))


def weight_shapes(config: StandardConfig) -> dict[str, tuple[int, ...]]:
    """Names and shapes of every tensor."""
    width, hidden = config.d_model, config.d_mlp
    shapes: dict[str, tuple[int, ...]] = {
        "embed.W_E": (config.vocabulary_size, width),
        "pos_embed.W": (config.n_ctx, width),
    }
    for layer in range(config.n_layers):
        block = f"blocks.{layer}"
        shapes |= {
            **_norm_shapes(f"{block}.norm_attn", width),
            f"{block}.attn.W_QKV": (3 * width, width),
            f"{block}.attn.b_QKV": (3 * width,),
            f"{block}.attn.W_O": (width, width),
            f"{block}.attn.b_O": (width,),
            **_norm_shapes(f"{block}.norm_mlp", width),
            f"{block}.mlp.W_in": (hidden, width),
            f"{block}.mlp.b_in": (hidden,),
            f"{block}.mlp.W_out": (width, hidden),
            f"{block}.mlp.b_out": (width,),
        }
    return {
        **shapes,
        **_norm_shapes("norm", width),
        "unembed.W_U": (config.n_classes, width),
        "unembed.b_U": (config.n_classes,),
    }


def _norm_shapes(prefix: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{prefix}.scale": (width,), f"{prefix}.shift": (width,)}


def initial_weights(config: StandardConfig, generator: torch.Generator) -> dict[str, Tensor]:
    """Random weights, drawn in the order of `weight_shapes`; matrices by their fan-in."""
    weights = {}
    for name, shape in weight_shapes(config).items():
        if name.endswith(".scale"):
            weights[name] = torch.ones(shape)
        elif len(shape) == 1:
            weights[name] = torch.zeros(shape)
        else:
            embeds = name in ("embed.W_E", "pos_embed.W")
            scale = EMBEDDING_SCALE if embeds else 1 / math.sqrt(shape[-1])
            weights[name] = torch.randn(shape, generator=generator) * scale
    return weights


def standard_logits(
    config: StandardConfig, weights: Mapping[str, Tensor], ids: Tensor, sampler: Sampler
) -> Tensor:
    """Logits `[position, class, example]`; `[class, example]` when pooled.

    Args:
        config: The architecture.
        weights: Tensors by the names of `weight_shapes`.
        ids: Token ids `[position, example]`, 0 where there is padding.
        sampler: Its dropout is applied to embeddings, to what every layer's parts add, and to the
            hidden units of the MLPs.
    """
    rows = ids.T
    seen = rows != 0
    positions = weights["pos_embed.W"][: rows.shape[1]]
    stream = sampler.dropped(F.embedding(rows, weights["embed.W_E"]) + positions)
    visible = _visible(config, seen)
    for layer in range(config.n_layers):
        block = f"blocks.{layer}"
        x = _norm(weights, f"{block}.norm_attn", stream)
        stream = stream + sampler.dropped(_attend(config, weights, block, x, visible))
        x = _norm(weights, f"{block}.norm_mlp", stream)
        hidden = _linear(weights, f"{block}.mlp", "in", x).relu()
        outputs = _linear(weights, f"{block}.mlp", "out", sampler.dropped(hidden))
        stream = stream + sampler.dropped(outputs)
    features = _norm(weights, "norm", stream)
    if config.pool_outputs:
        counts = seen.sum(1, keepdim=True).clamp(min=1)
        features = (features * seen.unsqueeze(-1)).sum(1) / counts
    logits = _linear(weights, "unembed", "U", features)
    never = torch.zeros(config.n_classes, dtype=logits.dtype)
    never[list(config.masked_classes)] = MASKED
    return (logits + never).movedim(0, -1)


def _visible(config: StandardConfig, seen: Tensor) -> Tensor:
    """Which keys each query attends to, `[example, 1, query, key]`; itself in any case."""
    length = seen.shape[1]
    visible = seen[:, None, None, :].expand(-1, 1, length, length)
    if config.autoregressive:
        visible = visible & torch.ones(length, length, dtype=torch.bool).tril()
    return visible | torch.eye(length, dtype=torch.bool)


def _attend(
    config: StandardConfig, weights: Mapping[str, Tensor], block: str, x: Tensor, visible: Tensor
) -> Tensor:
    mixed = _linear(weights, f"{block}.attn", "QKV", x)
    heads = torch.unflatten(mixed, -1, (3, config.n_heads, -1)).permute(2, 0, 3, 1, 4)
    query, key, value = heads.unbind(0)
    found = F.scaled_dot_product_attention(query, key, value, attn_mask=visible)
    return _linear(weights, f"{block}.attn", "O", found.transpose(1, 2).flatten(-2))


def _linear(weights: Mapping[str, Tensor], prefix: str, name: str, x: Tensor) -> Tensor:
    return F.linear(x, weights[f"{prefix}.W_{name}"], weights[f"{prefix}.b_{name}"])


def _norm(weights: Mapping[str, Tensor], prefix: str, x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], weights[f"{prefix}.scale"], weights[f"{prefix}.shift"])
