"""What is known about an option of training: the metadata of the field that it is.

Command line, help, defaults, checks and the tables of docs/training.md follow from the fields. To
add an option is to add a field, and to use it.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from tpc.diagnostics import TpcError, quoted

ModelKind = Literal["program", "standard"]
"""A Transformer Program, or an ordinary Transformer to compare it with."""

RecipeName = Literal["paper", "default"]
DataKind = Literal["generated", "tagging", "classification"]
Audience = Literal["generated tasks", "text", "program", "standard"]
"""Runs that have an option which others do not have."""


_KINDS: dict[type, str] = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "a string",
    Path: "a path",
}


@dataclass(frozen=True)
class RunKind:
    """What the defaults of options depend on.

    Attributes:
        model: The kind of network.
        recipe: `paper` for all that has no other.
        data: A generated task, or what a label of a text belongs to.
        searched: Whether a search was asked for.
        graded: Whether grades of words were.
    """

    model: ModelKind = "program"
    recipe: RecipeName = "paper"
    data: DataKind = "generated"
    searched: bool = False
    graded: bool = False

    @property
    def words(self) -> frozenset[str]:
        """The words that the keys of `Option.by` are made of."""
        text = {"text"} if self.data != "generated" else set()
        searched = {"searched"} if self.searched else set()
        graded = {"graded"} if self.graded else set()
        return frozenset({self.model, self.recipe, self.data, *text, *searched, *graded})


@dataclass(frozen=True)
class Rule:
    """A condition, on a value or on a plan, and how error messages and documentation put it."""

    holds: Callable[[Any], bool]
    text: str


def flag_of(name: str) -> str:
    """How an option of this name is written on the command line."""
    return f"--{name.replace('_', '-')}"


@dataclass(frozen=True)
class Option:
    """One option of training.

    Attributes:
        name: The name of the field; on the command line with dashes.
        default: What the paper does on generated tasks; `None` without a default.
        values: The type of its values; `str` for a choice.
        choices: The words to choose from, if it is a choice.
        help: One sentence for `--help`.
        panel: Where `--help` lists it.
        by: Other defaults, by the words of a `RunKind`, such as `default tagging`. Of the keys that
            apply the last one counts.
        only: The runs that have it, if not all have.
        no_effect: When it changes nothing, and is refused.
        range: Which values it takes.
        default_text: What `--help` says of the default, if not its values.
    """

    name: str
    default: Any
    values: type
    choices: tuple[str, ...]
    help: str
    panel: str
    by: Mapping[str, object] = field(default_factory=dict)
    only: Audience | None = None
    no_effect: tuple[Rule, ...] = ()
    range: Rule | None = None
    default_text: str = ""

    @property
    def flag(self) -> str:
        """As it is written on the command line."""
        return flag_of(self.name)

    def default_for(self, kind: RunKind) -> Any:  # noqa: ANN401 - of the option's type
        """The default in runs of a kind."""
        found = self.default
        for words, value in self.by.items():
            if kind.words.issuperset(words.split()):
                found = value
        return found

    def check(self, value: object) -> None:
        """Raise TpcError if the option does not take this value."""
        if value is None and self.default is None:
            return
        if self.choices and value not in self.choices:
            hint = f"choose from {', '.join(self.choices)}"
            raise TpcError(f"{self.name} is {quoted(value)}", hint=hint)
        if self.range and not self.range.holds(value):
            raise TpcError(f"{self.name} is {value}; {self.range.text}")

    def takes_type(self, value: object) -> bool:
        """Whether a value as JSON has it is of the option's type."""
        if value is None:
            return self.default is None
        return type(value) is self.values or (self.values is float and type(value) is int)

    def converted(self, value: object) -> object:
        """A value of Python or TOML as the command line would give it.

        Raises:
            TpcError: It is of another type.
        """
        if self.values is Path and isinstance(value, str):
            return Path(value)
        if self.values is str and isinstance(value, Sequence) and not isinstance(value, str):
            return ",".join(map(str, value))
        if self.values is float and type(value) is int:
            return float(value)
        if type(value) is not self.values and not isinstance(value, Path):
            hint = f"it takes {_KINDS.get(self.values, self.values.__name__)}"
            raise TpcError(f"{self.name} is {quoted(value)}", hint=hint)
        return value


def option(default: object, help_text: str, panel: str, **metadata: Any) -> Any:  # noqa: ANN401
    """A field of a dataclass that is an option; `metadata` are attributes of `Option`."""
    return field(default=default, metadata={"help": help_text, "panel": panel, **metadata})


@functools.cache
def options_of(*families: type) -> Mapping[str, Option]:
    """The options that the fields of dataclasses are, by name, in their order."""
    return {option.name: option for family in families for option in _options(family)}


def _options(family: type) -> Iterator[Option]:
    hints = get_type_hints(family)
    for declared in dataclasses.fields(family):
        if "help" in declared.metadata:
            default = None if declared.default is dataclasses.MISSING else declared.default
            values, choices = _values(hints[declared.name])
            yield Option(declared.name, default, values, choices, **declared.metadata)


def _values(hint: Any) -> tuple[type, tuple[str, ...]]:  # noqa: ANN401 - a type
    """The type of an option's values but for None, and the words of a choice."""
    if get_origin(hint) is Literal:
        return str, get_args(hint)
    if get_origin(hint) is tuple:
        return str, ()  # a list in one word
    if get_origin(hint) is None:
        return hint, ()
    (inner,) = (part for part in get_args(hint) if part is not type(None))
    return _values(inner)


def defaults(family: type, kind: RunKind) -> dict[str, Any]:
    """The defaults of a family's options in runs of a kind."""
    return {option.name: option.default_for(kind) for option in options_of(family).values()}
