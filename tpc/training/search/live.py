"""Which parts of a network are live: what is classified, and what that reads."""

from __future__ import annotations

from tpc.model import layout
from tpc.model.choices import Choices


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
