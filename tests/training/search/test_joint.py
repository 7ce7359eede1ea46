"""What a search finds in several slots at once."""

from __future__ import annotations

import pytest
import torch

from tests.training.search.networks import accuracy, plain, seeded, task_rows
from tpc.model.choices import HeadChoice, TableChoice
from tpc.model.components import Kind
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.joint import (
    Role,
    Slots,
    classified_slots,
    joint_proposals,
    key_slots,
    query_slots,
)
from tpc.training.search.live import live
from tpc.training.search.proposal import Proposal, with_proposal

COUNTS = {"n_layers": 3, "n_heads_cat": 1, "n_heads_num": 1, "n_num_mlps": 1}
COUNTED_KEY = Slots(Role.KEY, "mlp_1_0", "attn_2_0", ("num_attn_0_0", "num_mlp_0_0"))
NEW_QUERY = Slots(Role.QUERY, "mlp_0_0", "attn_1_0", ("attn_0_0",))


def applied(evaluation: Evaluation, proposal: Proposal) -> Evaluation:
    return with_proposal(evaluation, proposal, 10)


def names(proposal: Proposal) -> list[str]:
    return [name for name, _ in proposal.choices]


def test_reversing_is_found_at_once() -> None:
    """Where the sequence ends, what is as far from there, and the token at that place."""
    start = plain(*task_rows("reverse", {"n_heads_cat": 1}))
    best = joint_proposals(start, NEW_QUERY, seeded())[0]
    assert names(best) == ["attn_0_0", "mlp_0_0", "attn_1_0"]
    found = applied(start, best)
    assert accuracy(start) < 0.5
    assert accuracy(found) == 1.0
    assert live(found.choices) == {"attn_0_0", "mlp_0_0", "attn_1_0"}


def test_a_query_of_two_variables_that_are_there_already() -> None:
    start, search = plain(*task_rows("reverse", {"n_heads_cat": 1})), seeded()
    source = joint_proposals(start, NEW_QUERY, search)[0]
    ready = start.changed("attn_0_0", dict(source.choices)["attn_0_0"])
    slots = Slots(Role.QUERY, "mlp_0_0", "attn_1_0")
    # A few of the keys and values are drawn each time.
    found = [joint_proposals(ready, slots, search)[0] for _ in range(8)]
    best = max(found, key=lambda one: one.gain)
    assert names(best) == ["mlp_0_0", "attn_1_0"]
    assert accuracy(applied(ready, best)) == 1.0


@pytest.mark.parametrize("kind", ["cat", "num"])
def test_tables_come_with_what_they_read(kind: str) -> None:
    numerical = kind == "num"
    counts = {"n_heads_num": 1, "n_num_mlps": 1} if numerical else {}
    start = plain(*task_rows("hist", {"n_layers": 1, "n_heads_cat": 1, **counts}))
    mlp, head = ("num_mlp_0_0", "num_attn_0_0") if numerical else ("mlp_0_0", "attn_0_0")
    slots = classified_slots(start.choices, mlp, tuple(start.choices.components), seeded())
    assert slots == Slots(Role.CLASSIFIED, mlp, new=(head,))
    found = joint_proposals(start, slots, seeded())
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
    found = joint_proposals(start, COUNTED_KEY, seeded())
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
    best = joint_proposals(start, COUNTED_KEY, seeded())[0]
    gained = start.loss - applied(start, best).loss
    assert best.gain / 2 < gained < 2 * best.gain


def test_a_count_that_is_there_already_is_read_too() -> None:
    start = plain(*task_rows("most_freq", COUNTS))
    first = joint_proposals(start, COUNTED_KEY, seeded())[0]
    for name, choice in first.choices[:2]:
        start = start.changed(name, choice)
    found = joint_proposals(start, Slots(Role.KEY, "mlp_1_0", "attn_2_0"), seeded(1))
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
        assert (classified is None) == component.kind.is_head
        for slots in (*queries, *keys, *([] if classified is None else [classified])):
            mlp = components[slots.mlp]
            order = [components[one].layer for one in (*slots.new, slots.mlp)]
            assert order == sorted(order)
            assert not mlp.kind.is_head
            if slots.head is not None:
                assert mlp.layer < components[slots.head].layer
            if slots.role is Role.KEY and slots.new:
                assert components[slots.new[1]].layer < mlp.layer


def test_only_available_slots_are_taken() -> None:
    choices, search = plain(*task_rows("most_freq", COUNTS)).choices, seeded()
    assert key_slots(choices, "attn_2_0", ["attn_2_0"], search) == []
    assert list(query_slots(choices, "attn_2_0", ["attn_2_0"], search)) == []
    assert classified_slots(choices, "mlp_0_0", ["mlp_0_0"], search) is None
    some = ["attn_2_0", "mlp_0_0", "num_mlp_0_0"]
    assert key_slots(choices, "attn_2_0", some, search) == [Slots(Role.KEY, "mlp_0_0", "attn_2_0")]


def test_a_pair_is_no_key_of_a_classified_mlp() -> None:
    start = plain(*task_rows("most_freq", COUNTS))
    with pytest.raises(ValueError, match="no joint proposal"):
        joint_proposals(start, Slots(Role.CLASSIFIED, "mlp_1_0"), seeded())


def test_a_seed_decides_what_is_looked_at() -> None:
    start = plain(*task_rows("reverse", {"n_heads_cat": 1}))
    first, second = (joint_proposals(start, NEW_QUERY, seeded()) for _ in range(2))
    assert [one.gain for one in first] == [one.gain for one in second]
    assert torch.equal(
        dict(first[0].choices)["mlp_0_0"].table,  # type: ignore[union-attr]
        dict(second[0].choices)["mlp_0_0"].table,  # type: ignore[union-attr]
    )
