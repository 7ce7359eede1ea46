"""A network's variables in residual-stream order, its heads and MLPs, and its weights' shapes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tpc.model.config import ModelConfig


class Kind(Enum):
    """What a component is, in the order in which a layer computes them; the value names it."""

    CATEGORICAL_HEAD = "attn"
    NUMERICAL_HEAD = "num_attn"
    CATEGORICAL_MLP = "mlp"
    NUMERICAL_MLP = "num_mlp"

    @property
    def is_head(self) -> bool:
        """Whether it is a head, categorical or numerical."""
        return self in (Kind.CATEGORICAL_HEAD, Kind.NUMERICAL_HEAD)

    @property
    def is_numerical(self) -> bool:
        """Whether it is a head that adds numbers or an MLP that reads numbers."""
        return self in (Kind.NUMERICAL_HEAD, Kind.NUMERICAL_MLP)


#: The option that says how many of a kind every layer has.
_COUNTS = {
    Kind.CATEGORICAL_HEAD: "n_heads_cat",
    Kind.NUMERICAL_HEAD: "n_heads_num",
    Kind.CATEGORICAL_MLP: "n_cat_mlps",
    Kind.NUMERICAL_MLP: "n_num_mlps",
}


@dataclass(frozen=True)
class Component:
    """A head or an MLP: what it is, its layer, and its number among those of its kind there."""

    kind: Kind
    layer: int
    index: int

    @property
    def name(self) -> str:
        """The name of its output variable."""
        return f"{self.kind.value}_{self.layer}_{self.index}"

    @property
    def prefix(self) -> str:
        """How the names of its weights start; the heads of a kind and layer share theirs."""
        variables = "num" if self.kind.is_numerical else "cat"
        if self.kind.is_head:
            return f"blocks.{self.layer}.{variables}_attn"
        return f"blocks.{self.layer}.{variables}_mlp.mlps.{self.index}"


def components_of(config: ModelConfig) -> dict[str, Component]:
    """Heads and MLPs by the name of their output, in the order in which they are computed."""
    found = [
        Component(kind, layer, index)
        for layer in range(config.n_layers)
        for kind in Kind
        for index in range(getattr(config, _COUNTS[kind]))
    ]
    return {component.name: component for component in found}


def outputs(config: ModelConfig, kind: Kind, layer: int) -> tuple[str, ...]:
    """The output variables of a layer's heads or MLPs of one kind."""
    return tuple(f"{kind.value}_{layer}_{index}" for index in range(getattr(config, _COUNTS[kind])))


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


def categorical_variables(config: ModelConfig, layer: int) -> tuple[str, ...]:
    """What the heads of `layer` read; with `layer = n_layers`, what the classifier reads.

    The outputs of numerical MLPs are among them.
    """
    names = categorical_inputs(config)
    for below in range(layer):
        for kind in (Kind.CATEGORICAL_HEAD, Kind.CATEGORICAL_MLP, Kind.NUMERICAL_MLP):
            names += outputs(config, kind, below)
    return names


def numerical_variables(config: ModelConfig, layer: int) -> tuple[str, ...]:
    """What the numerical heads of `layer` aggregate; with `layer = n_layers`, the classifier's."""
    names = numerical_inputs(config)
    for below in range(layer):
        names += outputs(config, Kind.NUMERICAL_HEAD, below)
    return names


def readable(config: ModelConfig, component: Component) -> tuple[str, ...]:
    """The variables that an MLP may read, or a head as its query and its key."""
    layer = component.layer
    match component.kind:
        case Kind.NUMERICAL_MLP:
            heads = outputs(config, Kind.NUMERICAL_HEAD, layer)
            return numerical_variables(config, layer) + heads
        case Kind.CATEGORICAL_MLP:
            heads = outputs(config, Kind.CATEGORICAL_HEAD, layer)
            return categorical_variables(config, layer) + heads
    return categorical_variables(config, layer)


def head_values(config: ModelConfig, head: Component) -> tuple[str, ...]:
    """The variables that a head may read as its value."""
    if head.kind.is_numerical:
        return numerical_variables(config, head.layer)
    return categorical_variables(config, head.layer)


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
    for component in components_of(config).values():
        if component.layer == layer and not component.kind.is_head:
            shapes |= _mlp_shapes(config, component)
    return shapes


def _mlp_shapes(config: ModelConfig, mlp: Component) -> dict[str, tuple[int, ...]]:
    # A variable takes up as many columns as it has values, or one if it is a number.
    width = 1 if mlp.kind.is_numerical else config.d_var
    return {
        f"{mlp.prefix}.W_read.W": (config.mlp_vars_in, len(readable(config, mlp))),
        f"{mlp.prefix}.W_in": (config.d_mlp, config.mlp_vars_in * width),
        f"{mlp.prefix}.b_in": (config.d_mlp,),
        f"{mlp.prefix}.W_out": (config.d_var, config.d_mlp),
        f"{mlp.prefix}.b_out": (config.d_var,),
    }
