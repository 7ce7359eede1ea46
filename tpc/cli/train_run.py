"""Training as `tpc train` shows it: progress on a terminal, a summary at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tpc.cli.common import note, print_json
from tpc.files import read_json

if TYPE_CHECKING:
    from tpc.training.plan import Plan
    from tpc.training.recipe import Recipe
    from tpc.training.seed_options import SeedsOptions
    from tpc.training.session import Outcome
    from tpc.training.state import EpochMetrics


def train_one(plan: Plan, output: Path, overwrite: bool, json_output: bool) -> None:
    """Train one network and say what came out."""
    from tpc.training.session import start_run

    with _progress(plan.recipe) as listener:
        outcome = start_run(plan, output, listener, overwrite, note)
    _report(output, outcome, json_output)


def train_seeds(
    plan: Plan, output: Path, options: SeedsOptions, overwrite: bool, json_output: bool
) -> None:
    """Train a network for each seed and say what came out."""
    from tpc.training.seeds import start_seeds

    with _progress(plan.recipe) as listener:
        summary = start_seeds(plan, output, options, listener, overwrite, note)
    _report_seeds(output, summary, json_output)


def resume(path: Path, json_output: bool) -> None:
    """Go on with a run, or with the runs of many seeds, and say what came out."""
    from tpc.training import seeds
    from tpc.training.run_writer import SEEDS

    if not (path / SEEDS).exists():
        _report(path, _resumed(path), json_output)
        return
    from tpc.training.plan import read_plan

    with _progress(read_plan(seeds.any_folder(path)).recipe) as listener:
        summary = seeds.resume_seeds(path, listener)
    _report_seeds(path, summary, json_output)


def _report(path: Path, outcome: Outcome, json_output: bool) -> None:
    from tpc.training.run_writer import PROGRAM, SUMMARY

    if json_output:
        print_json(read_json(path / SUMMARY))
        return
    recipe, best = outcome.recipe, outcome.best.epoch
    done = recipe.done(outcome.steps)
    if outcome.status == "interrupted":
        note(f"interrupted after {done}: tpc train --resume {path} goes on")
    program = path / PROGRAM
    lines = [
        f"{done} in {outcome.seconds:.0f} s; the network of {recipe.step(best)} is the best on the "
        "validation split",
        "accuracy once discretised, which is the program's:" if program.exists() else "accuracy:",
    ]
    lines += [
        f"  {split:5s} {100 * score.token_accuracy:6.2f} % of {score.tokens} tokens, "
        f"{100 * score.sequence_accuracy:6.2f} % of {score.rows} sequences"
        + ("" if score.f1 is None else f", F1 {100 * score.f1:.2f} %")
        for split, score in outcome.scores.items()
    ]
    lines.append(f"wrote {program if program.exists() else path}")
    sys.stdout.write("\n".join(lines) + "\n")


def _report_seeds(path: Path, summary: dict[str, Any], json_output: bool) -> None:
    from tpc.training.run_writer import PROGRAM

    if json_output:
        print_json(summary)
        return
    if summary["status"] == "interrupted":
        note(f"interrupted: tpc train --resume {path} goes on")
    found = summary["seeds"]
    lines = ["   seed  epochs  rounds     val %    test %"]
    lines += [
        f"{run['seed']:7d}  {run['epochs']:6d}  {run['rounds']:6d}  {100 * run['val']:8.2f}  "
        f"{100 * run['test']:8.2f}"
        + ("" if run["status"] == "finished" else f"  {run['status']}")
        + ("  best by validation" if run["seed"] == found["best"] else "")
        for run in found["runs"]
    ]
    for name in ("mean", "deviation"):
        if found[name] is not None:
            val, test = (100 * found[name][split] for split in ("val", "test"))
            lines.append(f"{name:>23s}  {val:8.2f}  {test:8.2f}")
    written = path / PROGRAM if (path / PROGRAM).exists() else path
    lines.append(f"{summary['seconds']:.0f} s; wrote {written}, of seed {found['best']}")
    sys.stdout.write("\n".join(lines) + "\n")


def _resumed(path: Path) -> Outcome:
    from tpc.training.plan import read_plan
    from tpc.training.session import resume_run

    with _progress(read_plan(path).recipe) as listener:
        return resume_run(path, listener)


@contextmanager
def _progress(recipe: Recipe) -> Iterator[Callable[[EpochMetrics], None]]:
    """What shows each epoch or round: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        shown = bar.add_task("", total=recipe.n_rounds)

        def listener(metrics: EpochMetrics) -> None:
            accuracy = 100 * metrics.discrete.token_accuracy
            text = f"{recipe.step(metrics.epoch)}: loss {metrics.train_loss:.4f}, "
            text += f"validation {accuracy:.2f} %"
            if metrics.discrete.f1 is not None:
                text += f", F1 {100 * metrics.discrete.f1:.2f} %"
            bar.update(shown, completed=metrics.epoch, description=text)

        yield listener
