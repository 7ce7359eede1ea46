"""Which seeds to train, how, and where."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tpc.diagnostics import TpcError
from tpc.model.config import ModelConfig
from tpc.training.option import option, options_of
from tpc.training.recipe import LARGEST_SEED

if TYPE_CHECKING:
    import torch

    from tpc.training.plan import Plan

_option = partial(option, panel="Many seeds")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_MOST_SEEDS = 1000


@dataclass(frozen=True)
class SeedsOptions:
    """How seeds are run beside one another.

    Attributes:
        seeds: Each makes a run.
        stop_hopeless: Whether seeds far behind are stopped halfway.
        device: Where epochs are computed: `cpu` or `cuda`.
        captured: Whether a GPU's steps are captured as a CUDA graph; to compare, they need not be.
    """

    seeds: tuple[int, ...] = _option(
        dataclasses.MISSING,
        "Train these, such as 0-9, on the same data; each gets RUN_DIR/seed-N, and the best by "
        "validation RUN_DIR itself. With --threads, as many at a time.",
    )
    stop_hopeless: bool = _option(
        False, "Halfway, stop seeds ten points behind the best by validation."
    )
    device: str = _option(
        "cpu", "Where all seeds' epochs are computed: auto, cpu or cuda.", default_text="auto"
    )
    captured: bool = True


def seeds_options(given: Mapping[str, Any]) -> SeedsOptions | None:
    """How to run many seeds, if there are to be many.

    Args:
        given: Options of training by name.

    Raises:
        TpcError: They are not for a single seed, out of range, or there is no such device.
    """
    if "seeds" not in given:
        for known in options_of(SeedsOptions).values():
            if known.name in given:
                raise TpcError(f"{known.flag} is for many seeds: --seeds 0-9", hint="leave it out")
        return None
    if "seed" in given:
        raise TpcError("--seed and --seeds exclude each other", hint="--data-seed seeds the data")
    device = find_device(given.get("device", "auto")).type
    return SeedsOptions(parse_seeds(given["seeds"]), given.get("stop_hopeless", False), device)


def parse_seeds(text: str) -> tuple[int, ...]:
    """The seeds of a list such as `0-4,7`.

    Raises:
        TpcError: It is none.
    """
    seeds: list[int] = []
    for part in text.split(","):
        found = _RANGE.fullmatch(part.strip())
        if found is None:
            raise TpcError(
                f"--seeds {text!r} is no list of seeds", hint="for example --seeds 0-4,7"
            )
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first or last > LARGEST_SEED or last - first >= _MOST_SEEDS:
            raise TpcError(f"--seeds {text!r}: {part.strip()} is no range of seeds")
        seeds += range(first, last + 1)
    if len(set(seeds)) < len(seeds):
        raise TpcError(f"--seeds {text!r} has a seed twice")
    return tuple(seeds)


def find_device(name: str) -> torch.device:
    """The device of that name; `auto` is a GPU if there is one that works.

    Raises:
        TpcError: There is no such device.
    """
    import torch  # not for `tpc train --help`

    if name not in ("auto", "cpu", "cuda"):
        raise TpcError(f"there is no device {name!r}", hint="auto, cpu or cuda")
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    try:
        torch.zeros(1, device="cuda")
    except (RuntimeError, AssertionError) as error:
        if name == "auto":
            return torch.device("cpu")
        reason = str(error).splitlines()[0]
        raise TpcError(f"cannot compute on a GPU: {reason}", hint="--device cpu") from error
    return torch.device("cuda")


def refuse_idle_device(plan: Plan, name: str) -> None:
    """Refuse a GPU that would have nothing to do.

    Raises:
        TpcError: `cuda` was asked for by name, and no epoch of this plan is computed there.
    """
    if name != "cuda":
        return
    if plan.recipe.n_epochs == 0:
        raise TpcError(
            "--device cuda is for epochs of gradients, and there are none",
            hint="leave it out, or train before the search: --n-epochs 20",
        )
    batched = isinstance(plan.model, ModelConfig) and plan.model.one_hot_embed
    if not batched or plan.text is not None:
        raise TpcError(
            "--device cuda is for Transformer Programs of generated tasks with one-hot "
            "embeddings; others are trained seed by seed on the processor",
            hint="leave it out",
        )
