"""What a run saves beside its parameters is read or checked, never replaced by a formula."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.conftest import MakeRun
from tests.model.reference import run_reference
from tests.upstream import fixed_bias
from tpc.diagnostics import TpcError
from tpc.frontends.run import export_loaded, export_run
from tpc.ir.nodes import Select
from tpc.ir.program import Program
from tpc.model.discrete import DiscreteNetwork
from tpc.model.run_dir import load_run
from tpc.semantics.interpreter import evaluate

BIAS = "blocks.{}.cat_attn.rel_pos_bias.bias"


def change(run: Path, edit: Callable[[dict[str, Tensor]], object]) -> Path:
    tensors = torch.load(run / "model.pt", weights_only=True)
    edit(tensors)
    torch.save(tensors, run / "model.pt")
    return run


def with_bias(run: Path, by_offset: Tensor) -> Path:
    def edit(tensors: dict[str, Tensor]) -> None:
        for layer in range(2):
            tensors[BIAS.format(layer)] = by_offset.repeat(2, 1)

    return change(run, edit)


def rules(program: Program) -> set[str]:
    return {node.rule for node in program.nodes if isinstance(node, Select) and node.rule != "all"}


def built_on_a_gpu(n_ctx: int) -> Tensor:
    bias = fixed_bias(n_ctx)
    bias[-1] = -7.45e-9
    return bias


def assert_equals_reference(run_dir: Path, causal: bool = False) -> Program:
    """The program, the network and the reference that shares no code with them agree."""
    run = load_run(run_dir)
    assert run.config.autoregressive == causal
    program, discrete = export_loaded(run), DiscreteNetwork(run.config, run.weights)
    stream = torch.Generator().manual_seed(1)
    for length in (1, 2, 5, run.config.n_ctx):
        for _ in range(12):
            ids = torch.randint(1, run.config.vocabulary_size, (length,), generator=stream)
            variables, _ = run_reference(run.config, run.weights, ids.tolist())
            network = discrete.trace(ids.unsqueeze(0), torch.ones(1, length, dtype=torch.bool))
            columns = evaluate(program, ids.tolist()).columns
            for name, values in variables.items():
                assert network.variables[name][0].tolist() == values, name
                if name in columns:
                    assert list(columns[name]) == values, name
    return program


@pytest.mark.parametrize("seed", range(3))
def test_formula_is_closest(make_run: MakeRun, seed: int) -> None:
    assert rules(assert_equals_reference(make_run(seed))) == {"closest"}


@pytest.mark.parametrize("seed", range(3))
def test_right_of_two_neighbours_first(make_run: MakeRun, seed: int) -> None:
    run = make_run(seed)
    n_ctx = load_run(run).config.n_ctx
    program = assert_equals_reference(with_bias(run, built_on_a_gpu(n_ctx)))
    assert rules(program) == {"best"}
    assert program.nodes != export_run(make_run(seed)).nodes


def test_right_neighbour_is_never_seen_by_a_causal_head(make_run: MakeRun) -> None:
    run = make_run(autoregressive=True)
    with_bias(run, built_on_a_gpu(load_run(run).config.n_ctx))
    assert rules(assert_equals_reference(run, causal=True)) == {"closest"}


def test_constant_bias_is_first(make_run: MakeRun) -> None:
    run = make_run()
    with_bias(run, torch.full((2 * load_run(run).config.n_ctx,), 0.25))
    assert rules(assert_equals_reference(run)) == {"first"}


@pytest.mark.parametrize("seed", range(4))
def test_any_saved_order_is_kept(make_run: MakeRun, seed: int) -> None:
    run = make_run(seed)
    stream = torch.Generator().manual_seed(seed)
    width = 2 * load_run(run).config.n_ctx
    with_bias(run, torch.randint(0, 5, (width,), generator=stream).float())
    assert rules(assert_equals_reference(run)) == {"best"}


def test_without_a_saved_bias_the_formula_holds(make_run: MakeRun) -> None:
    run = make_run()
    program = export_run(run)
    for layer in range(2):
        change(run, lambda tensors, layer=layer: tensors.pop(BIAS.format(layer)))
    change(run, lambda tensors: tensors.setdefault("pos_embed.W", torch.eye(6)))
    assert export_run(run) == program


def test_saved_mask_says_which_classes_never_win(make_run: MakeRun) -> None:
    run = make_run()
    mask = torch.zeros(1, 1, len(load_run(run).vocabulary.classes), dtype=torch.bool)
    mask[..., 2] = True
    change(run, lambda tensors: tensors.update({"unembed.mask": mask}))
    assert load_run(run).config.masked_classes == (2,)


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("pos_embed.W", lambda table: table.flip(0)),
        ("blocks.1.cat_attn.W_Q.E", lambda table: table.flip(1)),
        ("blocks.0.cat_attn.rel_pos_bias.idxs", lambda indices: indices.flip(0)),
        (BIAS.format(0), lambda bias: bias * 50),
        (BIAS.format(1), lambda bias: bias * float("inf")),
        ("unembed.mask", lambda mask: mask[..., 1:]),
        ("unembed.W_U", lambda weights: weights / 0),
        ("unembed.W_U", lambda weights: weights.to_sparse()),
        ("unembed.W_U", lambda weights: weights.to("meta")),
    ],
)
def test_state_that_no_program_can_express_is_refused(
    make_run: MakeRun, name: str, edit: Callable[[Tensor], Tensor]
) -> None:
    run = change(make_run(), lambda tensors: tensors.update({name: edit(tensors[name])}))
    with pytest.raises(TpcError, match=name.replace(".", r"\.")):
        load_run(run)


def test_no_bias_that_ranks_is_refused(make_run: MakeRun) -> None:
    run = make_run(rel_pos_bias="none")
    with_bias(run, torch.arange(2.0 * load_run(run).config.n_ctx))
    with pytest.raises(TpcError, match="rel_pos_bias is none"):
        load_run(run)


def test_tensors_without_use_are_named(make_run: MakeRun) -> None:
    run = make_run()
    assert load_run(run).unused == ()
    change(run, lambda tensors: tensors.update({"blocks.0.experts.W": torch.ones(2)}))
    assert load_run(run).unused == ("blocks.0.experts.W",)


def test_zoo_uses_all_that_is_saved(shared: Path) -> None:
    for folder in sorted((shared / "zoo").iterdir()):
        if folder.is_dir():
            expected = json.loads((folder / "expected.json").read_text())
            assert load_run(folder, expected).unused == (), folder.name
