"""Choices for several places that are of use together, and alone would not be found."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from tpc.model.choices import HeadChoice, TableChoice


@dataclass(frozen=True)
class Compound:
    """Choices for some places, and what the loss would fall by with rows for the last of them."""

    gain: float
    choices: tuple[tuple[str, HeadChoice | TableChoice], ...]


def drawn(size: int, generator: torch.Generator) -> int:
    """A number below `size`."""
    return int(torch.randint(size, (), generator=generator))
