"""Proposals of Optuna, kept in a journal: none lost, none twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sweep.test_sweeping import SMALL, HereEngine, rows_of
from tpc.diagnostics import TpcError
from tpc.sweep.adaptive import search
from tpc.sweep.plan import Distribution, Search, SweepPlan
from tpc.sweep.sweeping import Sweep

pytest.importorskip("optuna", reason="Optuna is not installed: make acceptance runs these")
pytestmark = pytest.mark.filterwarnings("ignore")

PLAN = SweepPlan(
    ({**SMALL, "n_layers": 1},),
    distributions=(
        ("n_heads_num", Distribution("int", (0, 2))),
        ("n_cat_mlps", Distribution("choice", (0, 1))),
        ("data_seed", Distribution("int", (0, 1_000_000))),
    ),
    search=Search(draws=4, method="optuna"),
)


def swept(folder: Path, engine: HereEngine) -> None:
    Sweep(PLAN, folder, engine, lambda _: None, lambda *_: None).run(search)  # type: ignore[arg-type]


def test_stopped_in_a_proposal_it_goes_on(tmp_path: Path) -> None:
    engine = HereEngine(2)
    with pytest.raises(KeyboardInterrupt):
        swept(tmp_path, engine)
    rest = HereEngine()
    swept(tmp_path, rest)
    assert len(set(engine.ran + rest.ran)) == len(engine.ran + rest.ran) == 4
    rows = rows_of(tmp_path)
    assert [row["status"] for row in rows] == ["finished"] * 4
    again = HereEngine()
    swept(tmp_path, again)
    assert again.ran == []


def test_one_configuration_is_what_it_draws_for(tmp_path: Path) -> None:
    plan = SweepPlan((SMALL, SMALL), distributions=PLAN.distributions, search=PLAN.search)
    with pytest.raises(TpcError, match="one task"):
        Sweep(plan, tmp_path, HereEngine(), print, lambda *_: None).run(search)  # type: ignore[arg-type]
