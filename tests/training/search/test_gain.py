"""New heads and tables, ranked without fitting them."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from tests.training.search.networks import evaluation, pooled, seeded
from tpc.model.choices import TableChoice
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.gain import (
    DAMPING,
    MANY_VALUES,
    HeadStatistics,
    _pooled_gain,
    best_predicates,
    grown_predicates,
    new_heads,
    new_tables,
)
from tpc.training.search.proposal import Proposal
from tpc.training.search.refit import refitted


def test_gains_order_features_as_fitting_them_does() -> None:
    start = refitted(
        evaluation(
            {"n_layers": 1, "n_heads_cat": 1, "n_heads_num": 0, "n_cat_mlps": 1, "n_num_mlps": 0}, 8
        ),
        50,
    )
    bare = refitted(start.without_rows("attn_0_0"), 50).without_rows("attn_0_0")
    found = new_heads(bare, "attn_0_0", seeded())
    assert [one.gain for one in found] == sorted((one.gain for one in found), reverse=True)
    best, worst = (
        refitted(bare.changed(*found[index].choices[0]), 50, ("attn_0_0",)).loss
        for index in (0, -1)
    )
    assert best < worst
    tables = new_tables(bare, "mlp_0_0", seeded())
    assert all(isinstance(one.choices[0][1], TableChoice) for one in tables)
    assert tables[0].gain >= tables[-1].gain


def without_classifier(start: Evaluation) -> Evaluation:
    return refitted(start.reclassified(torch.zeros_like(start.choices.classifier)), 50)


def pooled_gain(start: Evaluation, proposal: Proposal) -> float:
    """That of the last choice's rows, from the derivatives of the loss, value by value."""
    changed, (name, _) = start, proposal.choices[-1]
    for slot, choice in proposal.choices:
        changed = changed.without_rows(slot).changed(slot, choice)
    rows, outputs = start.rows, changed.rows.at_scored(changed.values[name])
    n_values = 1 if outputs.is_floating_point() else start.choices.config.d_var
    counts = torch.zeros(len(rows.tags), n_values, dtype=torch.float64)
    assert rows.pooled is not None
    for label, output in zip(rows.pooled.tolist(), outputs.tolist(), strict=True):
        counts[label, 0 if n_values == 1 else output] += output if n_values == 1 else 1
    total = 0.0
    for value in range(n_values):
        for class_id in range(start.logits.shape[1]):
            total += gain_of_one(start, counts[:, value], class_id)
    return total


def gain_of_one(start: Evaluation, counts: Tensor, class_id: int) -> float:
    """That of one number of the classifier, which adds to one class for each count."""
    rows, number = start.rows, torch.zeros((), dtype=torch.float64, requires_grad=True)
    one_class = torch.zeros(start.logits.shape[1], dtype=torch.float64)
    one_class[class_id] = 1
    logits = start.logits.double() + (counts * number).unsqueeze(1) * one_class
    losses = torch.nn.functional.cross_entropy(logits, rows.tags, reduction="none") * rows.weights
    (slope,) = torch.autograd.grad(losses.sum(), number, create_graph=True)
    (curvature,) = torch.autograd.grad(slope, number)
    weights = [float(weight) for weight in rows.weights[counts > 0]]
    expected = start.logits.double().softmax(1)[counts > 0, class_id].tolist()
    tags = rows.tags[counts > 0].tolist()
    right = sum(w for w, tag in zip(weights, tags, strict=True) if tag == class_id)
    likely = sum(w * p for w, p in zip(weights, expected, strict=True))
    raised = right * math.log(right / (likely + DAMPING**2)) if right > likely else None
    most = likely - right if raised is None else raised
    newton = slope.detach() ** 2 / (curvature.detach() + DAMPING) / 2
    return min(newton.item(), most)


@pytest.mark.parametrize("name", ["attn_0_0", "num_attn_0_0", "mlp_0_0"])
def test_gains_of_pooled_networks_count_values_in_rows(name: str) -> None:
    start = without_classifier(pooled({"n_layers": 1, "n_heads_cat": 1}, 8))
    make = new_tables if name.startswith("mlp") else new_heads
    found = make(start, name, seeded())
    assert [one.gain for one in found] == sorted((one.gain for one in found), reverse=True)
    for proposal in found[:8]:
        assert _pooled_gain(start, proposal) == proposal.gain
        assert proposal.gain == pytest.approx(pooled_gain(start, proposal), rel=1e-3, abs=1e-6)


def some_statistics(n_values: int) -> tuple[Tensor, Tensor, Tensor]:
    """Queries of two variables, outputs for six keys of which three are alike, and statistics."""
    generator = torch.Generator().manual_seed(n_values)
    queries = torch.randint(5, (2, 200), generator=generator)
    outputs = torch.randint(n_values, (200, 6), generator=generator)
    outputs[:, 4] = outputs[:, 0]
    outputs[:, 5] = outputs[:, 2]
    outputs[:, 3] = outputs[:, 2]
    return queries, outputs, torch.rand(200, 9, generator=generator)


def one_by_one(queries: Tensor, outputs: Tensor, statistics: Tensor, n: int) -> HeadStatistics:
    """The sums with a column for each key."""
    sums = torch.zeros(2, 6, 6, n, 9)
    for variable in range(2):
        for token in range(200):
            for key in range(6):
                place = (variable, int(queries[variable, token]), key, int(outputs[token, key]))
                sums[place] += statistics[token]
    return HeadStatistics(sums, torch.arange(6), torch.arange(6))


@pytest.mark.parametrize("n_values", [4, MANY_VALUES + 8])
def test_keys_that_find_the_same_share_sums(n_values: int) -> None:
    queries, outputs, statistics = some_statistics(n_values)
    if n_values > MANY_VALUES:
        outputs[outputs > 30] = 39
    shared = HeadStatistics.of(queries, 6, outputs, statistics, n_values)
    assert shared.columns.tolist() == [0, 1, 2, 2, 0, 2]
    assert shared.keys.tolist() == [0, 1, 2]
    whole = one_by_one(queries, outputs, statistics, n_values)
    found = torch.arange(n_values)
    if n_values > MANY_VALUES:
        found = torch.unique(outputs)
        assert len(found) < n_values
    expected = whole.sums[:, :, :, found]
    torch.testing.assert_close(shared.sums[:, :, shared.columns], expected)
    for best in (lambda one: best_predicates(one, 2), grown_predicates):
        gains, predicates = best(shared)
        other_gains, others = best(whole)
        torch.testing.assert_close(gains, other_gains)
        assert torch.equal(predicates, others)
