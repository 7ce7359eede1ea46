"""`tpc train`: from a task to a run directory with a network and its program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tpc.cli import train_run
from tpc.cli.common import JsonOption, note
from tpc.cli.train_options import command_with_options
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from tpc.training.plan import Plan


def train() -> None:
    """Train a network on a generated task or on text, and export its program.

    The run directory holds the configuration, the weights, the metrics of every epoch and
    program.tpir. Ctrl-C ends training early, with the best network so far.
    """


def _train(
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="[TASK]",
            help="A generated task (sort, hist, dyck1, ...: see tpc data) or a corpus (conll_ner, "
            "conll_pos, conll_chunk, trec, rotten_tomatoes, subj, ag_news); none with --data and "
            "--kind.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="RUN_DIR", help="Directory to make.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="RUN_DIR", help="Go on with a run that was killed or interrupted."),
    ] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a run that is there.")] = False,
    json_output: JsonOption = False,
    **given: Any,  # noqa: ANN401 - the options of training, of many types
) -> None:
    if resume is not None:
        if task or output or overwrite or given:
            raise TpcError(
                "--resume goes on as the run began, so it takes no other options",
                hint=f"tpc train --resume {resume}",
            )
        train_run.resume(resume, json_output)
        return
    if (task is None and "data" not in given) or output is None:
        raise TpcError("name a task and a run directory", hint="tpc train sort -o RUN_DIR")
    from tpc.training.planning import plan_training
    from tpc.training.seed_options import refuse_idle_device, seeds_options

    seeds = seeds_options(given)
    plan = plan_training(task, given)
    refuse_idle_device(plan, given.get("device", "auto"))
    _note_text(plan)
    if seeds is not None:
        train_run.train_seeds(plan, output, seeds, overwrite, json_output)
    else:
        train_run.train_one(plan, output, overwrite, json_output)


TrainCommand = command_with_options(_train)


def _note_text(plan: Plan) -> None:
    """Say which sentences of a corpus are too long or too short, and what its tags are."""
    from tpc.data.corpus import Corpus
    from tpc.evaluation.metrics import span_scheme

    corpus = plan.dataset
    if not isinstance(corpus, Corpus):
        return
    if any(corpus.dropped.values()):
        left_out = [f"{count:,} of {name}" for name, count in corpus.dropped.items() if count]
        longest = corpus.max_length - 2
        note(f"left out, with more than {longest} or too few words: {', '.join(left_out)}")
    if not corpus.pooled:
        scheme = span_scheme(corpus.classes, (tags for _, tags in corpus.splits.train))
        marks = f"mark spans by {scheme}, which F1 counts" if scheme else "mark no spans: no F1"
        note(f"the tags {marks}")
