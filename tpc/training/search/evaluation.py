"""Every variable of a discretised network on some rows, and what changes when one choice does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F  # noqa: N812 - as everywhere
from torch import Tensor

from tpc.model import layout
from tpc.model.choices import Choices, HeadChoice, TableChoice
from tpc.model.discrete import NEVER
from tpc.model.layout import Kind
from tpc.training.search.rows import Rows


@dataclass(frozen=True)
class Evaluation:
    """A network on some rows.

    Attributes:
        choices: The network.
        rows: The rows.
        values: Every variable by name, `[row, position]`: int64 if categorical, else whole
            numbers in binary32.
        logits: Of each label, `[label, class]`.
        loss: On these rows.
    """

    choices: Choices
    rows: Rows
    values: Mapping[str, Tensor]
    logits: Tensor
    loss: float = field(init=False)

    def __post_init__(self) -> None:
        loss = float(weighted_losses(self.logits, self.rows).sum())
        object.__setattr__(self, "loss", loss)

    @staticmethod
    def of(choices: Choices, rows: Rows) -> Evaluation:
        """The network on these rows, computed from the start."""
        config = choices.config
        tokens, positions = layout.categorical_inputs(config)
        values = {
            tokens: rows.ids,
            positions: torch.arange(rows.ids.shape[1]).expand(rows.ids.shape).contiguous(),
        }
        for name in layout.numerical_inputs(config):
            values[name] = torch.ones(rows.ids.shape)
        for name in choices.components:
            values[name] = run(choices, rows, name, values)
        return Evaluation(choices, rows, values, _logits(choices, rows, values))

    def subsampled(self, positions: int) -> Evaluation:
        """The network on some of the rows, as `Rows.subsampled` takes them."""
        rows = self.rows.subsampled(positions)
        return self if rows is self.rows else Evaluation.of(self.choices, rows)

    @property
    def errors(self) -> int:
        """Labels that are wrong."""
        return int((self.logits.argmax(1) != self.rows.tags).sum())

    def changed(self, name: str, choice: HeadChoice | TableChoice) -> Evaluation:
        """The network with another head or MLP, computing only what that changes."""
        choices = self.choices.with_component(name, choice)
        values = dict(self.values)
        changed: set[str] = set()
        for later in (name, *choices.after(name)):
            if later != name and changed.isdisjoint(choices.reads(later)):
                continue
            found = run(choices, self.rows, later, values)
            if not torch.equal(found, values[later]):
                values[later] = found
                changed.add(later)
        logits = self.logits
        for variable in changed:
            added = contribution(choices, self.rows, variable, values[variable])
            logits = logits + self.rows.of_labels(added)
            added = contribution(choices, self.rows, variable, self.values[variable])
            logits = logits - self.rows.of_labels(added)
        return Evaluation(choices, self.rows, values, logits)

    def reclassified(self, classifier: Tensor) -> Evaluation:
        """The network with other classifier rows."""
        choices = self.choices.with_classifier(classifier)
        return replace(self, choices=choices, logits=_logits(choices, self.rows, self.values))

    def without_rows(self, name: str) -> Evaluation:
        """The network with a variable's classifier rows at zero."""
        classifier = self.choices.classifier.clone()
        classifier[self.choices.rows_of(name)] = 0
        return self.reclassified(classifier)

    def readers(self, name: str) -> list[str]:
        """The later components that read a component's output."""
        return [m for m in self.choices.components if name in self.choices.reads(m)]


def weighted_losses(logits: Tensor, rows: Rows) -> Tensor:
    """Each label's share of the loss, `[label]`."""
    return F.cross_entropy(logits, rows.tags, reduction="none") * rows.weights


def run(
    choices: Choices,
    rows: Rows,
    name: str,
    values: Mapping[str, Tensor],
    others: Mapping[str, Tensor] | None = None,
) -> Tensor:
    """A component's output `[row, position]`.

    Args:
        choices: The network.
        rows: The rows.
        name: The component.
        values: Variables as read at the position itself: by queries and MLPs.
        others: Variables as read at other positions, by keys and values; the same if not given.
    """
    if name in choices.mlps:
        mlp = choices.mlps[name]
        return mlp.table[code(mlp.reads, mlp.base, values)]
    head, others = choices.heads[name], values if others is None else others
    matches = head.predicate[values[head.query]].unsqueeze(2) == others[head.key].unsqueeze(1)
    matches = matches & rows.visible
    if choices.components[name].kind is Kind.NUMERICAL_HEAD:
        return (matches * others[head.value].unsqueeze(1)).sum(-1)
    # Where nothing matches all ranks are 0, and the first maximum is position 0.
    length = matches.shape[-1]
    chosen = (matches * choices.ranks[name][:length, :length]).argmax(-1)
    return others[head.value].gather(1, chosen)


def code(reads: tuple[str, ...], base: int, values: Mapping[str, Tensor]) -> Tensor:
    """Which cell of a table the variables select; numbers too large count as the largest."""
    total = torch.zeros_like(values[reads[0]], dtype=torch.int64)
    for read in reads:
        total = total * base + values[read].long().clamp(max=base - 1)
    return total


def contribution(choices: Choices, rows: Rows, name: str, values: Tensor) -> Tensor:
    """What a variable adds to the logits at the scored positions, `[token, class]`."""
    weights, found = choices.classifier[choices.rows_of(name)], rows.at_scored(values)
    if found.is_floating_point():
        return found.unsqueeze(1) * weights
    return weights.index_select(0, found)


def head_outputs(evaluation: Evaluation, name: str, key: str, value: str) -> Tensor:
    """What a head would find at each scored position for each key value, `[token, key value]`."""
    found = found_by_key(evaluation, name, key)
    if name in evaluation.choices.ranks:
        return evaluation.values[value].flatten()[found]
    return found


def found_by_key(evaluation: Evaluation, name: str, key: str) -> Tensor:
    """What a head finds at each scored position for each key value, `[token, key value]`.

    Returns:
        For a numerical head how many keys; for a categorical one which position, counted through
        all rows.
    """
    rows, d_var = evaluation.rows, evaluation.choices.config.d_var
    if name not in evaluation.choices.ranks:
        keys = F.one_hot(evaluation.values[key], d_var)
        return rows.at_scored((rows.visible.float() @ keys.float()).long())
    n_rows, length = rows.ids.shape
    # From the worst position to the best, so that the best of equal keys is what stays.
    order = evaluation.choices.ranks[name][:length, :length].argsort(-1)
    hidden = torch.full((), d_var)
    keys = torch.where(rows.visible, evaluation.values[key].unsqueeze(1), hidden)
    keys = keys.gather(2, order.expand(n_rows, -1, -1))
    found = torch.zeros(n_rows, length, d_var + 1, dtype=torch.int64)
    for rank in range(length):
        positions = order[:, rank : rank + 1].expand(n_rows, -1, -1)
        found.scatter_(2, keys[:, :, rank : rank + 1], positions)
    first = torch.arange(n_rows)[:, None, None] * length
    return rows.at_scored(first + found[:, :, :d_var])


def _logits(choices: Choices, rows: Rows, values: Mapping[str, Tensor]) -> Tensor:
    total = torch.zeros(len(rows.tags), choices.config.n_classes)
    for name in variables(choices):
        total += rows.of_labels(contribution(choices, rows, name, values[name]))
    total[:, list(choices.config.masked_classes)] = NEVER
    return total


def classified(choices: Choices) -> tuple[str, ...]:
    """The variables that have rows in the classifier, in its order."""
    return tuple(
        name for name in variables(choices) if bool(choices.classifier[choices.rows_of(name)].any())
    )


def variables(choices: Choices) -> tuple[str, ...]:
    """All variables that the classifier could read, in its order."""
    config = choices.config
    categorical = layout.categorical_variables(config, config.n_layers)
    return categorical + layout.numerical_variables(config, config.n_layers)


def live(choices: Choices) -> set[str]:
    """The components whose output is classified, or read by a live one."""
    found = set(classified(choices)) & set(choices.components)
    for name in reversed(tuple(choices.components)):
        if name in found:
            found |= set(choices.reads(name)) & set(choices.components)
    return found


def live_inputs(choices: Choices, name: str) -> tuple[str, ...]:
    """What a component of this name may read that is live or a categorical input."""
    found = live(choices) | set(layout.categorical_inputs(choices.config))
    return tuple(variable for variable in choices.readable(name) if variable in found)
