"""A network's discrete choices as values of their own, to be changed and written back as weights.

Training follows gradients of relaxed choices. A search over the choices themselves needs the
discretised network as what it is: reads, predicates, tables, and the classifier's rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from tpc.model import layout
from tpc.model.architecture import FIXED_LOGIT
from tpc.model.attention import SelectHead, SumHead
from tpc.model.config import ModelConfig
from tpc.model.discrete import CategoricalMlp, DiscreteNetwork, Mlp
from tpc.model.layout import Component, components_of, head_values, readable

MOST_CELLS = 1 << 17
"""A table with more cells than this is left as the network has it."""


@dataclass(frozen=True)
class HeadChoice:
    """What a head reads, by variable name, and its predicate.

    Attributes:
        query: A categorical variable.
        key: A categorical variable.
        value: Categorical for a categorical head, else numerical.
        predicate: The key value that each query value matches, `[d_var]`.
    """

    query: str
    key: str
    value: str
    predicate: Tensor


@dataclass(frozen=True)
class TableChoice:
    """What an MLP reads, by variable name, and its output for each combination of values.

    Attributes:
        reads: In the order of the code's digits, the most significant first.
        base: Values that each variable is taken to have: `d_var`, or one more than the largest
            number that is distinguishable.
        table: `[base ** len(reads)]`.
    """

    reads: tuple[str, ...]
    base: int
    table: Tensor


@dataclass(frozen=True)
class Choices:
    """The discretised network, apart from what the options fix.

    Attributes:
        config: The architecture.
        components: Every head and MLP by name, in the order in which they are computed.
        heads: Every predicate head by name.
        ranks: Each categorical head's preferences among positions, which are never changed.
        mlps: Every MLP whose table is small enough to be written down.
        classifier: `[features, classes]`, in residual-stream order.
    """

    config: ModelConfig
    components: Mapping[str, Component]
    heads: Mapping[str, HeadChoice]
    ranks: Mapping[str, Tensor]
    mlps: Mapping[str, TableChoice]
    classifier: Tensor

    @staticmethod
    def of(config: ModelConfig, weights: Mapping[str, Tensor]) -> Choices:
        """The choices that these weights make once discretised.

        Raises:
            ValueError: The architecture is one that `supports` denies.
        """
        if not supports(config):
            raise ValueError("these choices are not all discrete ones between few values")
        network = DiscreteNetwork(config, weights, torch.float32)
        heads, ranks = {}, {}
        for name, head in network.heads.items():
            assert isinstance(head, SelectHead | SumHead), "scores are not supported"
            heads[name] = HeadChoice(head.query, head.key, head.value, head.predicate)
            if isinstance(head, SelectHead):
                ranks[name] = head.ranks
        mlps = {name: _table(config, mlp) for name, mlp in network.mlps.items()}
        classifier = weights["unembed.W_U"].detach().clone()
        return Choices(config, components_of(config), heads, ranks, mlps, classifier)

    def after(self, name: str) -> tuple[str, ...]:
        """The components that are computed after this one."""
        names = tuple(self.components)
        return names[names.index(name) + 1 :]

    def choice(self, name: str) -> HeadChoice | TableChoice:
        """What a component is now."""
        return self.heads[name] if name in self.heads else self.mlps[name]

    def readable(self, name: str) -> tuple[str, ...]:
        """The variables that a component may read: a head as its query and its key."""
        return readable(self.config, self.components[name])

    def reads(self, name: str) -> tuple[str, ...]:
        """The variables that a component reads."""
        if name in self.heads:
            head = self.heads[name]
            return (head.query, head.key, head.value)
        return self.mlps[name].reads

    def with_component(self, name: str, choice: HeadChoice | TableChoice) -> Choices:
        """The same with another head or MLP."""
        if isinstance(choice, HeadChoice):
            return replace(self, heads={**self.heads, name: choice})
        return replace(self, mlps={**self.mlps, name: choice})

    def with_classifier(self, classifier: Tensor) -> Choices:
        """The same with other rows."""
        return replace(self, classifier=classifier)

    def writable(self, name: str, mlp: TableChoice) -> bool:
        """Whether the MLP of this name has hidden units enough to compute this table."""
        if self.components[name].kind.is_numerical:
            return 2 * len(_borders(mlp.table)) <= self.config.d_mlp
        return len(_exceptions(mlp.table)) <= self.config.d_mlp

    def rows_of(self, name: str) -> slice:
        """A variable's rows in the classifier: one for a number, else one for each value."""
        config, d_var = self.config, self.config.d_var
        categorical = layout.categorical_variables(config, config.n_layers)
        if name in categorical:
            first = categorical.index(name) * d_var
            return slice(first, first + d_var)
        numerical = layout.numerical_variables(config, config.n_layers)
        row = len(categorical) * d_var + numerical.index(name)
        return slice(row, row + 1)


def supports(config: ModelConfig) -> bool:
    """Whether every choice is a discrete one, and between values few enough for tables."""
    # Upstream's causal networks pool over the first position alone: nothing else counts.
    labels = not (config.pool_outputs and config.autoregressive)
    predicates = config.attention_type == "cat" or config.n_heads_cat == 0
    counts = config.count_only or config.n_heads_num == config.n_num_mlps == 0
    tables = max(config.d_var, number_base(config)) ** config.mlp_vars_in <= MOST_CELLS
    no_mlps = config.n_cat_mlps == config.n_num_mlps == 0
    return config.one_hot_embed and labels and predicates and counts and (tables or no_mlps)


def number_base(config: ModelConfig) -> int:
    """Numbers below this are distinguishable: counts, and after a first layer, sums of counts."""
    if config.n_num_mlps == 0:
        return 1
    return (config.n_ctx if config.n_layers == 1 else config.n_ctx * config.n_ctx) + 1


def _table(config: ModelConfig, mlp: Mlp) -> TableChoice:
    categorical = isinstance(mlp, CategoricalMlp)
    base = config.d_var if categorical else number_base(config)
    codes = torch.arange(base ** len(mlp.reads))
    digits = [codes // base**power % base for power in reversed(range(len(mlp.reads)))]
    if not categorical:
        digits = [digit.to(mlp.w_in.dtype) for digit in digits]
    value, _ = mlp.run(digits)
    return TableChoice(mlp.reads, base, value)


def realised(choices: Choices, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights whose discretised network makes these choices.

    Args:
        choices: What to write.
        weights: A network of the same architecture. What it decides as the choices say keeps its
            weights.

    Raises:
        ValueError: A table that differs is not `writable`.
    """
    written = {name: tensor.detach().clone() for name, tensor in weights.items()}
    earlier = Choices.of(choices.config, weights)
    for name, head in choices.heads.items():
        same_predicate = torch.equal(head.predicate, earlier.heads[name].predicate)
        if not same_predicate or choices.reads(name) != earlier.reads(name):
            _write_head(choices, name, written)
    for name, mlp in choices.mlps.items():
        same_table = torch.equal(mlp.table, earlier.mlps[name].table)
        if not same_table or choices.reads(name) != earlier.reads(name):
            _write_mlp(choices, name, written)
    written["unembed.W_U"] = choices.classifier.to(torch.float32).clone()
    return written


def _write_head(choices: Choices, name: str, weights: dict[str, Tensor]) -> None:
    head, component = choices.heads[name], choices.components[name]
    variables, values = choices.readable(name), head_values(choices.config, component)
    queried, keyed = variables.index(head.query), variables.index(head.key)
    chosen = {"W_Q": queried, "W_K": keyed, "W_V": values.index(head.value)}
    for read, variable in chosen.items():
        _choose(weights[f"{component.prefix}.{read}.W"][component.index], variable)
    predicate = weights[f"{component.prefix}.W_pred.W"][component.index]
    for query, key in enumerate(head.predicate.tolist()):
        _choose(predicate[query], key)


def _write_mlp(choices: Choices, name: str, weights: dict[str, Tensor]) -> None:
    mlp, component, variables = choices.mlps[name], choices.components[name], choices.readable(name)
    if not choices.writable(name, mlp):
        raise ValueError(f"{name} has too few hidden units for this table")
    for read, variable in zip(weights[f"{component.prefix}.W_read.W"], mlp.reads, strict=True):
        _choose(read, variables.index(variable))
    names = ("W_in", "b_in", "W_out", "b_out")
    w_in, b_in, w_out, b_out = (weights[f"{component.prefix}.{name}"].zero_() for name in names)
    if component.kind.is_numerical:
        _write_steps(mlp, w_in, b_in, w_out, b_out)
    else:
        _write_cells(mlp, w_in, b_in, w_out, b_out)


def _write_cells(
    mlp: TableChoice, w_in: Tensor, b_in: Tensor, w_out: Tensor, b_out: Tensor
) -> None:
    """One hidden unit for each cell that is not the most common value: 1 there, else 0."""
    b_out[_usual(mlp.table)] = FIXED_LOGIT
    for unit, cell in enumerate(_exceptions(mlp.table)):
        for read in range(len(mlp.reads)):
            digit = cell // mlp.base ** (len(mlp.reads) - 1 - read) % mlp.base
            w_in[unit, read * mlp.base + digit] = 1
        b_in[unit] = 1 - len(mlp.reads)
        w_out[int(mlp.table[cell]), unit] = 2 * FIXED_LOGIT


def _write_steps(
    mlp: TableChoice, w_in: Tensor, b_in: Tensor, w_out: Tensor, b_out: Tensor
) -> None:
    """Two hidden units for each border in the table: their difference steps from 0 to 1 there."""
    b_out[int(mlp.table[0])] = FIXED_LOGIT
    place = [float(mlp.base**power) for power in reversed(range(len(mlp.reads)))]
    for border, code in enumerate(_borders(mlp.table)):
        before, after = int(mlp.table[code - 1]), int(mlp.table[code])
        for unit, shift, sign in ((2 * border, code - 1, 1.0), (2 * border + 1, code, -1.0)):
            w_in[unit] = torch.tensor(place)
            b_in[unit] = -shift
            w_out[after, unit] += sign * FIXED_LOGIT
            w_out[before, unit] -= sign * FIXED_LOGIT


def _choose(logits: Tensor, index: int) -> None:
    logits.fill_(-FIXED_LOGIT)
    logits[index] = FIXED_LOGIT


def _usual(table: Tensor) -> int:
    return int(torch.bincount(table).argmax())


def _exceptions(table: Tensor) -> list[int]:
    found: list[int] = (table != _usual(table)).nonzero().squeeze(1).tolist()
    return found


def _borders(table: Tensor) -> list[int]:
    """The codes whose value is not that of the code before."""
    found: list[int] = (1 + (table[1:] != table[:-1]).nonzero().squeeze(1)).tolist()
    return found
