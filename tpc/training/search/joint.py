"""Joint proposals: choices for several slots that help together, and alone would not be found.

Each is an MLP over a pair of variables, and what reads it: the classifier, a head as its query, or
a head as its key (`joint_key.py`). One of the two variables may itself be new.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from tpc.model import layout
from tpc.model.choices import Choices, HeadChoice, TableChoice
from tpc.model.layout import Kind
from tpc.training.search.blocks import n_outputs
from tpc.training.search.evaluation import Evaluation, code, head_outputs, run
from tpc.training.search.gain import (
    HeadStatistics,
    best_first,
    cell_statistics,
    clustered,
    gain_of,
    grown_predicates,
    table_of,
    token_statistics,
)
from tpc.training.search.plain import equal_heads, gated_heads, head_values, plain_heads
from tpc.training.search.proposal import Placed, Proposal
from tpc.training.search.rows import Rows
from tpc.training.search.settings import Search

T = TypeVar("T")

_AT_ONCE = 8
_MOST_SUMS = 1 << 22
"""Combinations of a pair's value, a key and an output of a head that are summed at once."""


@dataclass(frozen=True)
class Pair:
    """Two variables.

    Attributes:
        reads: Their names.
        cells: The cell of a table over them, `[row, position]`.
        new: Choices that the first of them comes from, if it is not there yet.
    """

    reads: tuple[str, str]
    cells: Tensor
    new: tuple[Placed, ...] = ()


@dataclass(frozen=True)
class Joint:
    """The slots of a joint proposal. Subclasses say what reads the MLP.

    Attributes:
        mlp: An MLP over two variables.
        new: Before it, what one of the variables comes from: a head, a numerical head and an MLP
            that makes its count a category, or nothing new.
    """

    mlp: str
    new: tuple[str, ...]

    def proposals(self, evaluation: Evaluation, search: Search) -> list[Proposal]:
        """What these slots could be together, the best first.

        Args:
            evaluation: The network, in which what is in these slots counts for nothing.
            search: Draws the reads that are looked at.
        """
        return best_first(evaluation, list(self.fits(evaluation, search)))

    def fits(self, evaluation: Evaluation, search: Search) -> Iterator[Proposal]:
        """The best table for each pair of variables that is looked at, if weights can say it."""
        raise NotImplementedError

    def fit(
        self, evaluation: Evaluation, gain: float, pair: Pair, table: Tensor, *reader: Placed
    ) -> Iterator[Proposal]:
        """A table over a pair, its score gain, and the head that reads it, as a proposal."""
        choices = evaluation.choices
        mlp = TableChoice(pair.reads, choices.mlps[self.mlp].base, table)
        if choices.writable(self.mlp, mlp):
            yield Proposal(gain, (*pair.new, (self.mlp, mlp), *reader))


@dataclass(frozen=True)
class Classified(Joint):
    """An MLP whose output is classified, over a new head's output and another variable.

    What a head finds may say nothing alone: how many positions have as frequent a token, before
    how frequent it is. The gain of a table over the pair is that of its cells, which takes no
    fitting; the cells of the best are clustered.
    """

    def fits(self, evaluation: Evaluation, search: Search) -> Iterator[Proposal]:
        """Tables over the output of a plain head, or of one that looks for equal values."""
        choices, settings, (head,) = evaluation.choices, search.settings, self.new
        taken = {head, self.mlp, *evaluation.readers(head)}
        others = [other for other in choices.readable(self.mlp) if other not in taken]
        others = search.some(others, settings.table_others)
        heads = [*plain_heads(choices, head), *equal_heads(choices, head)]
        if evaluation.rows.pooled is not None:
            heads += gated_heads(choices, head, frames(evaluation.rows))
        base, size = choices.mlps[self.mlp].base, len(choices.mlps[self.mlp].table)
        statistics, ranked = token_statistics(evaluation), []
        for choice in search.some_in_order(
            heads, search.fewer(settings.table_heads, choices.config.d_var)
        ):
            for pair in new_pairs(evaluation, base, ((head, choice),), others):
                reached, sums = cell_statistics(statistics, evaluation.rows.at_scored(pair.cells))
                ranked.append((float(gain_of(sums)), (pair, reached, sums)))
        for pair, reached, sums in most_promising(ranked, settings.table_tried):
            groups, gain = clustered(sums, choices.config.d_var, settings.lloyd_steps)
            table = table_of(choices.components[self.mlp].kind, size, reached, groups)
            yield from self.fit(evaluation, gain, pair, table)


@dataclass(frozen=True)
class ReadByHead(Joint):
    """An MLP that a later head reads."""

    head: str

    def ends(self, choices: Choices) -> list[tuple[str, str]]:
        """What the head may read beside the MLP: a key or a query, and a value."""
        reads, values = choices.readable(self.head), head_values(choices, self.head)
        if self.new:
            # Those of the input are many enough.
            reads = layout.categorical_inputs(choices.config)
            values = values if choices.components[self.head].kind.is_numerical else reads
        pairs = [(read, value) for read in reads for value in values if read != value]
        return [pair for pair in pairs if self.mlp not in pair]


@dataclass(frozen=True)
class Query(ReadByHead):
    """An MLP that a head reads as its query.

    Where a head must look may depend on two variables, such as the position and the length. A head
    whose query is the pair has a predicate with an entry for each pair of values. The best one
    splits exactly: the table holds the key that each pair matches, and the head matches the key
    that the MLP says. What the MLP reads may be a new plain head, such as where the sequence ends.
    """

    def fits(self, evaluation: Evaluation, search: Search) -> Iterator[Proposal]:
        """Tables of matched keys."""
        choices, d_var = evaluation.choices, evaluation.choices.config.d_var
        pairs, ends = self._pairs(evaluation, search), self.ends(choices)
        if not pairs:
            return
        statistics = token_statistics(evaluation)
        scored = [evaluation.rows.at_scored(pair.cells) for pair in pairs]
        reached = [torch.unique(cells, return_inverse=True) for cells in scored]
        n_cells = max((len(codes) for codes, _ in reached), default=0)
        for key, value in search.some(ends, search.settings.query_ends):
            outputs = head_outputs(evaluation, self.head, key, value)
            reader = (self.head, HeadChoice(self.mlp, key, value, torch.arange(d_var)))
            n_values = n_outputs(evaluation, self.head)
            n_at_once = max(1, min(_AT_ONCE, _MOST_SUMS // (n_cells * n_values * outputs.shape[1])))
            for start in range(0, len(pairs), n_at_once):
                some = slice(start, start + n_at_once)
                cells = torch.stack([numbered for _, numbered in reached[some]])
                sums = HeadStatistics.of(cells, n_cells, outputs, statistics, n_values)
                gains, predicates = grown_predicates(sums)
                for pair, (codes, _), gain, predicate in zip(
                    pairs[some], reached[some], gains.tolist(), predicates, strict=True
                ):
                    keys = predicate[: len(codes)]
                    table = table_of(Kind.CATEGORICAL_MLP, d_var**2, codes, keys)
                    yield from self.fit(evaluation, gain, pair, table, reader)

    def _pairs(self, evaluation: Evaluation, search: Search) -> list[Pair]:
        choices, settings = evaluation.choices, search.settings
        if not self.new:
            readable = choices.readable(self.mlp)
            n_pairs = search.fewer(settings.query_pairs, choices.config.d_var, pairs=True)
            return known_pairs(evaluation, readable, n_pairs, search)
        (source,), inputs = self.new, layout.categorical_inputs(choices.config)
        n_heads = search.fewer(settings.query_heads, choices.config.d_var, pairs=True)
        heads = search.some_in_order(plain_heads(choices, source), n_heads)
        base = choices.config.d_var
        found = (new_pairs(evaluation, base, ((source, head),), inputs) for head in heads)
        return [pair for of_head in found for pair in of_head]


def known_pairs(
    evaluation: Evaluation, variables: Sequence[str], size: int, search: Search
) -> list[Pair]:
    """Pairs of these categorical variables, drawn if there are more than so many."""
    reads = [(a, b) for i, a in enumerate(variables) for b in variables[i + 1 :]]
    d_var, values = evaluation.choices.config.d_var, evaluation.values
    return [Pair(two, code(two, d_var, values)) for two in search.some(reads, size)]


def new_pairs(
    evaluation: Evaluation,
    base: int,
    new: tuple[Placed, ...],
    others: Sequence[str],
    *,
    constant: bool = False,
) -> Iterator[Pair]:
    """Pairs of the output of new choices, the last of `new`, and each of the other variables.

    Args:
        evaluation: The network without them.
        base: Values that the table takes each variable to have.
        new: The choices, each before what reads it.
        others: What stands beside the output.
        constant: Whether there are any if the output is the same at all scored positions.
    """
    choices, values = evaluation.choices, dict(evaluation.values)
    for name, choice in new:
        choices = choices.with_component(name, choice)
        values[name] = run(choices, evaluation.rows, name, values)
    first = new[-1][0]
    output = evaluation.rows.at_scored(values[first])
    if constant or not bool((output == output[0]).all()):
        for other in others:
            yield Pair((first, other), code((first, other), base, values), new)


def frames(rows: Rows) -> list[int]:
    """The tokens that every row has once, such as those that frame it."""
    tokens = torch.unique(rows.ids[rows.ids != 0]).tolist()
    return [token for token in tokens if bool(((rows.ids == token).sum(1) == 1).all())]


def most_promising(ranked: list[tuple[float, T]], size: int) -> list[T]:
    """So many of the largest numbers; the last of equal ones first."""
    best = sorted(enumerate(ranked), key=lambda one: (one[1][0], one[0]), reverse=True)[:size]
    return [found for _, (_, found) in best]


def classified_slots(
    choices: Choices, mlp: str, available: Sequence[str], search: Search
) -> list[Classified]:
    """This MLP and a head before it, drawn among those available; none if there is no such."""
    component = choices.components[mlp]
    if component.kind.is_head or len(choices.mlps[mlp].reads) != 2:
        return []
    kind = Kind.NUMERICAL_HEAD if component.kind.is_numerical else Kind.CATEGORICAL_HEAD
    heads = below(choices, available, kind, component.layer + 1)
    return [Classified(mlp, (search.one_of(heads),))] if heads else []


def query_slots(
    choices: Choices, head: str, available: Sequence[str], search: Search
) -> Iterator[Query]:
    """This head and an MLP before it, without a new head and with one.

    Each is drawn among those available when it is asked for.
    """
    mlp = mlp_below(choices, head, available, search)
    if mlp is None:
        return
    yield Query(mlp, (), head)
    layer = choices.components[mlp].layer
    sources = below(choices, available, Kind.CATEGORICAL_HEAD, layer + 1)
    if sources:
        yield Query(mlp, (search.one_of(sources),), head)


def mlp_below(choices: Choices, head: str, available: Sequence[str], search: Search) -> str | None:
    """An available MLP over two variables that this head can read, drawn; none of an MLP."""
    component = choices.components[head]
    if not component.kind.is_head or choices.config.mlp_vars_in != 2:
        return None
    mlps = below(choices, available, Kind.CATEGORICAL_MLP, component.layer)
    return search.one_of(mlps) if mlps else None


def below(choices: Choices, available: Sequence[str], kind: Kind, layer: int) -> list[str]:
    """The available components of a kind in the layers below this one."""
    found = ((name, choices.components[name]) for name in available)
    return [name for name, one in found if one.kind is kind and one.layer < layer]
