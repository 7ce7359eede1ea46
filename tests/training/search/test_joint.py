"""What a search finds in several slots at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.training.search.networks import accuracy, plain, seeded, task_rows
from tpc.model.choices import HeadChoice, TableChoice
from tpc.model.layout import Kind
from tpc.training.search.evaluation import Evaluation, live
from tpc.training.search.joint import (
    Classified,
    Query,
    classified_slots,
    known_pairs,
    most_promising,
    new_pairs,
    query_slots,
)
from tpc.training.search.joint_key import Key, key_slots
from tpc.training.search.proposal import Proposal, with_proposal

COUNTS = {"n_layers": 3, "n_heads_cat": 1, "n_heads_num": 1, "n_num_mlps": 1}
COUNTED_KEY = Key("mlp_1_0", ("num_attn_0_0", "num_mlp_0_0"), "attn_2_0")
NEW_QUERY = Query("mlp_0_0", ("attn_0_0",), "attn_1_0")


def applied(evaluation: Evaluation, proposal: Proposal) -> Evaluation:
    return with_proposal(evaluation, proposal, 10)


def names(proposal: Proposal) -> list[str]:
    return [name for name, _ in proposal.choices]


def test_reversing_is_found_at_once() -> None:
    """Where the sequence ends, what is as far from there, and the token at that place."""
    start = plain(*task_rows("reverse", {"n_heads_cat": 1}))
    best = NEW_QUERY.proposals(start, seeded())[0]
    assert names(best) == ["attn_0_0", "mlp_0_0", "attn_1_0"]
    found = applied(start, best)
    assert accuracy(start) < 0.5
    assert accuracy(found) == 1.0
    assert live(found.choices) == {"attn_0_0", "mlp_0_0", "attn_1_0"}


def test_a_query_of_two_variables_that_are_there_already() -> None:
    start, search = plain(*task_rows("reverse", {"n_heads_cat": 1})), seeded()
    source = NEW_QUERY.proposals(start, search)[0]
    ready = start.changed("attn_0_0", dict(source.choices)["attn_0_0"])
    slots = Query("mlp_0_0", (), "attn_1_0")
    # A few of the keys and values are drawn each time.
    found = [slots.proposals(ready, search)[0] for _ in range(8)]
    best = max(found, key=lambda one: one.gain)
    assert names(best) == ["mlp_0_0", "attn_1_0"]
    assert accuracy(applied(ready, best)) == 1.0


@pytest.mark.parametrize("kind", ["cat", "num"])
def test_tables_come_with_what_they_read(kind: str) -> None:
    numerical = kind == "num"
    counts = {"n_heads_num": 1, "n_num_mlps": 1} if numerical else {}
    start = plain(*task_rows("hist", {"n_layers": 1, "n_heads_cat": 1, **counts}))
    mlp, head = ("num_mlp_0_0", "num_attn_0_0") if numerical else ("mlp_0_0", "attn_0_0")
    (slots,) = classified_slots(start.choices, mlp, tuple(start.choices.components), seeded())
    assert slots == Classified(mlp, (head,))
    found = slots.proposals(start, seeded())
    gains = [one.gain for one in found]
    assert gains == sorted(gains, reverse=True)
    better = applied(start, found[0])
    assert better.loss < start.loss
    assert head in better.choices.reads(mlp)
    if numerical:
        assert accuracy(better) == 1.0


def test_the_most_frequent_token_is_found_by_its_place_and_count() -> None:
    config, train = task_rows("most_freq", COUNTS)
    start = plain(config, train)
    found = COUNTED_KEY.proposals(start, seeded())
    gains = [one.gain for one in found]
    assert gains == sorted(gains, reverse=True)
    best = found[0]
    assert names(best) == [*COUNTED_KEY.new, "mlp_1_0", "attn_2_0"]
    head, table = dict(best.choices)["attn_2_0"], dict(best.choices)["mlp_1_0"]
    assert isinstance(head, HeadChoice)
    assert (head.query, head.key, head.value) == ("positions", "mlp_1_0", "tokens")
    assert isinstance(table, TableChoice)
    assert "num_mlp_0_0" in table.reads
    better = applied(start, best)
    assert accuracy(better) > accuracy(start) + 0.1
    assert live(better.choices) >= set(names(best))


def test_what_is_gained_is_about_what_was_promised() -> None:
    start = plain(*task_rows("most_freq", COUNTS, dataset_size=3000))
    best = COUNTED_KEY.proposals(start, seeded())[0]
    gained = start.loss - applied(start, best).loss
    assert best.gain / 2 < gained < 2 * best.gain


def test_a_count_that_is_there_already_is_read_too() -> None:
    start = plain(*task_rows("most_freq", COUNTS))
    first = COUNTED_KEY.proposals(start, seeded())[0]
    for name, choice in first.choices[:2]:
        start = start.changed(name, choice)
    found = Key("mlp_1_0", (), "attn_2_0").proposals(start, seeded(1))
    assert names(found[0]) == ["mlp_1_0", "attn_2_0"]
    assert accuracy(applied(start, found[0])) > accuracy(start) + 0.1


def test_slots_come_before_what_reads_them() -> None:
    choices, search = plain(*task_rows("most_freq", COUNTS)).choices, seeded()
    components, everywhere = choices.components, tuple(choices.components)
    for name, component in components.items():
        later = component.layer > 0
        queries = list(query_slots(choices, name, everywhere, search))
        assert len(queries) == (2 if component.kind.is_head and later else 0)
        keys = key_slots(choices, name, everywhere, search)
        assert bool(keys) == (component.kind is Kind.CATEGORICAL_HEAD and later)
        classified = classified_slots(choices, name, everywhere, search)
        assert bool(classified) != component.kind.is_head
        for slots in (*queries, *keys, *classified):
            mlp = components[slots.mlp]
            order = [components[one].layer for one in (*slots.new, slots.mlp)]
            assert order == sorted(order)
            assert not mlp.kind.is_head
            if isinstance(slots, Query | Key):
                assert mlp.layer < components[slots.head].layer
            if isinstance(slots, Key) and slots.new:
                assert components[slots.new[1]].layer < mlp.layer


def test_only_available_slots_are_taken() -> None:
    choices, search = plain(*task_rows("most_freq", COUNTS)).choices, seeded()
    assert key_slots(choices, "attn_2_0", ["attn_2_0"], search) == []
    assert list(query_slots(choices, "attn_2_0", ["attn_2_0"], search)) == []
    assert classified_slots(choices, "mlp_0_0", ["mlp_0_0"], search) == []
    some = ["attn_2_0", "mlp_0_0", "num_mlp_0_0"]
    assert key_slots(choices, "attn_2_0", some, search) == [Key("mlp_0_0", (), "attn_2_0")]


def test_pairs_of_known_variables_select_the_cells_of_their_table() -> None:
    start, search = plain(*task_rows("sort", {"n_heads_cat": 1})), seeded()
    pairs = known_pairs(start, ("tokens", "positions", "attn_0_0"), 10, search)
    assert sorted(pair.reads for pair in pairs) == [
        ("positions", "attn_0_0"),
        ("tokens", "attn_0_0"),
        ("tokens", "positions"),
    ]
    d_var, values = start.choices.config.d_var, start.values
    for pair in pairs:
        first, second = (values[name] for name in pair.reads)
        assert torch.equal(pair.cells, first * d_var + second)
    assert len(known_pairs(start, ("tokens", "positions", "attn_0_0"), 2, search)) == 2


def test_pairs_with_something_new_are_what_the_changed_network_says() -> None:
    start = plain(*task_rows("sort", {"n_heads_cat": 1}))
    d_var = start.choices.config.d_var
    head = HeadChoice("positions", "positions", "tokens", torch.arange(d_var).roll(-1))
    (pair,) = new_pairs(start, d_var, (("attn_0_0", head),), ["tokens"])
    changed = start.changed("attn_0_0", head).values
    assert torch.equal(pair.cells, changed["attn_0_0"] * d_var + changed["tokens"])
    # Everyone finds the first token's position, which says nothing.
    same = HeadChoice("tokens", "positions", "positions", torch.zeros(d_var, dtype=torch.int64))
    assert list(new_pairs(start, d_var, (("attn_0_0", same),), ["tokens"])) == []
    assert list(new_pairs(start, d_var, (("attn_0_0", same),), ["tokens"], constant=True))


def test_a_query_of_heads_that_find_nothing_new_is_no_query() -> None:
    """Where variables have many values few heads are looked at, and these may find constants."""
    start, search = plain(*task_rows("reverse", {"n_heads_cat": 1})), seeded()
    none = replace(search, settings=replace(search.settings, query_heads=0))
    assert NEW_QUERY.proposals(start, none) == []


def test_the_last_of_equally_promising_ones_comes_first() -> None:
    ranked = [(1.0, "a"), (3.0, "b"), (1.0, "c"), (2.0, "d")]
    assert most_promising(ranked, 3) == ["b", "d", "c"]


def test_a_seed_decides_what_is_looked_at() -> None:
    start = plain(*task_rows("reverse", {"n_heads_cat": 1}))
    first, second = (NEW_QUERY.proposals(start, seeded()) for _ in range(2))
    assert [one.gain for one in first] == [one.gain for one in second]
    assert torch.equal(
        dict(first[0].choices)["mlp_0_0"].table,  # type: ignore[union-attr]
        dict(second[0].choices)["mlp_0_0"].table,  # type: ignore[union-attr]
    )
