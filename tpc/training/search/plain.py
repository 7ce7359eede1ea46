"""Heads and MLPs that anyone would write down first, and networks made of them.

The next token, the nearest equal token, how many of them, the token at a place, where a token is:
a search that starts from these has more to build on than from random predicates and tables.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from tpc.model import layout
from tpc.model.choices import Choices, HeadChoice, TableChoice
from tpc.model.layout import Kind
from tpc.training.search.settings import Search


def near_predicates(d_var: int) -> list[Tensor]:
    """Predicates that match the query value itself, the next one, and the one before."""
    same = torch.arange(d_var)
    return [(same + offset).clamp(0, d_var - 1) for offset in (0, 1, -1)]


def constant_predicate(d_var: int, key: int) -> Tensor:
    """The predicate that matches one key value, whatever the query is."""
    return torch.full((d_var,), key)


def head_values(choices: Choices, name: str) -> tuple[str, ...]:
    """The variables that a head's value may be read from: for a numerical one, the constant."""
    if choices.components[name].kind.is_numerical:
        return layout.numerical_inputs(choices.config)[:1]
    return choices.readable(name)


def plain_heads(choices: Choices, name: str) -> list[HeadChoice]:
    """Heads over the input for this slot: equal tokens, offsets, and one key for all queries."""
    config = choices.config
    tokens, positions = layout.categorical_inputs(config)
    same, after, before = near_predicates(config.d_var)
    is_numerical = choices.components[name].kind.is_numerical
    heads = []
    for value in head_values(choices, name) if is_numerical else (tokens, positions):
        heads.append(HeadChoice(tokens, tokens, value, same))
        heads += [HeadChoice(positions, positions, value, one) for one in (before, after)]
        heads += [
            HeadChoice(tokens, key, value, constant_predicate(config.d_var, found))
            for key in (tokens, positions)
            if key != value
            for found in range(config.d_var)
        ]
    return heads


def equal_heads(choices: Choices, name: str) -> list[HeadChoice]:
    """Heads for this slot that look for an equal value of some variable."""
    same = torch.arange(choices.config.d_var)
    return [
        HeadChoice(compared, compared, value, same)
        for compared in choices.readable(name)
        for value in head_values(choices, name)
        if compared != value
    ]


def gated_heads(choices: Choices, name: str, frames: Sequence[int]) -> list[HeadChoice]:
    """Categorical heads that find something from one token alone, which every row has once.

    Elsewhere they find the first position, which is the same in all rows. Where all positions add
    up to one label, these say something of the row once, not at every position.

    Args:
        choices: The network.
        name: The slot.
        frames: Such tokens.
    """
    if choices.components[name].kind.is_numerical:
        return []
    tokens, positions = layout.categorical_inputs(choices.config)
    d_var, found = choices.config.d_var, []
    for frame in frames:
        for key, value, size in (
            (positions, tokens, choices.config.n_ctx),
            (tokens, positions, choices.config.vocabulary_size),
        ):
            for matched in range(1, size):
                predicate = constant_predicate(d_var, 0)
                predicate[frame] = matched
                found.append(HeadChoice(tokens, key, value, predicate))
    return found


def counting_heads(
    choices: Choices, variables: Sequence[str]
) -> tuple[list[HeadChoice], list[HeadChoice]]:
    """Numerical heads that count positions by each of these variables.

    Returns:
        Those that count equal and next values, and those that count a given value.
    """
    ones, d_var = layout.numerical_inputs(choices.config)[0], choices.config.d_var

    def heads(predicates: Sequence[Tensor]) -> list[HeadChoice]:
        return [HeadChoice(name, name, ones, one) for name in variables for one in predicates]

    given = [constant_predicate(d_var, key) for key in range(d_var)]
    return heads(near_predicates(d_var)), heads(given)


def copying_table(choices: Choices, name: str, read: str) -> TableChoice:
    """An MLP whose output is one variable, as far as there are values for it.

    It may take more hidden units than there are (`Choices.writable`).
    """
    mlp = choices.mlps[name]
    copied = torch.arange(mlp.base).clamp(max=choices.config.d_var - 1)
    # By the first read alone, so that there are few borders in the table.
    table = copied.repeat_interleave(len(mlp.table) // mlp.base)
    return TableChoice((read,) * len(mlp.reads), mlp.base, table)


def plain_network(choices: Choices, seen: Tensor, search: Search) -> Choices:
    """A network of plain heads, and of MLPs that copy what they read; nothing is classified.

    Args:
        choices: The network whose slots these take.
        seen: The tokens that there are.
        search: Draws what is taken. No plain head is taken twice before all are once.
    """
    rest: dict[Kind, list[HeadChoice]] = {}
    for name, component in choices.components.items():
        if not component.kind.is_head:
            choices = choices.with_component(name, _copy(choices, name, search))
            continue
        # Counts of tokens add up to what ranks them, so that numerical slots are all for these.
        equal = [] if component.kind.is_numerical else equal_heads(choices, name)
        if equal and search.one_in(search.settings.equal_start):
            choice = search.one_of(equal)
        else:
            if not rest.get(component.kind):
                rest[component.kind] = search.some(_useful(choices, name, seen))
            choice = rest[component.kind].pop()
        choices = choices.with_component(name, choice)
    return choices.with_classifier(torch.zeros_like(choices.classifier))


def _useful(choices: Choices, name: str, seen: Tensor) -> list[HeadChoice]:
    """Plain heads that can find something; for a numerical slot those that count tokens."""
    tokens = layout.categorical_inputs(choices.config)[0]
    found = []
    for head in plain_heads(choices, name):
        one_key = bool((head.predicate == head.predicate[0]).all())
        if head.key == tokens and one_key and not bool((seen == head.predicate[0]).any()):
            continue
        if head.key == tokens or not choices.components[name].kind.is_numerical:
            found.append(head)
    return found


def _copy(choices: Choices, name: str, search: Search) -> TableChoice:
    """An MLP that copies what it reads; with too few hidden units for that, one that says 0."""
    component, sources = choices.components[name], choices.readable(name)
    if component.kind.is_numerical:
        sources = layout.outputs(choices.config, Kind.NUMERICAL_HEAD, component.layer) or sources
    choice = copying_table(choices, name, search.one_of(sources))
    if choices.writable(name, choice):
        return choice
    return TableChoice(choice.reads, choice.base, torch.zeros_like(choice.table))
