"""Names of a network's variables in residual-stream order, and the shapes of its weights."""

from __future__ import annotations

from tpc.model.config import ModelConfig


def categorical_inputs(config: ModelConfig) -> tuple[str, ...]:
    """The categorical variables before layer 0: the token's variables, then its position."""
    if config.one_hot_embed:
        return ("tokens", "positions")
    return (*(f"var{index}" for index in range(config.n_vars_cat)), "positions")


def numerical_inputs(config: ModelConfig) -> tuple[str, ...]:
    """The numerical variables before layer 0."""
    if not config.count_only:
        return tuple(f"num_var{index}" for index in range(config.n_vars_num))
    if config.n_vars_num == 1:
        return ("ones",)
    return tuple(f"ones{index}" for index in range(config.n_vars_num))


def cat_heads(config: ModelConfig, layer: int) -> tuple[str, ...]:
    """The outputs of a layer's categorical heads."""
    return tuple(f"attn_{layer}_{head}" for head in range(config.n_heads_cat))


def num_heads(config: ModelConfig, layer: int) -> tuple[str, ...]:
    """The outputs of a layer's numerical heads."""
    return tuple(f"num_attn_{layer}_{head}" for head in range(config.n_heads_num))


def cat_mlps(config: ModelConfig, layer: int) -> tuple[str, ...]:
    """The outputs of a layer's categorical MLPs."""
    return tuple(f"mlp_{layer}_{mlp}" for mlp in range(config.n_cat_mlps))


def num_mlps(config: ModelConfig, layer: int) -> tuple[str, ...]:
    """The outputs of a layer's numerical MLPs; they are categorical variables."""
    return tuple(f"num_mlp_{layer}_{mlp}" for mlp in range(config.n_num_mlps))


def categorical_variables(config: ModelConfig, layer: int) -> tuple[str, ...]:
    """What the heads of `layer` read; with `layer = n_layers`, what the classifier reads."""
    names = categorical_inputs(config)
    for below in range(layer):
        names += cat_heads(config, below) + cat_mlps(config, below) + num_mlps(config, below)
    return names


def numerical_variables(config: ModelConfig, layer: int) -> tuple[str, ...]:
    """What the numerical heads of `layer` aggregate; with `layer = n_layers`, the classifier's."""
    names = numerical_inputs(config)
    for below in range(layer):
        names += num_heads(config, below)
    return names


def weight_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Upstream's state-dict names and shapes of every tensor that the network's meaning needs."""
    shapes: dict[str, tuple[int, ...]] = {
        "embed.W_E": (config.n_vars_cat * config.d_var, config.vocabulary_size),
        "num_embed.W_E": (config.vocabulary_size, config.n_vars_num),
    }
    for layer in range(config.n_layers):
        shapes |= _block_shapes(config, layer)
    n_cat = len(categorical_variables(config, config.n_layers))
    n_num = len(numerical_variables(config, config.n_layers))
    shapes["unembed.W_U"] = (n_cat * config.d_var + n_num, config.n_classes)
    return shapes


def bias_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the position biases, learned or not, by which heads rank their matches.

    Only upstream saves those that are not learned. They mean what they hold, whatever formula
    they once came from.
    """
    if config.attention_type != "cat" or not config.n_heads_cat:
        return {}
    return {
        f"blocks.{layer}.cat_attn.rel_pos_bias.bias": (config.n_heads_cat, 2 * config.n_ctx)
        for layer in range(config.n_layers)
    }


def _block_shapes(config: ModelConfig, layer: int) -> dict[str, tuple[int, ...]]:
    n_cat = len(categorical_variables(config, layer))
    n_num = len(numerical_variables(config, layer))
    d_var, block = config.d_var, f"blocks.{layer}"
    shapes: dict[str, tuple[int, ...]] = {}
    if heads := config.n_heads_cat:
        attn = f"{block}.cat_attn"
        shapes |= {f"{attn}.{read}.W": (heads, n_cat) for read in ("W_Q", "W_K", "W_V")}
        shapes[f"{attn}.W_pred.W"] = (heads, d_var, d_var)
        if config.attention_type == "cat" and config.rel_pos_bias == "clipped":
            shapes[f"{attn}.rel_pos_bias.bias"] = (heads, 2 * config.n_ctx)
    if heads := config.n_heads_num:
        attn = f"{block}.num_attn"
        shapes |= {f"{attn}.{read}.W": (heads, n_cat) for read in ("W_Q", "W_K")}
        shapes[f"{attn}.W_pred.W"] = (heads, d_var, d_var)
        shapes[f"{attn}.W_V.W"] = (heads, n_num)
    for mlp in range(config.n_cat_mlps):
        prefix = f"{block}.cat_mlp.mlps.{mlp}"
        shapes |= _mlp_shapes(config, prefix, n_cat + config.n_heads_cat, d_var)
    for mlp in range(config.n_num_mlps):
        prefix = f"{block}.num_mlp.mlps.{mlp}"
        shapes |= _mlp_shapes(config, prefix, n_num + config.n_heads_num, 1)
    return shapes


def _mlp_shapes(
    config: ModelConfig, prefix: str, n_variables: int, width: int
) -> dict[str, tuple[int, ...]]:
    """`width` is the number of columns a variable takes up: its values, or 1 if numerical."""
    return {
        f"{prefix}.W_read.W": (config.mlp_vars_in, n_variables),
        f"{prefix}.W_in": (config.d_mlp, config.mlp_vars_in * width),
        f"{prefix}.b_in": (config.d_mlp,),
        f"{prefix}.W_out": (config.d_var, config.d_mlp),
        f"{prefix}.b_out": (config.d_var,),
    }
