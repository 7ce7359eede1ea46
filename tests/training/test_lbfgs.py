"""The optimiser of every classifier that is fitted."""

from __future__ import annotations

import torch
from torch import Tensor

from tpc.training.lbfgs import minimised


def test_a_quadratic_is_solved_and_the_start_stays() -> None:
    matrix = torch.tensor([[3.0, 1.0], [1.0, 2.0]])
    target = torch.tensor([1.0, -1.0])

    def objective(found: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            return found @ matrix @ found / 2 - target @ found, matrix @ found - target

    start = torch.tensor([5.0, 5.0])
    found = minimised(start, objective, steps=20, history=5, tolerance=1e-7)
    torch.testing.assert_close(matrix @ found, target)
    assert start.tolist() == [5.0, 5.0]
    assert not found.requires_grad
    few = minimised(start, objective, steps=1, history=5, tolerance=1e-7)
    assert float((matrix @ few - target).abs().max()) > 0.1
