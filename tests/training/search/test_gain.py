"""New heads and tables, ranked without fitting them."""

from __future__ import annotations

from tests.training.search.networks import evaluation, seeded
from tpc.model.choices import TableChoice
from tpc.training.search.gain import new_heads, new_tables
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
