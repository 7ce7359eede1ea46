"""The generated tasks that docs/results.md has figures of, and the options they train with."""

from __future__ import annotations

from dataclasses import dataclass

SEEDS = "--seeds 0-4 --threads 1 --dataset-size 20000"
UNTIL_PROVED = "--until-proved --threads 1 --dataset-size 20000"

_DEEP = "--n-layers 3 --n-heads-cat 4 --n-heads-num 4 --n-num-mlps 1"
_COUNTS = "--n-heads-cat 2 --n-heads-num 2 --n-num-mlps 1"
_LARGE = "--vocab-size 16 --max-length 16 --d-mlp 256"


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


SETTINGS = (
    Setting("reverse", 8, _DEEP),
    Setting("hist", 8, f"--n-layers 1 {_COUNTS}"),
    Setting("double_hist", 8, f"--n-layers 3 {_COUNTS}"),
    Setting("sort", 8, _DEEP),
    Setting(
        "most_freq",
        8,
        "--n-layers 3 --n-heads-cat 4 --n-heads-num 4 --n-cat-mlps 2 --n-num-mlps 2 --search 28",
    ),
    Setting("dyck1", 8, f"--max-length 16 {_DEEP} --search 10"),
    Setting("dyck2", 8, f"--max-length 16 {_DEEP}"),
    Setting(
        "induction",
        8,
        "--vocab-size 10 --min-length 9 --max-length 9 --autoregressive --no-unembed-mask "
        "--n-layers 2 --n-heads-cat 1",
    ),
    Setting("reverse", 16, f"{_LARGE} {_DEEP}"),
    Setting("hist", 16, f"{_LARGE} --n-layers 1 {_COUNTS}"),
    Setting("double_hist", 16, f"{_LARGE} --n-layers 3 {_COUNTS}"),
    Setting("sort", 16, f"{_LARGE} --n-layers 3 --n-heads-cat 2 --n-heads-num 6 --n-num-mlps 1"),
    Setting(
        "most_freq",
        16,
        f"{_LARGE} --n-layers 4 --n-heads-cat 6 --n-heads-num 4 --n-cat-mlps 4 --n-num-mlps 3 "
        "--search 28",
    ),
)

#: What `programs/` has instead, where the best of five seeds is wrong on a few inputs.
PROVED = (Setting("hist", 8, f"--n-layers 1 {_COUNTS}", until_proved=True),)
