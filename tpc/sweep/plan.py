"""What a sweep is to do: a file in TOML, and the trials that follow from it."""

from __future__ import annotations

import itertools
import math
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from tpc.diagnostics import TpcError, one_of, quoted
from tpc.files import read_text
from tpc.sweep.trials import Trial
from tpc.training.budget import parse_time
from tpc.training.options import OPTIONS, parse_seeds

Objective = Literal["accuracy", "f1", "size", "front"]
Method = Literal["random", "optuna"]
Drawn = Literal["uniform", "log", "int", "choice"]
Config = dict[str, Any]
_TABLES = ("options", "grid", "list", "distributions", "search", "budget", "halving")
_KEYS = ("task", "tasks", "seeds", "level", "objective", "at-least", *_TABLES)
#: A trial has a seed of its own; the others are of many seeds in one training.
_NOT_SWEPT = ("seed", "seeds", "stop_hopeless", "device")


@dataclass(frozen=True)
class Distribution:
    """Where values of an option are drawn from.

    Attributes:
        kind: `uniform` or `log` between two numbers, `int` (both included), or `choice`.
        values: The two numbers, or all choices.
    """

    kind: Drawn
    values: tuple[Any, ...]

    def draw(self, stream: random.Random) -> object:
        """One value."""
        if self.kind == "choice":
            return stream.choice(self.values)
        least, most = self.values
        if self.kind == "int":
            return stream.randint(least, most)
        if self.kind == "uniform":
            return stream.uniform(least, most)
        return math.exp(stream.uniform(math.log(least), math.log(most)))


@dataclass(frozen=True)
class Search:
    """How values are drawn from distributions.

    Attributes:
        draws: How often.
        seed: Of the draws.
        method: `random`, or `optuna`, which learns from the trials before.
    """

    draws: int = 20
    seed: int = 0
    method: Method = "random"


@dataclass(frozen=True)
class Halving:
    """Which trials are stopped early.

    Attributes:
        rungs: After so many epochs and rounds those that are worse by validation are stopped.
        keep: The share that goes on.
    """

    rungs: tuple[int, ...] = ()
    keep: float = 0.5


@dataclass(frozen=True)
class SweepPlan:
    """A sweep.

    Attributes:
        configs: What is tried, without seeds; of `task` and options by name.
        seeds: Each configuration is trained with each of these.
        distributions: What is drawn for each configuration.
        search: How.
        level: Programs are optimised at this level.
        objective: What the best is.
        at_least: The score that the smallest program must have; `None` for the best there is.
        halving: Which trials are stopped early.
        seconds: When the sweep ends; it may be gone on with.
        trials: How many trials there are at most.
    """

    configs: tuple[Config, ...]
    seeds: tuple[int, ...] = (0,)
    distributions: tuple[tuple[str, Distribution], ...] = ()
    search: Search = Search()
    level: int = 1
    objective: Objective = "accuracy"
    at_least: float | None = None
    halving: Halving = Halving()
    seconds: float | None = None
    trials: int | None = None

    @property
    def adaptive(self) -> bool:
        """Whether what is tried depends on what was found before."""
        return bool(self.distributions) and self.search.method == "optuna"

    def all_trials(self) -> tuple[Trial, ...]:
        """The trials of a plan that is not adaptive, in their order, none twice."""
        found = (trial for config in self._drawn() for trial in self.with_seeds(config))
        unique = {trial.key: trial for trial in found}
        return tuple(itertools.islice(unique.values(), self.trials))

    def with_seeds(self, config: Config) -> Iterator[Trial]:
        """The trials of a configuration."""
        for seed in self.seeds:
            options = {name: value for name, value in config.items() if name != "task"}
            yield Trial(config.get("task"), {**options, "seed": seed}, self.level)

    def _drawn(self) -> Iterator[Config]:
        if not self.distributions:
            yield from self.configs
            return
        for number in range(self.search.draws):
            # A draw does not depend on how many there are.
            stream = random.Random(f"{self.search.seed}/{number}")
            drawn = {name: known.draw(stream) for name, known in self.distributions}
            for config in self.configs:
                yield {**config, **drawn}


def read_sweep(path: Path) -> SweepPlan:
    """The plan in a file.

    Raises:
        TpcError: It is not TOML, or says something that no sweep has.
    """
    try:
        found = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise TpcError(f"{path} is not TOML: {error}") from error
    try:
        return sweep_of(found)
    except TpcError as error:
        raise TpcError(f"{path}: {error.message}", hint=error.hint) from error


def sweep_of(told: Mapping[str, Any]) -> SweepPlan:
    """The plan in a document.

    Raises:
        TpcError: It says something that no sweep has.
    """
    for name in told:
        one_of(_KEYS, name, "key of a sweep")
    tables = {name: _table(told, name) for name in _TABLES if name != "list"}
    fixed = _options(tables["options"])
    grid = dict(_values(name, values) for name, values in tables["grid"].items())
    lists = told.get("list", [{}])
    if not isinstance(lists, list) or not all(isinstance(entry, dict) for entry in lists):
        raise TpcError("list is not a list of tables", hint="write [[list]] above each")
    configs = [
        {**task, **fixed, **_options(entry), **dict(zip(grid, values, strict=True))}
        for task in _tasks(told)
        for entry in lists
        for values in itertools.product(*grid.values())
    ]
    if any("task" not in config and "data" not in config for config in configs):
        raise TpcError("there is nothing to learn", hint='task = "sort", or data under [options]')
    search, budget = tables["search"], tables["budget"]
    _only(search, "search", ("draws", "seed", "method"))
    _only(budget, "budget", ("time", "trials"))
    time = budget.get("time")
    return SweepPlan(
        tuple(configs),
        parse_seeds(str(told.get("seeds", "0"))),
        tuple(_distribution(name, known) for name, known in tables["distributions"].items()),
        Search(
            _count(search.get("draws", 20), "draws"),
            _count(search.get("seed", 0), "seed", 0),
            one_of(get_args(Method), search.get("method", "random"), "method of search"),
        ),
        _level(told.get("level", 1)),
        one_of(get_args(Objective), told.get("objective", "accuracy"), "objective"),
        told.get("at-least"),
        _halving(tables["halving"]),
        None if time is None else parse_time(str(time)),
        None if "trials" not in budget else _count(budget["trials"], "trials"),
    )


def _table(told: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = told.get(name, {})
    if not isinstance(found, dict):
        raise TpcError(f"{name} is no table", hint=f"write [{name}] above its lines")
    return found


def _only(table: Mapping[str, Any], name: str, known: Sequence[str]) -> None:
    for key in table:
        one_of(known, key, f"key of [{name}]")


def _count(value: object, name: str, least: int = 1) -> int:
    if type(value) is not int or value < least:
        raise TpcError(f"{name} is {value!r}", hint=f"it takes a whole number from {least} on")
    return value


def _level(value: object) -> int:
    if value not in (0, 1, 2, 3):
        raise TpcError(f"level is {value!r}", hint="it takes 0, 1, 2 or 3, as tpc opt -O")
    return int(str(value))


def _tasks(told: Mapping[str, Any]) -> list[Config]:
    if "task" in told and "tasks" in told:
        raise TpcError("task and tasks exclude each other", hint="leave one of them out")
    found = told.get("tasks", [told["task"]] if "task" in told else [])
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise TpcError("a task is named by a string", hint='task = "sort", tasks = ["sort"]')
    return [{"task": name} for name in found] or [{}]


def _options(table: Mapping[str, Any]) -> Config:
    return dict(_option(name, value) for name, value in table.items())


def _option(name: str, value: object) -> tuple[str, Any]:
    """An option of training, or the task, with its value."""
    known = name.replace("-", "_")
    if known == "task":
        return known, value
    if known in _NOT_SWEPT:
        raise TpcError(f"{quoted(name)} is not swept as other options are", hint='seeds = "0-4"')
    option = OPTIONS[one_of(list(OPTIONS), known, "option of training")]
    found = option.converted(value)
    option.check(found)
    return known, found


def _values(name: str, values: object) -> tuple[str, list[Any]]:
    if not isinstance(values, list) or not values:
        raise TpcError(f"grid: {name} has no list of values", hint=f"{name} = [1, 2]")
    return name.replace("-", "_"), [_option(name, value)[1] for value in values]


def _distribution(name: str, told: object) -> tuple[str, Distribution]:
    hint = f"{name} = {{ log = [0.001, 0.1] }}, or uniform, int, choice"
    if not isinstance(told, dict) or len(told) != 1:
        raise TpcError(f"distributions: {name} is none", hint=hint)
    kind, values = next(iter(told.items()))
    chosen = one_of(get_args(Drawn), kind, "distribution")
    if not isinstance(values, list) or not values or (chosen != "choice" and len(values) != 2):
        raise TpcError(f"distributions: {name} has no values to draw from", hint=hint)
    converted = tuple(_option(name, value)[1] for value in values)
    if chosen != "choice" and not converted[0] < converted[1]:
        raise TpcError(f"distributions: {name}: {values[0]} is not below {values[1]}", hint=hint)
    if chosen == "log" and converted[0] <= 0:
        raise TpcError(f"distributions: {name}: log takes numbers above 0", hint=hint)
    return name.replace("-", "_"), Distribution(chosen, converted)


def _halving(table: Mapping[str, Any]) -> Halving:
    if not table:
        return Halving()
    _only(table, "halving", ("rungs", "keep"))
    rungs, keep = table.get("rungs"), table.get("keep", 0.5)
    if not isinstance(rungs, list) or not rungs:
        raise TpcError("halving has no rungs", hint="rungs = [5, 20]")
    steps = tuple(_count(rung, "a rung") for rung in rungs)
    if list(steps) != sorted(set(steps)):
        raise TpcError("rungs do not grow", hint="rungs = [5, 20]")
    if not isinstance(keep, float) or not 0 < keep < 1:
        raise TpcError(f"keep is {keep!r}", hint="it takes a share, such as 0.5")
    return Halving(steps, keep)
