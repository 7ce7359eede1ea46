"""The generated tasks that docs/results.md has figures of, and the options they train with."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tpc.sweep.reproductions import reproduction
from tpc.training.option import flag_of

SEEDS = "--seeds 0-4 --threads 1 --dataset-size 20000"
UNTIL_PROVED = "--until-proved --threads 1 --dataset-size 20000"
ONE_SEED = "--threads 1 --dataset-size 20000"
#: What all have, or `SEEDS` says already.
_SHARED = ("task", "threads", "dataset_size", "data_seed")


@dataclass(frozen=True)
class Setting:
    """A task at one size.

    Attributes:
        task: Its name.
        size: The vocabulary and the length (for Dyck 8 stands for length 16).
        options: Of `tpc train`, beside `SEEDS`.
        until_proved: Whether to train one seed until its program is proved right, instead.
        categorical: Whether it is one seed of a network without numerical heads, instead.
    """

    task: str
    size: int
    options: str
    until_proved: bool = False
    categorical: bool = False

    @property
    def name(self) -> str:
        """The run directory's name."""
        kind = "-proved" if self.until_proved else "-categorical" if self.categorical else ""
        return f"{self.task}-{self.size}{kind}"

    @property
    def folder(self) -> str:
        """Where in `programs/` its program is."""
        return f"categorical/{self.task}" if self.categorical else self.task

    @property
    def command(self) -> str:
        """The whole command, but for the run directory."""
        options = f" {self.options}" if self.options else ""
        how = UNTIL_PROVED if self.until_proved else ONE_SEED if self.categorical else SEEDS
        return f"tpc train {self.task} {how}{options}"


def _words(name: str, value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield flag_of(name) if value else flag_of(f"no_{name}")
    else:
        yield from (flag_of(name), str(value))


SETTINGS = tuple(
    Setting(
        config["task"],
        size,
        shlex.join(
            word
            for name, value in config.items()
            if name not in _SHARED
            for word in _words(name, value)
        ),
    )
    for size in (8, 16)
    for config in reproduction(f"size{size}").configs
)

#: What `programs/` has instead, where the best of five seeds is wrong on a few inputs.
PROVED = tuple(
    replace(setting, until_proved=True)
    for setting in SETTINGS
    if (setting.task, setting.size) == ("hist", 8)
)

#: Networks of categorical heads and MLPs alone, as large as take minutes; those of sort and
#: induction have no other heads as they are.
CATEGORICAL = tuple(
    Setting(task, 8, f"{options} --n-heads-num 0 --n-num-mlps 0", categorical=True)
    for task, options in (
        ("reverse", "--n-layers 3 --n-heads-cat 8"),
        ("hist", "--n-layers 1 --n-heads-cat 4"),
        ("double_hist", "--n-layers 3 --n-heads-cat 4"),
        ("dyck1", "--max-length 16 --n-layers 3 --n-heads-cat 8"),
        ("dyck2", "--max-length 16 --n-layers 3 --n-heads-cat 8 --search 4"),
        ("most_freq", "--n-layers 3 --n-heads-cat 8 --n-cat-mlps 4 --search 4"),
    )
)

#: What `make programs` makes: the best of five seeds, or one that was proved, and those without
#: numerical heads.
SHIPPED = (
    *(s for s in SETTINGS if s.size == 8 and s.task not in {p.task for p in PROVED}),
    *PROVED,
    *CATEGORICAL,
)
