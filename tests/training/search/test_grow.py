"""Adding what a network does not have yet."""

from __future__ import annotations

from tests.training.search.networks import plain, seeded, task_rows
from tpc.training.search.grow import grown
from tpc.training.search.live import live


def test_growth_adds_only_what_helps_where_nothing_is() -> None:
    config, train = task_rows("hist", {"n_layers": 1, "n_heads_cat": 1, "n_heads_num": 1})
    start = plain(config, train)
    assert live(start.choices) == set()
    larger = grown(start, seeded())
    assert larger.loss < start.loss
    new = live(larger.choices)
    assert new
    for name, head in start.choices.heads.items():
        assert name in new or larger.choices.heads[name] is head
