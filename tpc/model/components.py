"""The kinds of heads and MLPs that a network of discrete choices has, in order of computation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tpc.model import layout
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


def components_of(config: ModelConfig) -> dict[str, Component]:
    """Heads and MLPs by the name of their output, in the order in which they are computed."""
    counts = (config.n_heads_cat, config.n_heads_num, config.n_cat_mlps, config.n_num_mlps)
    found = [
        Component(kind, layer, index)
        for layer in range(config.n_layers)
        for kind, count in zip(Kind, counts, strict=True)
        for index in range(count)
    ]
    return {component.name: component for component in found}


def readable(config: ModelConfig, component: Component) -> tuple[str, ...]:
    """The categorical variables that a head or categorical MLP may read; else the numerical."""
    layer = component.layer
    if component.kind is Kind.NUMERICAL_MLP:
        return layout.numerical_variables(config, layer) + layout.num_heads(config, layer)
    categorical = layout.categorical_variables(config, layer)
    if component.kind is Kind.CATEGORICAL_MLP:
        return categorical + layout.cat_heads(config, layer)
    return categorical
