"""The generated tasks that docs/results.md has figures of, and the options they train with."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tpc.sweep.reproductions import reproduction
from tpc.training.option import flag_of

SEEDS = "--seeds 0-4 --threads 1 --dataset-size 20000"
UNTIL_PROVED = "--until-proved --threads 1 --dataset-size 20000"
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
    """

    task: str
    size: int
    options: str
    until_proved: bool = False

    @property
    def name(self) -> str:
        """The run directory's name."""
        return f"{self.task}-{self.size}{'-proved' if self.until_proved else ''}"

    @property
    def command(self) -> str:
        """The whole command, but for the run directory."""
        options = f" {self.options}" if self.options else ""
        how = UNTIL_PROVED if self.until_proved else SEEDS
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
