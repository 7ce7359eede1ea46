"""The penalised fit: its optimality conditions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.refit.rows import PROGRAMS, rows_of
from tpc.refit.design import design
from tpc.refit.lasso import Problem, path


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_step_lowers_the_penalised_loss(name: str) -> None:
    import torch

    program = PROGRAMS[name]()
    problem = Problem(design(program, rows_of(program)))
    most = problem.smallest_silent()
    for penalty, weights, polished in path(problem, [most * 1.01, most * 0.4]):
        _, gradient = problem.loss(torch.from_numpy(weights.astype(np.float32)))
        slack = 0.02 * penalty
        moving, pull = weights != 0, gradient.numpy()
        assert (np.abs(pull[~moving]) <= penalty + slack).all()
        assert np.allclose(pull[moving], -penalty * np.sign(weights[moving]), atol=slack)
        assert not polished[~moving].any()
        assert moving.any() == (penalty < most)


def test_what_is_left_fits_better_without_the_penalty() -> None:
    import torch

    program = PROGRAMS["words"]()
    problem = Problem(design(program, rows_of(program)))
    [(_, weights, polished)] = path(problem, [problem.smallest_silent() * 0.2])
    losses = [problem.loss(torch.from_numpy(w.astype(np.float32)))[0] for w in (weights, polished)]
    assert losses[1] < losses[0]
