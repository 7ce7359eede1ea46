"""Train, validation and test rows, split as scikit-learn's `train_test_split` would."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

import numpy as np

from tpc.data.task import Row
from tpc.diagnostics import TpcError

HELD_OUT = 0.1
SMALLEST_SPLITTABLE = 3

SplitName = Literal["train", "val", "test"]
SPLIT_NAMES: tuple[SplitName, ...] = get_args(SplitName)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Splits:
    """The rows of the three splits."""

    train: tuple[Row, ...]
    val: tuple[Row, ...]
    test: tuple[Row, ...]

    def named(self, name: SplitName) -> tuple[Row, ...]:
        """The rows of one split."""
        return {"train": self.train, "val": self.val, "test": self.test}[name]


def split_rows(rows: list[Row], seed: int) -> Splits:
    """A tenth for testing, then a tenth of the rest for validation, shuffled with `seed` twice.

    Raises:
        TpcError: There are too few rows for three splits.
    """
    if len(rows) < SMALLEST_SPLITTABLE:
        raise TpcError(
            f"{len(rows)} distinct rows cannot be split into train, val and test",
            hint="ask for more rows, or for a larger vocabulary or length",
        )
    rest, test = hold_out(rows, seed)
    train, val = hold_out(rest, seed)
    return Splits(tuple(train), tuple(val), tuple(test))


def hold_out(rows: Sequence[Item], seed: int) -> tuple[list[Item], list[Item]]:
    """What is left and the tenth that is held out, both in shuffled order."""
    n_held_out = math.ceil(HELD_OUT * len(rows))
    order = np.random.RandomState(seed).permutation(len(rows))
    shuffled = [rows[index] for index in order]
    return shuffled[n_held_out:], shuffled[:n_held_out]
