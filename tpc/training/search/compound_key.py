"""An MLP and a later head that reads its output as the key, found as one.

Which position a head must find may depend on two variables there, such as where it is and how
often its token occurs. The MLP puts pairs of values in classes, one for each query value; the head
looks for its own class (`key_classes.py`).

One of the two variables may itself be new: how many positions a plain head finds, told apart, such
as those with the same token, or with a token that is as frequent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from tpc.model import layout
from tpc.model.choices import (
    Choices,
    HeadChoice,
    TableChoice,
    is_numerical,
    layer_of,
    readable,
    writable,
)
from tpc.training.search.blocks import head_values
from tpc.training.search.compound import Compound, drawn
from tpc.training.search.evaluation import Evaluation, run
from tpc.training.search.key_classes import Keys, classes_of, keys_of, promise, worth_of_keys
from tpc.training.search.plain import counting_heads
from tpc.training.search.use import of_use

T = TypeVar("T")

PAIRS, COUNTERS, OTHERS = 24, 20, 10
"""Pairs of reads of the MLP that are looked at, drawn if there are more; or new counts, those of
equal and next values aside, which are all looked at, and variables beside each of them, the input's
aside."""

ENDS = 12
"""Pairs of query and value of the head that are looked at, likewise."""

FEW = 3
"""If no more variables than so many are of use, others are looked at too."""

TRIED = 10
"""Of the best pairs by what keys could answer, so many have their classes made."""


@dataclass(frozen=True)
class KeySlots:
    """Places for what is found together: a head, an MLP before it, and before that a counter.

    Attributes:
        head: A categorical head.
        mlp: A categorical MLP.
        counter: A numerical head and an MLP over numbers that reads it, or nothing new.
    """

    head: str
    mlp: str
    counter: tuple[str, str] | None = None


@dataclass(frozen=True)
class _Pair:
    """What an MLP could read.

    Attributes:
        reads: Two variables.
        codes: Of their values at each position, `[row, position]`.
        new: What of them is new.
    """

    reads: tuple[str, str]
    codes: Tensor
    new: tuple[tuple[str, HeadChoice | TableChoice], ...] = ()


def key_slots_for(
    choices: Choices, name: str, free: Sequence[str], generator: torch.Generator
) -> list[KeySlots]:
    """Earlier places among `free` that a head in this one can be found with, drawn.

    Returns:
        None, places without a counter, or both without and with one.
    """
    if name not in choices.heads or is_numerical(name) or choices.config.mlp_vars_in != 2:
        return []
    mlps = [mlp for mlp in _of_kind(free, "mlp_") if layer_of(mlp) < layer_of(name)]
    if not mlps:
        return []
    mlp = _drawn_from(mlps, generator)
    found = [KeySlots(name, mlp)]
    tables = [table for table in _of_kind(free, "num_mlp_") if layer_of(table) < layer_of(mlp)]
    if tables:
        table = _drawn_from(tables, generator)
        heads = [h for h in _of_kind(free, "num_attn_") if layer_of(h) <= layer_of(table)]
        if heads:
            found.append(KeySlots(name, mlp, (_drawn_from(heads, generator), table)))
    return found


def key_compounds(
    evaluation: Evaluation, slots: KeySlots, generator: torch.Generator
) -> list[Compound]:
    """A head with a key of two variables, the best first.

    Args:
        evaluation: The network, in which what is replaced counts for nothing.
        slots: The places.
        generator: Source of the reads that are looked at.
    """
    config = evaluation.choices.config
    pairs = list(_pairs(evaluation, slots, generator))
    ranked: list[tuple[float, int, _Pair, tuple[str, str], Keys]] = []
    for query, value in _ends(evaluation, slots, generator):
        worth, outputs = worth_of_keys(evaluation, value)
        for pair in pairs:
            keys = keys_of(evaluation, slots.head, pair.codes, query, worth, outputs)
            ranked.append((promise(keys, config.d_var), len(ranked), pair, (query, value), keys))
    found = []
    for _, _, pair, (query, value), keys in sorted(ranked, reverse=True)[:TRIED]:
        table, gain = classes_of(evaluation, slots.mlp, keys)
        head = HeadChoice(query, slots.mlp, value, torch.arange(config.d_var))
        mlp = TableChoice(pair.reads, config.d_var, table)
        if writable(config, slots.mlp, mlp):
            found.append(Compound(gain, (*pair.new, (slots.mlp, mlp), (slots.head, head))))
    return sorted(found, key=lambda one: -one.gain)


def _of_kind(names: Sequence[str], prefix: str) -> list[str]:
    return [name for name in names if name.startswith(prefix)]


def _drawn_from(found: Sequence[T], generator: torch.Generator) -> T:
    return found[drawn(len(found), generator)]


def _pairs(evaluation: Evaluation, slots: KeySlots, generator: torch.Generator) -> Iterator[_Pair]:
    """What the MLP could read: two variables, or a new count and a variable."""
    config, values = evaluation.choices.config, evaluation.values
    variables = _known(evaluation.choices, slots.mlp)
    if slots.counter is None:
        reads = [(a, b) for i, a in enumerate(variables) for b in variables[i + 1 :]]
        for first, second in _some(reads, PAIRS, generator):
            yield _Pair((first, second), values[first] * config.d_var + values[second])
        return
    for head, apart in _counters(evaluation, slots.counter, generator):
        counts = run(
            evaluation.choices.with_component(slots.counter[0], head),
            evaluation.rows,
            slots.counter[0],
            values,
        )
        told = counts.long().clamp(max=config.d_var - 1)
        new = ((slots.counter[0], head), (slots.counter[1], apart))
        inputs = layout.categorical_inputs(config)
        others = [name for name in variables if name not in inputs and name != slots.counter[1]]
        for other in (*inputs, *_some(others, OTHERS, generator)):
            yield _Pair((slots.counter[1], other), told * config.d_var + values[other], new)


def _known(choices: Choices, name: str) -> tuple[str, ...]:
    """What a component in this place can read and is of use; all that it can read at first."""
    found = of_use(choices, name)
    return found if len(found) > FEW else readable(choices.config, name)


def _counters(
    evaluation: Evaluation, counter: tuple[str, str], generator: torch.Generator
) -> Iterator[tuple[HeadChoice, TableChoice]]:
    """Plain heads that count, drawn, and the table that tells their counts apart."""
    config, (name, table) = evaluation.choices.config, counter
    base, reads = evaluation.choices.mlps[table].base, evaluation.choices.mlps[table].reads
    counts = torch.arange(base).clamp(max=config.d_var - 1)
    spread = counts.repeat_interleave(base ** (len(reads) - 1))
    apart = TableChoice((name,) * len(reads), base, spread)
    if not writable(config, table, apart):
        return
    known = _known(evaluation.choices, name)
    equal, given = counting_heads(evaluation.choices, known)
    for head in (*equal, *_some(given, COUNTERS, generator)):
        yield head, apart


def _some(found: Sequence[T], size: int, generator: torch.Generator) -> list[T]:
    """So many of these, drawn."""
    return [found[index] for index in torch.randperm(len(found), generator=generator)[:size]]


def _ends(
    evaluation: Evaluation, slots: KeySlots, generator: torch.Generator
) -> list[tuple[str, str]]:
    """Queries and values of the head: of the input if the key is all new."""
    config = evaluation.choices.config
    queries, values = readable(config, slots.head), head_values(evaluation, slots.head)
    if slots.counter is not None:
        queries = values = layout.categorical_inputs(config)
    found = [
        (query, value)
        for query in queries
        for value in values
        if slots.mlp not in (query, value) and query != value
    ]
    return _some(found, ENDS, generator)
