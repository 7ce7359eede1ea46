"""`tpc train`: from a task to a run directory with a network and its program."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tpc.cli.common import JsonOption, note, print_json
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from tpc.training.session import Outcome
    from tpc.training.state import EpochMetrics

_DATA, _MODEL, _RECIPE = "Data", "Network", "Training"


def _option(help_text: str, panel: str, *names: str) -> Any:  # noqa: ANN401 - what typer returns
    return typer.Option(*names, help=help_text, rich_help_panel=panel, show_default=False)


def train(
    task: Annotated[
        str | None, typer.Argument(metavar="TASK", help="sort, hist, dyck1, ...: see tpc data.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="RUN_DIR", help="Directory to make.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="RUN_DIR", help="Go on with a run that was killed or interrupted."),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a run that is there.")] = False,
    seed: Annotated[int | None, _option("Of data, weights, noise, order [0].", _DATA)] = None,
    vocab_size: Annotated[
        int | None, _option("Vocabulary with its special tokens [8; by task].", _DATA)
    ] = None,
    dataset_size: Annotated[
        int | None, _option("Rows, all splits together [10000].", _DATA)
    ] = None,
    min_length: Annotated[int | None, _option("For the generator [by task].", _DATA)] = None,
    max_length: Annotated[int | None, _option("Longest row [8; by task].", _DATA)] = None,
    unique: Annotated[bool | None, _option("Drop repeated sequences [yes].", _DATA)] = None,
    n_layers: Annotated[int | None, _option("Layers [2].", _MODEL)] = None,
    n_heads_cat: Annotated[int | None, _option("Categorical heads a layer [4].", _MODEL)] = None,
    n_heads_num: Annotated[int | None, _option("Numerical heads a layer [0].", _MODEL)] = None,
    n_cat_mlps: Annotated[int | None, _option("Categorical MLPs a layer [1].", _MODEL)] = None,
    n_num_mlps: Annotated[int | None, _option("Numerical MLPs a layer [0].", _MODEL)] = None,
    mlp_vars_in: Annotated[int | None, _option("Variables an MLP reads [2].", _MODEL)] = None,
    d_mlp: Annotated[int | None, _option("Hidden units of an MLP [64].", _MODEL)] = None,
    d_var: Annotated[
        int | None, _option("Values of a variable [the larger of vocabulary, length].", _MODEL)
    ] = None,
    n_vars_cat: Annotated[int | None, _option("Categorical input variables [1].", _MODEL)] = None,
    n_vars_num: Annotated[int | None, _option("Numerical input variables [1].", _MODEL)] = None,
    one_hot_embed: Annotated[
        bool | None, _option("The input variable is the token itself [yes].", _MODEL)
    ] = None,
    count_only: Annotated[
        bool | None, _option("Numerical inputs are 1, not learned [yes].", _MODEL)
    ] = None,
    selector_width: Annotated[
        bool | None, _option("Numerical heads read the first number [no].", _MODEL)
    ] = None,
    attention_type: Annotated[
        str | None, _option("Categorical heads: cat or score [cat].", _MODEL)
    ] = None,
    rel_pos_bias: Annotated[str | None, _option("fixed, clipped or none [fixed].", _MODEL)] = None,
    autoregressive: Annotated[
        bool | None, _option("Mask later positions [no; always for Dyck].", _MODEL)
    ] = None,
    unembed_mask: Annotated[
        bool | None, _option("`<pad>` and `<unk>` never win [yes].", _MODEL)
    ] = None,
    n_epochs: Annotated[int | None, _option("Passes over the data [250].", _RECIPE)] = None,
    batch_size: Annotated[int | None, _option("Rows a step [512].", _RECIPE)] = None,
    lr: Annotated[float | None, _option("Adam's step size [0.05].", _RECIPE)] = None,
    sample_fn: Annotated[
        str | None, _option("gumbel_soft, gumbel_hard or softmax [gumbel_soft].", _RECIPE)
    ] = None,
    gumbel_samples: Annotated[int | None, _option("Samples a step [1].", _RECIPE)] = None,
    tau_init: Annotated[float | None, _option("First temperature [3.0].", _RECIPE)] = None,
    tau_end: Annotated[float | None, _option("Last temperature [0.01].", _RECIPE)] = None,
    tau_schedule: Annotated[
        str | None, _option("geomspace or linspace [geomspace].", _RECIPE)
    ] = None,
    loss_agg: Annotated[str | None, _option("per_token or per_seq [per_token].", _RECIPE)] = None,
    max_grad_norm: Annotated[
        float | None, _option("Clip longer gradients [never].", _RECIPE)
    ] = None,
    threads: Annotated[
        int | None, _option("Threads to compute with; decides the last bits [1].", _RECIPE)
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Train a network on a generated task, by the paper's recipe, and export its program.

    The run directory holds the configuration, the weights, the metrics of every epoch and
    program.tpir. Ctrl-C ends training early, with the best network so far.
    """
    data = _given(
        vocab_size=vocab_size,
        dataset_size=dataset_size,
        min_length=min_length,
        max_length=max_length,
        seed=seed,
        unique=unique,
    )
    architecture = _given(
        n_layers=n_layers,
        n_heads_cat=n_heads_cat,
        n_heads_num=n_heads_num,
        n_cat_mlps=n_cat_mlps,
        n_num_mlps=n_num_mlps,
        mlp_vars_in=mlp_vars_in,
        d_mlp=d_mlp,
        d_var=d_var,
        n_vars_cat=n_vars_cat,
        n_vars_num=n_vars_num,
        one_hot_embed=one_hot_embed,
        count_only=count_only,
        selector_width=selector_width,
        attention_type=attention_type,
        rel_pos_bias=rel_pos_bias,
        autoregressive=autoregressive,
        unembed_mask=unembed_mask,
    )
    recipe = _given(
        seed=seed,
        n_epochs=n_epochs,
        batch_size=batch_size,
        lr=lr,
        sample_fn=sample_fn,
        gumbel_samples=gumbel_samples,
        tau_init=tau_init,
        tau_end=tau_end,
        tau_schedule=tau_schedule,
        loss_agg=loss_agg,
        max_grad_norm=max_grad_norm,
        threads=threads,
    )
    if resume is not None:
        if task or output or overwrite or data or architecture or recipe:
            raise TpcError(
                "--resume goes on as the run began, so it takes no other options",
                hint=f"tpc train --resume {resume}",
            )
        _report(resume, _resumed(resume), json_output)
        return
    if task is None or output is None:
        raise TpcError("name a task and a run directory", hint="tpc train sort -o RUN_DIR")
    outcome = _trained(task, output, data, architecture, recipe, overwrite)
    _report(output, outcome, json_output)


def _given(**options: object) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def _trained(
    task: str,
    output: Path,
    data: dict[str, Any],
    architecture: dict[str, Any],
    recipe: dict[str, Any],
    overwrite: bool,
) -> Outcome:
    from tpc.data.options import task_arguments
    from tpc.training.plan import DEFAULT_DATASET_SIZE, make_plan
    from tpc.training.recipe import Recipe
    from tpc.training.session import start_run

    arguments = task_arguments(task, **{"dataset_size": DEFAULT_DATASET_SIZE, **data})
    plan = make_plan(task, arguments, architecture, Recipe(**recipe))
    with _progress(plan.recipe.n_epochs) as listener:
        return start_run(plan, output, listener, overwrite)


def _resumed(path: Path) -> Outcome:
    from tpc.training.plan import read_plan
    from tpc.training.session import resume_run

    with _progress(read_plan(path).recipe.n_epochs) as listener:
        return resume_run(path, listener)


@contextmanager
def _progress(n_epochs: int) -> Iterator[Callable[[EpochMetrics], None]]:
    """What shows each epoch: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("epoch {task.completed}/{task.total}"),
        BarColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task("", total=n_epochs)

        def listener(metrics: EpochMetrics) -> None:
            accuracy = 100 * metrics.discrete.token_accuracy
            text = f"loss {metrics.train_loss:.4f}, validation {accuracy:.2f} %"
            bar.update(shown, completed=metrics.epoch, description=text)

        yield listener


def _report(path: Path, outcome: Outcome, json_output: bool) -> None:
    from tpc.training.run_writer import PROGRAM, SUMMARY

    if json_output:
        from tpc.cli.common import read_json

        print_json(read_json(path / SUMMARY))
        return
    if outcome.status == "interrupted":
        note(f"interrupted: tpc train --resume {path} goes on from epoch {outcome.epochs}")
    lines = [
        f"{outcome.epochs} epochs in {outcome.seconds:.0f} s; the network of epoch "
        f"{outcome.best.epoch} is the best on the validation split",
        "accuracy once discretised, which is the program's:",
    ]
    lines += [
        f"  {split:5s} {100 * score.token_accuracy:6.2f} % of {score.tokens} tokens, "
        f"{100 * score.sequence_accuracy:6.2f} % of {score.rows} sequences"
        for split, score in outcome.scores.items()
    ]
    sys.stdout.write("\n".join([*lines, f"wrote {path / PROGRAM}"]) + "\n")
