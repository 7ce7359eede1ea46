"""Run directories load, and every way in which one can be wrong has a message."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.upstream import buffers
from tpc.data.dataset import load_dataset
from tpc.data.task import TaskArguments
from tpc.diagnostics import TpcError
from tpc.model.architecture import initial_weights
from tpc.model.config import ModelConfig
from tpc.model.discrete import DiscreteNetwork
from tpc.model.run import Vocabulary
from tpc.model.run_dir import load_run, write_options
from tpc.model.weights import write_weights

ARGUMENTS = TaskArguments(vocab_size=6, dataset_size=60, min_length=1, max_length=5)
UPSTREAM_ARGS: dict[str, Any] = {
    "dataset": "sort",
    "vocab_size": 6,
    "dataset_size": 60,
    "min_length": 1,
    "max_length": 5,
    "seed": 0,
    "unique": 1,
    "do_lower": 0,
    "replace_numbers": 0,
    "n_vars_cat": 1,
    "n_vars_num": 1,
    "d_var": None,
    "n_heads_cat": 2,
    "n_heads_num": 1,
    "d_mlp": 8,
    "n_cat_mlps": 1,
    "n_num_mlps": 1,
    "mlp_vars_in": 2,
    "n_layers": 1,
    "one_hot_embed": True,
    "count_only": True,
    "selector_width": 0,
    "attention_type": "both",
    "rel_pos_bias": "fixed",
    "autoregressive": False,
    "unembed_mask": 1,
    "pool_outputs": 0,
    "standard": False,
}


def upstream_config(args: dict[str, Any]) -> ModelConfig:
    dataset = load_dataset("sort", ARGUMENTS)
    size = len(dataset.vocabulary)
    return ModelConfig.from_options(args, size, dataset.classes, dataset.max_length)


def random_weights(config: ModelConfig) -> dict[str, Tensor]:
    return initial_weights(config, torch.Generator().manual_seed(0))


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    """A run directory as the authors' trainer leaves it, buffers included."""
    config = upstream_config(UPSTREAM_ARGS)
    tensors = {**random_weights(config), **buffers(config)}
    path = tmp_path / "upstream"
    path.mkdir()
    torch.save(tensors, path / "model.pt")
    (path / "args.json").write_text(json.dumps(UPSTREAM_ARGS))
    return path


@pytest.fixture
def own(tmp_path: Path) -> Path:
    dataset = load_dataset("sort", ARGUMENTS)
    config = upstream_config(UPSTREAM_ARGS)
    path = tmp_path / "own"
    path.mkdir()
    write_options(
        path,
        task="sort",
        arguments=ARGUMENTS,
        vocabulary=Vocabulary(dataset.vocabulary, dataset.classes),
        model=config,
        training={},
    )
    write_weights(path / "model.safetensors", random_weights(config))
    return path


def change_json(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    options = json.loads(path.read_text())
    change(options)
    path.write_text(json.dumps(options))


def change_tensors(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    tensors = torch.load(path, weights_only=True)
    change(tensors)
    torch.save(tensors, path)


def test_both_kinds_load_to_the_same_network(upstream: Path, own: Path) -> None:
    theirs, ours = load_run(upstream), load_run(own)
    assert (theirs.origin, ours.origin) == ("upstream", "tpc")
    assert (theirs.config, theirs.language) == (ours.config, ours.language)
    ids = torch.tensor([[5, 1, 3, 2, 4]])
    networks = [DiscreteNetwork(run.config, run.weights) for run in (theirs, ours)]
    logits = [network.logits(ids, ids > 0) for network in networks]
    assert torch.equal(*logits)


def test_upstream_run(upstream: Path) -> None:
    run = load_run(upstream)
    assert (run.origin, run.task, run.arguments) == ("upstream", "sort", ARGUMENTS)
    assert run.vocabulary.words == ("<pad>", "0", "1", "2", "</s>", "<s>")
    assert run.config.d_var == 6
    assert run.config.attention_type == "cat"
    assert run.config.masked_classes == (0,)
    assert run.language.count() == 3 + 9 + 27
    dataset = run.dataset()
    assert dataset is not None
    assert dataset.vocabulary == run.vocabulary.words


def test_own_run(own: Path) -> None:
    run = load_run(own)
    assert (run.origin, run.task, run.arguments) == ("tpc", "sort", ARGUMENTS)
    initial = random_weights(run.config)
    assert run.weights.keys() == initial.keys()
    assert all(torch.equal(run.weights[name], initial[name]) for name in initial)


def test_given_vocabulary_overrides(upstream: Path) -> None:
    words = ["<pad>", "2", "1", "0", "</s>", "<s>"]
    classes = ["<pad>", "2", "1", "0"]
    run = load_run(upstream, {"vocabulary": words, "classes": classes})
    assert run.vocabulary == Vocabulary(tuple(words), tuple(classes))
    assert run.language.count() == 3 + 9 + 27


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda args: args.update(standard=True), "standard Transformer"),
        (lambda args: args.pop("n_layers"), "n_layers is missing"),
        (lambda args: args.update(n_layers="2"), "must be an integer"),
        (lambda args: args.update(n_layers=2), "no tensor blocks.1"),
        (lambda args: args.update(n_heads_cat=3), r"W_Q.W has shape 2x2, but .* 3x2"),
        (lambda args: args.update(d_var=9), r"embed.W_E has shape 6x6, but .* 9x6"),
        (lambda args: args.update(d_var=3), "d_var is 3, too few"),
        (lambda args: args.update(rel_pos_bias="near"), "rel_pos_bias is 'near'"),
        (lambda args: args.update(autoregressive="yes"), "autoregressive is 'yes'"),
        (lambda args: args.update(dataset=None), "does not name a task"),
        (lambda args: args.update(dataset="poems"), "vocabulary of .* is not known"),
        (lambda args: args.update(dataset_size=None), "dataset_size is null"),
        (lambda args: args.update(max_length=8), "sequences of 5 tokens, but the longest .* 8"),
        (lambda args: args.update(n_vars_cat=2), "n_vars_cat must be 1"),
        (lambda args: args.update(one_hot_embed=False, d_var=None), None),
    ],
)
def test_wrong_options(
    upstream: Path, change: Callable[[dict[str, Any]], object], message: str | None
) -> None:
    change_json(upstream / "args.json", change)
    if message is None:
        assert load_run(upstream).config.one_hot_embed is False
        return
    with pytest.raises(TpcError, match=message):
        load_run(upstream)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("unembed.W_U"), "no tensor unembed.W_U"),
        (lambda t: t.update({"pos_embed.W": torch.eye(7, 8)}), "for sequences of 7 tokens, but"),
        (lambda t: t["unembed.W_U"].fill_(torch.nan), "unembed.W_U holds values that are not"),
        (lambda t: t["num_embed.W_E"].fill_(2.0), "count_only"),
        (lambda t: t["embed.W_E"].fill_(2.0), "one_hot_embed"),
        (lambda t: t.update({"extra": "text"}), "other than a tensor under 'extra'"),
    ],
)
def test_wrong_tensors(
    upstream: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    change_tensors(upstream / "model.pt", change)
    with pytest.raises(TpcError, match=message):
        load_run(upstream)


def test_no_trace_of_the_longest_sequence(upstream: Path) -> None:
    def strip(tensors: dict[str, Any]) -> None:
        tensors.pop("pos_embed.W")
        tensors.pop("blocks.0.cat_attn.rel_pos_bias.bias")

    change_tensors(upstream / "model.pt", strip)
    with pytest.raises(TpcError, match="longest sequence is not known"):
        load_run(upstream)


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04truncated", b"\x80\x02}."])
def test_damaged_model_file(upstream: Path, content: bytes) -> None:
    (upstream / "model.pt").write_bytes(content)
    with pytest.raises(TpcError):
        load_run(upstream)


def test_truncated_model_file(upstream: Path) -> None:
    whole = (upstream / "model.pt").read_bytes()
    (upstream / "model.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TpcError, match="not a PyTorch state dict"):
        load_run(upstream)


def test_pickled_code_is_not_executed(upstream: Path, tmp_path: Path) -> None:
    class Payload:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "executed",))

    torch.save({"embed.W_E": Payload()}, upstream / "model.pt")
    with pytest.raises(TpcError, match="not a PyTorch state dict"):
        load_run(upstream)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("name", ["args.json", "model.pt"])
def test_missing_upstream_file(upstream: Path, name: str) -> None:
    (upstream / name).unlink()
    with pytest.raises(TpcError, match=r"not a run directory|there is no .*model\.pt"):
        load_run(upstream)


def test_missing_own_weights(own: Path) -> None:
    (own / "model.safetensors").unlink()
    with pytest.raises(TpcError, match="cannot read"):
        load_run(own)


def test_no_such_directory(tmp_path: Path) -> None:
    with pytest.raises(TpcError, match="no run directory"):
        load_run(tmp_path / "nothing")


@pytest.mark.parametrize("text", ["{", "[1]", '{"dataset": "sort"'])
def test_malformed_options(upstream: Path, text: str) -> None:
    (upstream / "args.json").write_text(text)
    with pytest.raises(TpcError, match=r"args\.json"):
        load_run(upstream)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda options: options.update(format="tpc-run 2"), "newer version"),
        (lambda options: options.update(task="srot"), "no task 'srot'"),
        (lambda options: options.pop("model"), "no object under the key model"),
        (lambda options: options["model"].update(colour=1), "no option colour"),
        (lambda options: options["model"].pop("d_mlp"), "d_mlp is missing"),
        (lambda options: options["arguments"].pop("seed"), "seed is null"),
        (lambda options: options["vocabulary"].append("9"), "7"),
        (lambda options: options["vocabulary"].append("0"), "lists '0' twice"),
        (lambda options: options["classes"].reverse(), "does not start with <pad>"),
        (lambda options: options.update(vocabulary=3), "no list of strings"),
    ],
)
def test_wrong_own_options(
    own: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    change_json(own / "config.json", change)
    with pytest.raises(TpcError, match=message):
        load_run(own)


def test_damaged_own_weights(own: Path) -> None:
    (own / "model.safetensors").write_bytes(b"12345678 no tensors here")
    with pytest.raises(TpcError, match="not a safetensors file"):
        load_run(own)


def test_vocabulary_of_another_task_leaves_no_input(upstream: Path) -> None:
    words = ["<pad>", "a", "b", "c", "</s>", "<s>"]
    with pytest.raises(TpcError, match="no input of the task"):
        load_run(upstream, {"vocabulary": words, "classes": ["<pad>", "0", "1", "2"]})


def test_configuration_survives_json() -> None:
    config = upstream_config({**UPSTREAM_ARGS, "attention_type": "score", "selector_width": 1})
    assert ModelConfig.from_json(json.loads(json.dumps(config.to_json()))) == config
    assert dataclasses.replace(config, n_layers=2) != config
