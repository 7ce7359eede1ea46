"""Exported programs equal their networks, for every option of upstream's."""

from __future__ import annotations

import dataclasses
import gzip
import json
from pathlib import Path

import pytest

from tests.conftest import MakeRun
from tpc.diagnostics import TpcError
from tpc.frontends.network import export_network
from tpc.frontends.run import export_run
from tpc.ir.nodes import Lookup, Mlp, Select
from tpc.ir.parser import parse_program
from tpc.ir.printer import print_program
from tpc.model.run_dir import load_run
from tpc.semantics.interpreter import Interpreter
from tpc.verification.verify import VerificationOptions, verify_program

OPTIONS: dict[str, dict[str, object]] = {
    "paper": {},
    "reverse": {"dataset": "reverse"},
    "histogram": {"dataset": "hist", "n_heads_cat": 0, "max_length": 5},
    "double histogram": {"dataset": "double_hist", "max_length": 5},
    "most frequent": {"dataset": "most_freq", "max_length": 5},
    "causal": {"dataset": "dyck1", "autoregressive": True, "min_length": 8, "max_length": 8},
    "dyck2": {"dataset": "dyck2", "autoregressive": True, "min_length": 5, "max_length": 5},
    "induction": {"dataset": "induction", "vocab_size": 6, "min_length": 5, "max_length": 5},
    "scores": {"attention_type": "score"},
    "causal scores": {"attention_type": "score", "autoregressive": True},
    "clipped": {"rel_pos_bias": "clipped"},
    "causal clipped": {"rel_pos_bias": "clipped", "autoregressive": True},
    "no bias": {"rel_pos_bias": "none"},
    "learned numbers": {"count_only": False, "n_vars_num": 2},
    "several ones": {"n_vars_num": 2},
    "embeddings": {"one_hot_embed": False, "n_vars_cat": 3, "d_var": 7},
    "selector width": {"selector_width": 1},
    "three reads": {"mlp_vars_in": 3, "n_layers": 1},
    "one read": {"mlp_vars_in": 1},
    "wide domain": {"d_var": 11},
    "no mask": {"unembed_mask": 0},
    "pooled": {"pool_outputs": 1},
    "pooled causal": {"pool_outputs": 1, "autoregressive": True},
    "sums of sums": {"n_layers": 3, "max_length": 8, "vocab_size": 5, "n_heads_num": 3},
    "no MLPs": {"n_cat_mlps": 0, "n_num_mlps": 0},
    "no heads": {"n_heads_cat": 0, "n_heads_num": 0},
}


@pytest.mark.parametrize("pooled", [0, 1])
def test_classes_that_never_win_do_not_where_a_training_diverged(
    pooled: int, make_run: MakeRun
) -> None:
    """All logits of the other classes are below -1e30."""
    run = load_run(make_run(pool_outputs=pooled))
    huge = {"unembed.W_U": run.weights["unembed.W_U"].abs().add(0.1) * -1e33}
    run = dataclasses.replace(run, weights={**run.weights, **huge})
    program = export_network(run, {})
    assert verify_program(program, run, VerificationOptions(samples=200)).proved


@pytest.mark.parametrize("name", OPTIONS)
def test_program_equals_network_on_every_input(name: str, make_run: MakeRun) -> None:
    folder = make_run(**OPTIONS[name])
    program = export_run(folder)
    assert parse_program(print_program(program)) == program
    report = verify_program(program, load_run(folder), VerificationOptions(samples=200))
    assert report.proved, report
    assert report.results[0].sets[0].method == "exhaustive"


def test_tables_are_exact_and_large_products_stay_networks(make_run: MakeRun) -> None:
    program = export_run(
        make_run(n_layers=3, max_length=8, vocab_size=5, n_heads_num=4, weight_seed=3)
    )
    mlps = [node for node in program.nodes if isinstance(node, Mlp)]
    tables = [node for node in program.nodes if isinstance(node, Lookup)]
    assert tables
    for node in mlps:
        entries = 1
        for operand in dict.fromkeys(node.operands):
            entries *= len(program.range_of(operand))
        assert entries > 65_536


def test_same_run_same_bytes(make_run: MakeRun) -> None:
    folder = make_run()
    assert print_program(export_run(folder)) == print_program(export_run(folder))


def test_option_really_changes_the_program(make_run: MakeRun) -> None:
    rules = {
        name: {n.rule for n in export_run(make_run(**OPTIONS[name])).nodes if isinstance(n, Select)}
        for name in ("paper", "scores", "clipped", "no bias")
    }
    assert rules == {
        "paper": {"closest", "all"},
        "scores": {"score", "all"},
        "clipped": {"best", "all"},
        "no bias": {"first", "all"},
    }


def test_standard_transformer_is_refused(make_run: MakeRun) -> None:
    with pytest.raises(TpcError, match="standard Transformer"):
        export_run(make_run(standard=True))


ZOO = [
    "conll_ner",
    "double_hist_learned_counts",
    "dyck1",
    "hist",
    "hist16",
    "option_clipped",
    "option_embeddings",
    "option_mlp_vars_3",
    "option_none_causal",
    "option_score",
    "reverse_categorical",
    "sort",
    "sort16_gpu",
    "sort_categorical",
    "trec",
]


def zoo_vocabulary(folder: Path) -> dict[str, object] | None:
    expected = json.loads((folder / "expected.json").read_text())
    if folder.name in ("trec", "conll_ner"):
        return {key: expected[key] for key in ("vocabulary", "classes")}
    return None


@pytest.mark.parametrize("name", ZOO)
def test_zoo_runs_give_the_networks_own_labels(name: str, shared: Path) -> None:
    folder = shared / "zoo" / name
    loaded = Interpreter(export_run(folder, zoo_vocabulary(folder)))
    with gzip.open(folder / "expected.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            labels = loaded.run(row["tokens"], raw=True)
            assert labels == row.get("labels", row.get("label"))
