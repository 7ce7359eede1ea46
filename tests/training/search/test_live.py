"""Which parts of a network are live."""

from __future__ import annotations

import torch

from tests.training.search.networks import plain, task_rows
from tpc.model.choices import HeadChoice
from tpc.training.search.live import classified, live, live_inputs


def test_what_is_classified_and_what_that_reads_is_live() -> None:
    choices = plain(*task_rows("sort", {"n_layers": 3, "n_heads_cat": 1})).choices
    choices = choices.with_classifier(torch.zeros_like(choices.classifier))
    assert classified(choices) == ()
    assert live(choices) == set()
    same = torch.arange(choices.config.d_var)
    for name, key in (("attn_0_0", "tokens"), ("attn_1_0", "tokens"), ("attn_2_0", "attn_0_0")):
        choices = choices.with_component(name, HeadChoice("tokens", key, "positions", same))
    choices.classifier[choices.rows_of("attn_2_0").start, 1] = 1.0
    assert classified(choices) == ("attn_2_0",)
    assert live(choices) == {"attn_0_0", "attn_2_0"}
    assert live_inputs(choices, "attn_2_0") == ("tokens", "positions", "attn_0_0")
