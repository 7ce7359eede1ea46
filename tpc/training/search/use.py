"""Which parts of a network are of use."""

from __future__ import annotations

from tpc.model import layout
from tpc.model.choices import Choices, readable


def classified(choices: Choices) -> tuple[str, ...]:
    """The variables that have rows in the classifier, in its order."""
    config = choices.config
    categorical = layout.categorical_variables(config, config.n_layers)
    numerical = layout.numerical_variables(config, config.n_layers)
    return tuple(
        name
        for name in (*categorical, *numerical)
        if bool(choices.classifier[choices.rows_of(name)].any())
    )


def used(choices: Choices) -> set[str]:
    """The components whose output is classified, or read by one that is used."""
    found = set(classified(choices)) & set(choices.components)
    for name in reversed(choices.components):
        if name in found:
            found |= set(choices.reads(name)) & set(choices.components)
    return found


def of_use(choices: Choices, name: str) -> tuple[str, ...]:
    """What a component in this place can read of the input and of what is of use already."""
    found = used(choices) | set(layout.categorical_inputs(choices.config))
    return tuple(variable for variable in readable(choices.config, name) if variable in found)
