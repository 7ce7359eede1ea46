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
from tpc.model.config import ModelConfig
from tpc.model.discrete import DiscreteNetwork
from tpc.model.discrete_heads import SelectHead, SumHead
from tpc.model.discrete_mlps import CategoricalMlp, Mlp, NumericalMlp
from tpc.model.initial import FIXED_LOGIT

MOST_CELLS = 1 << 17
"""A table with more cells than this is left as the network has it."""


@dataclass(frozen=True)
class HeadChoice:
    """What a head reads, by variable name, and the key value that each query value wants.

    Attributes:
        query: A categorical variable.
        key: A categorical variable.
        value: Categorical for a categorical head, else numerical.
        wanted: `[d_var]`.
    """

    query: str
    key: str
    value: str
    wanted: Tensor


@dataclass(frozen=True)
class TableChoice:
    """What an MLP reads, by variable name, and its output for each combination of values.

    Attributes:
        reads: In the order of the code's digits, the most significant first.
        base: Values that each variable is taken to have: `d_var`, or one more than the largest
            number that is told apart.
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
        heads: Every predicate head by name.
        ranks: Each categorical head's preferences among positions, which are never changed.
        mlps: Every MLP whose table is small enough to be written down.
        classifier: `[features, classes]`, in residual-stream order.
    """

    config: ModelConfig
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
            heads[name] = HeadChoice(head.query, head.key, head.value, head.wanted)
            if isinstance(head, SelectHead):
                ranks[name] = head.ranks
        mlps = {name: _table(config, mlp) for name, mlp in network.mlps.items()}
        return Choices(config, heads, ranks, mlps, weights["unembed.W_U"].detach().clone())

    @property
    def components(self) -> tuple[str, ...]:
        """Heads and MLPs in the order in which they are computed."""
        names: tuple[str, ...] = ()
        for layer in range(self.config.n_layers):
            for of_layer in (layout.cat_heads, layout.num_heads, layout.cat_mlps, layout.num_mlps):
                names += of_layer(self.config, layer)
        return names

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

    def first_row(self, name: str) -> int:
        """Where a variable's rows begin in the classifier."""
        categorical = layout.categorical_variables(self.config, self.config.n_layers)
        if name in categorical:
            return categorical.index(name) * self.config.d_var
        numerical = layout.numerical_variables(self.config, self.config.n_layers)
        return len(categorical) * self.config.d_var + numerical.index(name)

    def rows_of(self, name: str) -> slice:
        """A variable's rows in the classifier: one for a number, else one for each value."""
        categorical = layout.categorical_variables(self.config, self.config.n_layers)
        first = self.first_row(name)
        return slice(first, first + (self.config.d_var if name in categorical else 1))


def supports(config: ModelConfig) -> bool:
    """Whether every choice is a discrete one, and between values few enough for tables."""
    one_label_each = config.one_hot_embed and not config.pool_outputs
    predicates = config.attention_type == "cat" or config.n_heads_cat == 0
    counts = config.count_only or config.n_heads_num == config.n_num_mlps == 0
    tables = max(config.d_var, number_base(config)) ** config.mlp_vars_in <= MOST_CELLS
    no_mlps = config.n_cat_mlps == config.n_num_mlps == 0
    return one_label_each and predicates and counts and (tables or no_mlps)


def number_base(config: ModelConfig) -> int:
    """Numbers below this are told apart: counts, and where there are layers, sums of counts."""
    if config.n_num_mlps == 0:
        return 1
    return (config.n_ctx if config.n_layers == 1 else config.n_ctx * config.n_ctx) + 1


def layer_of(name: str) -> int:
    """The layer of a head or an MLP."""
    return int(name.rsplit("_", maxsplit=2)[1])


def is_numerical(name: str) -> bool:
    """Whether a component is a numerical head or an MLP that reads numbers."""
    return name.startswith("num_")


def readable(config: ModelConfig, name: str) -> tuple[str, ...]:
    """The categorical variables that a head or categorical MLP may read; else the numerical."""
    layer = layer_of(name)
    categorical = layout.categorical_variables(config, layer)
    if "mlp" not in name:
        return categorical
    if is_numerical(name):
        return layout.numerical_variables(config, layer) + layout.num_heads(config, layer)
    return categorical + layout.cat_heads(config, layer)


def _table(config: ModelConfig, mlp: Mlp) -> TableChoice:
    base = config.d_var if isinstance(mlp, CategoricalMlp) else number_base(config)
    codes = torch.arange(base ** len(mlp.reads))
    digits = [codes // base**power % base for power in reversed(range(len(mlp.reads)))]
    if isinstance(mlp, NumericalMlp):
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
    config = choices.config
    written = {name: tensor.detach().clone() for name, tensor in weights.items()}
    earlier = Choices.of(config, weights)
    for name, head in choices.heads.items():
        if not _same_head(head, earlier.heads[name]):
            _write_head(config, written, name, head)
    for name, mlp in choices.mlps.items():
        old = earlier.mlps[name]
        if mlp.reads != old.reads or not torch.equal(mlp.table, old.table):
            _write_mlp(config, written, name, mlp)
    written["unembed.W_U"] = choices.classifier.to(torch.float32).clone()
    return written


def writable(config: ModelConfig, name: str, mlp: TableChoice) -> bool:
    """Whether an MLP with as many hidden units as there are can compute this table."""
    if is_numerical(name):
        return 2 * len(_borders(mlp.table)) <= config.d_mlp
    return len(_exceptions(mlp.table)) <= config.d_mlp


def _same_head(one: HeadChoice, other: HeadChoice) -> bool:
    same_reads = (one.query, one.key, one.value) == (other.query, other.key, other.value)
    return same_reads and torch.equal(one.wanted, other.wanted)


def _write_head(
    config: ModelConfig, weights: dict[str, Tensor], name: str, head: HeadChoice
) -> None:
    kind = "num_attn" if is_numerical(name) else "cat_attn"
    prefix, index = f"blocks.{layer_of(name)}.{kind}", int(name.rsplit("_", maxsplit=1)[-1])
    categorical = readable(config, name)
    values = categorical
    if is_numerical(name):
        values = layout.numerical_variables(config, layer_of(name))
    for read, variables, chosen in (
        ("W_Q", categorical, head.query),
        ("W_K", categorical, head.key),
        ("W_V", values, head.value),
    ):
        _choose(weights[f"{prefix}.{read}.W"][index], variables.index(chosen))
    predicate = weights[f"{prefix}.W_pred.W"][index]
    for query, key in enumerate(head.wanted.tolist()):
        _choose(predicate[query], key)


def _write_mlp(
    config: ModelConfig, weights: dict[str, Tensor], name: str, mlp: TableChoice
) -> None:
    if not writable(config, name, mlp):
        raise ValueError(f"{name} has too few hidden units for this table")
    kind = "num_mlp" if is_numerical(name) else "cat_mlp"
    prefix = f"blocks.{layer_of(name)}.{kind}.mlps.{name.rsplit('_', maxsplit=1)[-1]}"
    variables = readable(config, name)
    for read, variable in zip(weights[f"{prefix}.W_read.W"], mlp.reads, strict=True):
        _choose(read, variables.index(variable))
    names = ("W_in", "b_in", "W_out", "b_out")
    w_in, b_in, w_out, b_out = (weights[f"{prefix}.{name}"].zero_() for name in names)
    if is_numerical(name):
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
