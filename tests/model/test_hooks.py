"""A network's activations by name are the values that its program gives its variables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.conftest import MakeRun
from tpc.diagnostics import TpcError
from tpc.frontends.run import export_loaded
from tpc.ir.nodes import Select
from tpc.model.hooks import activations
from tpc.model.run import Run
from tpc.model.run_dir import load_run
from tpc.semantics.interpreter import evaluate

ZOO = ["hist", "sort", "dyck1", "option_score", "option_none_causal", "option_embeddings"]


def agree(run: Run, count: int) -> None:
    """Activations and the interpreter's values, patterns and logits, on inputs of the language."""
    program = export_loaded(run)
    for ids in program.language.sample(program.max_length, count, seed=1):
        found = activations(run, [program.vocabulary[token] for token in ids])
        expected = evaluate(program, ids)
        for node in program.nodes:
            if isinstance(node, Select):
                attended = [np.flatnonzero(row).tolist() for row in found[node.name]]
                assert attended == expected.patterns[node.name], node.name
            elif node.name != program.result:
                assert found[node.name].shape == (len(ids),)
                assert found[node.name] == pytest.approx(expected.columns[node.name]), node.name
        assert np.atleast_1d(found["label"]).tolist() == expected.columns[program.result]
        never = program.by_name[program.result].never  # type: ignore[union-attr]
        answered = [index for index in range(len(program.classes)) if index not in never]
        logits = np.atleast_2d(found["logits"])[:, answered]
        assert logits == pytest.approx(np.array(expected.logits)[:, answered], abs=1e-4)


@pytest.mark.parametrize("name", ZOO)
def test_a_trained_run_has_the_values_of_its_program(shared: Path, name: str) -> None:
    agree(load_run(shared / "zoo" / name), 10)


@pytest.mark.parametrize("changes", [{}, {"pool_outputs": True}, {"autoregressive": True}])
def test_any_run_has_the_values_of_its_program(make_run: MakeRun, changes: dict[str, bool]) -> None:
    agree(load_run(make_run(**changes)), 5)


def test_what_is_replaced_changes_what_comes_after(make_run: MakeRun) -> None:
    run = load_run(make_run(dataset="hist", n_layers=2))
    tokens = ["<s>", "1", "0", "1"]
    usual = activations(run, tokens)
    name = "num_attn_0_0"
    same = activations(run, tokens, {name: usual[name]})
    assert all((same[key] == usual[key]).all() for key in usual)
    other = activations(run, tokens, {name: usual[name] + 100})
    assert (other[name] == usual[name] + 100).all()
    assert (other["attn_0_0"] == usual["attn_0_0"]).all()
    assert (other["logits"] != usual["logits"]).any()


def test_what_cannot_be_is_said(make_run: MakeRun) -> None:
    run = load_run(make_run())
    for tokens, replaced in (
        (["nonsense"], {}),
        ([], {}),
        (["<s>"] * 99, {}),
        (["<s>"], {"nonsense": [0]}),
        (["<s>"], {"attn_0_0": [0, 1]}),
    ):
        with pytest.raises(TpcError):
            activations(run, tokens, replaced)
