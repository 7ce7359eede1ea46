"""L-BFGS as every fit of a classifier uses it, from a loss and its gradient."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Objective = Callable[[Tensor], tuple[Tensor, Tensor]]
"""From parameters to their loss and its gradient."""


def minimised(
    start: Tensor, objective: Objective, steps: int, history: int, tolerance: float
) -> Tensor:
    """Parameters of least loss.

    Args:
        start: Where to begin; it stays as it is.
        objective: A smooth convex function.
        steps: At most.
        history: How many earlier steps decide the next one's direction.
        tolerance: It ends where no number of the gradient is larger.
    """
    parameters = start.detach().clone().requires_grad_()
    optimizer = torch.optim.LBFGS(
        [parameters],
        max_iter=steps,
        history_size=history,
        line_search_fn="strong_wolfe",
        tolerance_grad=tolerance,
    )

    def closure() -> Tensor:
        loss, parameters.grad = objective(parameters)
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return parameters.detach()
