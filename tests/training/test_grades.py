"""Grades of words: what is learned, the network that is made of it, and its program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.cli.conftest import Tpc, tpc
from tests.training.test_text import silent, tagging_source, write_classified, write_tagged
from tpc.data.text_source import text_source
from tpc.diagnostics import TpcError
from tpc.ir.parser import parse_program
from tpc.model.discrete import DiscreteNetwork
from tpc.training.grades import graded, graded_weights, voting_classes
from tpc.training.loss import score
from tpc.training.plan import Plan
from tpc.training.planning import make_text_plan
from tpc.training.session import resume_run, start_run
from tpc.training.state import Training, initial_state
from tpc.training.word_scores import Window, word_scores

__all__ = ["tpc"]

FEW = {"grades": 3, "n_epochs": 4, "batch_size": 16}


def plan_of(folder: Path, **recipe: int) -> Plan:
    return make_text_plan(tagging_source(folder), {}, {**FEW, **recipe}, recipe_name="default")


def test_the_network_is_decided_by_labels_and_window(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, window=1)
    model = plan.model
    assert (model.n_vars_cat, model.n_heads_cat, model.n_layers) == (3, 2, 1)  # one label votes
    assert (model.n_cat_mlps, model.d_var) == (0, model.n_ctx)
    assert plan.recipe.n_rounds == 1
    with pytest.raises(TpcError, match="--n-layers contradicts --grades"):
        make_text_plan(tagging_source(tmp_path), {"n_layers": 1}, FEW, recipe_name="default")
    with pytest.raises(TpcError, match="neither refit nor search"):
        plan_of(tmp_path, refit=True)


def test_a_window_ends_at_the_first_word() -> None:
    window = Window.around(1, 3, (0,), pooled=False)
    ids = torch.tensor([[5, 5], [6, 7], [8, 0]])
    near = window.near(ids)
    assert window.offsets == (0, -1, 1)
    assert near[:, 0].tolist() == [[5, 5, 6], [6, 5, 8], [8, 6, 5]]
    assert near[:, 1].tolist() == [[5, 5, 7], [7, 5, 5], [0, 0, 0]]


def test_the_first_words_of_a_sentence_vote_once_more() -> None:
    window = Window.around(2, 3, (0,), pooled=True)
    ids = torch.tensor([[5], [6], [8], [7], [0]])
    near = window.near(ids)[:, 0]
    assert near.tolist() == [[5, 5, 5], [6, 6, 5], [8, 5, 8], [7, 5, 5], [0, 0, 0]]
    scores = torch.zeros(9, 3, 3)
    scores[:, 0, 1], scores[6, 1, 1], scores[8, 2, 1], scores[5, 1:] = 1, 10, 100, 1000
    assert float(window.logits(scores, window.near(ids))[0, 1, 0]) == 4 + 10 + 100


@pytest.mark.parametrize("pooled", [False, True])
def test_the_network_votes_as_the_grades_do(tmp_path: Path, pooled: bool) -> None:
    plan = plan_of(tmp_path, window=2)
    if pooled:
        source = text_source(None, str(write_classified(tmp_path / "c.csv", 200)), options={})
        plan = make_text_plan(source, {}, {**FEW, "window": 2}, recipe_name="default")
    training = Training.of(plan)
    config, val = training.program, training.val
    classes = voting_classes(training.train, config.masked_classes)
    assert len(classes) == 1
    window = Window.around(2, config.n_classes, config.masked_classes, pooled)
    kept = torch.zeros(len(window.offsets), config.n_classes)
    kept[:, classes] = 1
    assert training.space.features is not None
    scores = word_scores(training.space.features, training.train, window, plan.recipe, kept)
    assert not scores[:, :, [c for c in range(config.n_classes) if c not in classes]].any()
    found = graded(scores, window, classes, 3, training.train, val, "per_seq")
    assert found.votes.equal(found.votes.round())
    assert found.votes[:, classes].diff(dim=-1).min() >= 0 or found.votes.shape[-1] > 1
    state = initial_state(plan, training.space)
    parts = training.space.parts(state.parameters)
    vector = training.space.pack(graded_weights(config, parts, found, classes, window))
    weights = training.space.unpack(vector)
    ids = val.ids.T
    network = DiscreteNetwork(config, weights, torch.float32).logits(ids, ids != 0)
    voted = window.logits(found.scores(), window.near(val.ids)).permute(2, 0, 1)
    if pooled:
        network, shown = network.unsqueeze(1), torch.ones(len(ids), 1, dtype=torch.bool)
    else:
        shown = ids != 0
    assert network[shown].equal(voted[shown])
    assert score(network.permute(1, 2, 0), val, "per_seq").merit == found.val.merit


def test_nothing_is_learned_of_what_is_not_kept(tmp_path: Path) -> None:
    training = Training.of(plan_of(tmp_path, window=1))
    config = training.program
    window = Window.around(1, config.n_classes, config.masked_classes, pooled=False)
    assert training.space.features is not None
    recipe = replace(training.plan.recipe, n_epochs=1)
    none = torch.zeros(3, config.n_classes)
    assert not word_scores(training.space.features, training.train, window, recipe, none).any()


def test_a_run_ends_alike_once_more(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, window=1)
    start_run(plan, tmp_path / "one", silent)
    start_run(plan, tmp_path / "two", silent)
    for name in ("model.safetensors", "program.tpir"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    with pytest.raises(TpcError):
        resume_run(tmp_path / "one", silent)  # it has ended


@pytest.mark.parametrize("kind", ["tagging", "classification"])
def test_from_rows_to_a_proved_program(tmp_path: Path, tpc: Tpc, kind: str) -> None:
    write = write_tagged if kind == "tagging" else write_classified
    data = write(tmp_path / ("d.jsonl" if kind == "tagging" else "d.csv"), 200)
    run = tmp_path / "run"
    options = ("--grades", "3", "--n-epochs", "20", "--batch-size", "8")
    done = tpc("train", "--data", str(data), "--kind", kind, *options, "-o", str(run))
    assert done.status == 0, done.err
    assert "words graded" in done.out + done.err
    program = parse_program((run / "program.tpir").read_text(), "p")
    weights = [w for node in program.nodes for f in getattr(node, "features", ()) for w in f.rows]
    assert all(w.is_integer() for row in weights for w in row)
    small = tmp_path / "small.tpir"
    assert tpc("opt", str(run / "program.tpir"), "-O2", "-o", str(small)).status == 0
    done = tpc("verify", str(small), "--against", str(run), "-t", "python")
    assert done.status == 0, done.out + done.err
    scored = tpc("eval", str(small), "--data", str(data))
    assert "100.00" in scored.out
