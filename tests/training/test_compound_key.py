"""Heads whose key is a pair of variables, what choices cost to say, and thinned rows."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.training.test_compounds import accuracy, drawn, plain
from tpc.model.choices import HeadChoice, TableChoice, layer_of
from tpc.training.search.compound import Compound, cost_of
from tpc.training.search.compound_key import KeySlots, key_compounds, key_slots_for
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.grow import with_compound
from tpc.training.search.plain import counting_heads
from tpc.training.search.use import used

COUNTS = {"n_layers": 3, "n_heads_cat": 1, "n_heads_num": 1, "n_num_mlps": 1}


def test_the_most_frequent_token_is_found_by_its_place_and_count() -> None:
    config, train = drawn("most_freq", COUNTS)
    start = plain(config, train)
    slots = KeySlots("attn_2_0", "mlp_1_0", ("num_attn_0_0", "num_mlp_0_0"))
    found = key_compounds(start, slots, torch.Generator().manual_seed(0))
    gains = [one.gain for one in found]
    assert gains == sorted(gains, reverse=True)
    best = found[0]
    assert [name for name, _ in best.choices] == [*slots.counter, "mlp_1_0", "attn_2_0"]
    head, table = dict(best.choices)["attn_2_0"], dict(best.choices)["mlp_1_0"]
    assert isinstance(head, HeadChoice)
    assert (head.query, head.key, head.value) == ("positions", "mlp_1_0", "tokens")
    assert isinstance(table, TableChoice)
    assert "num_mlp_0_0" in table.reads
    better = with_compound(start, best)
    assert accuracy(better) > accuracy(start) + 0.1
    assert used(better.choices) >= {name for name, _ in best.choices}


def test_what_is_gained_is_about_what_was_promised() -> None:
    config, train = drawn("most_freq", COUNTS, dataset_size=3000)
    start = plain(config, train)
    slots = KeySlots("attn_2_0", "mlp_1_0", ("num_attn_0_0", "num_mlp_0_0"))
    best = key_compounds(start, slots, torch.Generator().manual_seed(0))[0]
    gained = start.loss - with_compound(start, best).loss
    assert best.gain / 2 < gained < 2 * best.gain


def test_a_count_that_is_there_already_is_read_too() -> None:
    config, train = drawn("most_freq", COUNTS)
    start = plain(config, train)
    new = KeySlots("attn_2_0", "mlp_1_0", ("num_attn_0_0", "num_mlp_0_0"))
    first = key_compounds(start, new, torch.Generator().manual_seed(0))[0]
    for name, choice in first.choices[:2]:
        start = start.changed(name, choice)
    found = key_compounds(start, KeySlots("attn_2_0", "mlp_1_0"), torch.Generator().manual_seed(1))
    assert [name for name, _ in found[0].choices] == ["mlp_1_0", "attn_2_0"]
    assert accuracy(with_compound(start, found[0])) > accuracy(start) + 0.1


def test_places_come_before_what_reads_them() -> None:
    config, train = drawn("most_freq", COUNTS)
    choices = plain(config, train).choices
    generator = torch.Generator().manual_seed(0)
    for name in choices.components:
        found = key_slots_for(choices, name, choices.components, generator)
        assert bool(found) == (name.startswith("attn_") and layer_of(name) > 0)
        for slots in found:
            assert layer_of(slots.mlp) < layer_of(slots.head)
            if slots.counter is not None:
                head, table = slots.counter
                assert layer_of(head) <= layer_of(table) < layer_of(slots.mlp)
    assert key_slots_for(choices, "attn_2_0", ["attn_2_0"], generator) == []
    only = key_slots_for(choices, "attn_2_0", ["attn_2_0", "mlp_0_0", "num_mlp_0_0"], generator)
    assert only == [KeySlots("attn_2_0", "mlp_0_0")]


def test_counting_heads_count_each_variable() -> None:
    config, train = drawn("most_freq", COUNTS)
    near, given = counting_heads(plain(config, train).choices, ("tokens", "mlp_0_0"))
    heads = [*near, *given]
    assert {head.query for head in heads} == {"tokens", "mlp_0_0"}
    assert all(head.query == head.key and head.value == "ones" for head in heads)
    assert len(heads) == 2 * (3 + config.d_var)


def test_what_takes_more_to_say_costs_more() -> None:
    config, train = drawn("sort", {"n_heads_cat": 1})
    start = plain(config, train)
    same = torch.arange(config.d_var)

    def cost(wanted: torch.Tensor) -> float:
        head = HeadChoice("tokens", "tokens", "positions", wanted)
        return cost_of(start, Compound(1.0, (("attn_0_0", head),)))

    plain_cost = cost(same)
    assert cost(torch.full_like(same, 3)) == plain_cost
    assert cost((same + 1).clamp(max=config.d_var - 1)) == plain_cost
    swapped = same.clone()
    swapped[[3, 4]] = torch.tensor([4, 3])
    assert cost(swapped) > plain_cost
    assert cost(same.flip(0)) > cost(swapped)
    # What fewer rows stand for are as many.
    few = start.thinned(len(start.rows.tags) // 4)
    same_cost = cost_of(
        few, Compound(1.0, (("attn_0_0", HeadChoice("tokens", "tokens", "positions", same)),))
    )
    assert same_cost == pytest.approx(plain_cost, rel=1e-4)


def test_thinned_rows_are_some_of_the_rows_and_stand_for_all() -> None:
    config, train = drawn("sort", {"n_heads_cat": 1})
    whole = plain(config, train)
    few = whole.thinned(len(whole.rows.tags) // 3)
    assert 0 < len(few.rows.tags) <= len(whole.rows.tags) // 3 + 10
    assert float(few.rows.weights.sum()) == pytest.approx(float(whole.rows.weights.sum()))
    assert whole.thinned(len(whole.rows.tags)) is whole
    step = -(-len(whole.rows.ids) // len(few.rows.ids))
    assert torch.equal(few.rows.ids, whole.rows.ids[::step])
    again = Evaluation.of(whole.choices, replace(few.rows))
    length = whole.rows.ids.shape[1]
    kept = whole.rows.scored // length % step == 0
    assert torch.allclose(again.logits, whole.logits[kept], atol=1e-5)
    assert torch.equal(again.rows.tags, whole.rows.tags[kept])
