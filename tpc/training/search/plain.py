"""Heads and MLPs that anyone would write down first, and networks made of them.

The next token, the nearest equal token, how many of them, the token at a place, where a token is:
a search that starts from these has more to build on than from random predicates and tables.
"""

from __future__ import annotations

from collections.abc import Sequence
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

T = TypeVar("T")


def plain_heads(choices: Choices, name: str) -> list[HeadChoice]:
    """Heads over the input for this place: offsets, equal tokens, and one key for all queries."""
    config = choices.config
    tokens, positions = layout.categorical_inputs(config)[0], layout.categorical_inputs(config)[-1]
    same = torch.arange(config.d_var)
    values: tuple[str, ...] = (tokens, positions)
    if is_numerical(name):
        values = layout.numerical_inputs(config)[:1]
    heads = []
    for value in values:
        heads += [HeadChoice(tokens, tokens, value, same)]
        heads += [
            HeadChoice(positions, positions, value, (same + shift).clamp(0, config.d_var - 1))
            for shift in (-1, 1)
        ]
        heads += [
            HeadChoice(tokens, key, value, torch.full_like(same, wanted))
            for key in (tokens, positions)
            if key != value
            for wanted in range(config.d_var)
        ]
    return heads


def plain_network(choices: Choices, seen: Tensor, generator: torch.Generator) -> Choices:
    """A network of plain heads, and of MLPs that copy what they read; nothing is classified.

    Args:
        choices: The network whose places these take.
        seen: The tokens that there are.
        generator: Source of what is taken. No plain head is taken twice before all are once.
    """
    rest: dict[bool, list[HeadChoice]] = {False: [], True: []}
    for name in choices.components:
        if name not in choices.heads:
            choices = choices.with_component(name, _copy(choices, name, generator))
            continue
        kind = is_numerical(name)
        # Counts of tokens add up to what ranks them, so that numerical places are all for these.
        equal = [] if kind else equal_heads(choices, name)
        if equal and _drawn(3, generator) == 0:
            choice = _one_of(equal, generator)
        else:
            rest[kind] = rest[kind] or _shuffled(_useful(choices, name, seen), generator)
            choice = rest[kind].pop()
        choices = choices.with_component(name, choice)
    return choices.with_classifier(torch.zeros_like(choices.classifier))


def _useful(choices: Choices, name: str, seen: Tensor) -> list[HeadChoice]:
    """Plain heads that can find something; for a numerical place those that count tokens."""
    tokens = layout.categorical_inputs(choices.config)[0]
    found = []
    for head in plain_heads(choices, name):
        one_key = bool((head.wanted == head.wanted[0]).all())
        if head.key == tokens and one_key and not bool((seen == head.wanted[0]).any()):
            continue
        if head.key == tokens or not is_numerical(name):
            found.append(head)
    return found


def counting_heads(
    choices: Choices, variables: Sequence[str]
) -> tuple[list[HeadChoice], list[HeadChoice]]:
    """Numerical heads that count positions by each of these variables.

    Returns:
        Those that count equal and next values, and those that count a given value.
    """
    config = choices.config
    ones, same = layout.numerical_inputs(config)[0], torch.arange(config.d_var)
    near = [(same + shift).clamp(0, config.d_var - 1) for shift in (0, 1, -1)]
    given = [torch.full_like(same, key) for key in range(config.d_var)]

    def heads(predicates: Sequence[Tensor]) -> list[HeadChoice]:
        return [HeadChoice(name, name, ones, keys) for name in variables for keys in predicates]

    return heads(near), heads(given)


def equal_heads(choices: Choices, name: str) -> list[HeadChoice]:
    """Heads for this place that look for an equal value of some variable."""
    variables = readable(choices.config, name)
    values = layout.numerical_inputs(choices.config)[:1] if is_numerical(name) else variables
    same = torch.arange(choices.config.d_var)
    return [
        HeadChoice(compared, compared, value, same)
        for compared in variables
        for value in values
        if compared != value
    ]


def _copy(choices: Choices, name: str, generator: torch.Generator) -> TableChoice:
    """An MLP whose output is what it reads first, as far as there are values for it.

    With too few hidden units for that, its output is always 0.
    """
    mlp, d_var = choices.mlps[name], choices.config.d_var
    sources = readable(choices.config, name)
    if is_numerical(name):
        sources = layout.num_heads(choices.config, layer_of(name)) or sources
    read = _one_of(sources, generator)
    copied = torch.arange(mlp.base).clamp(max=d_var - 1)
    table = copied.repeat_interleave(len(mlp.table) // mlp.base)
    choice = TableChoice((read,) * len(mlp.reads), mlp.base, table)
    if writable(choices.config, name, choice):
        return choice
    return TableChoice(choice.reads, choice.base, torch.zeros_like(table))


def _shuffled(choices: list[T], generator: torch.Generator) -> list[T]:
    return [choices[index] for index in torch.randperm(len(choices), generator=generator).tolist()]


def _one_of(choices: Sequence[T], generator: torch.Generator) -> T:
    return choices[_drawn(len(choices), generator)]


def _drawn(size: int, generator: torch.Generator) -> int:
    return int(torch.randint(size, (), generator=generator))
