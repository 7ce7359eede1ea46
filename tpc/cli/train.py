"""`tpc train`: from a task to a run directory with a network and its program."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tpc.cli.common import JsonOption, note, print_json
from tpc.cli.oracle import (
    AlphabetOption,
    CommandOption,
    LengthsOption,
    LimitOption,
    OracleOption,
    PropertyOption,
    RoundsOption,
    RunOption,
    TimeoutOption,
    TriesOption,
    UntilProvedOption,
    asks_oracle,
    refuse_rounds,
    train_oracle,
    train_until_proved,
)
from tpc.diagnostics import TpcError
from tpc.files import read_json

if TYPE_CHECKING:
    from tpc.training.plan import Plan
    from tpc.training.recipe import Recipe
    from tpc.training.run_writer import Outcome
    from tpc.training.state import EpochMetrics
import inspect
from itertools import groupby
from typing import Optional, get_args

from typer.core import TyperCommand
from typer.main import get_command

from tpc.training.budget import parse_time
from tpc.training.option import DataKind, ModelKind, Option, RecipeName, RunKind


def train() -> None:
    """Train a network on a generated task or on text, and export its program.

    The run directory holds the configuration, the weights, the metrics of every epoch and
    program.tpir. Ctrl-C ends training early, with the best network so far.
    """


def _train(
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="TASK",
            help="A generated task (sort, hist, dyck1, ...: see tpc data), one of your own in "
            "Python (FILE.py, FILE.py:NAME or MODULE:NAME) or a corpus (conll_ner, conll_pos, "
            "conll_chunk, trec, rotten_tomatoes, subj, ag_news); none with --data.",
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
    time: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Stop after so long, such as 60s or 5m, with the best network by then.",
        ),
    ] = None,
    json_output: JsonOption = False,
    oracle: OracleOption = None,
    oracle_command: CommandOption = None,
    oracle_run: RunOption = None,
    alphabet: AlphabetOption = None,
    lengths: LengthsOption = None,
    rounds: RoundsOption = None,
    oracle_limit: LimitOption = None,
    oracle_tries: TriesOption = None,
    oracle_timeout: TimeoutOption = None,
    until_proved: UntilProvedOption = False,
    properties: PropertyOption = None,
    **given: Any,  # noqa: ANN401 - the options of training, of many types
) -> None:
    from tpc.data.records import SUFFIXES

    deadline = None if time is None else monotonic() + parse_time(time)
    asked = {
        "oracle": oracle,
        "oracle_command": oracle_command,
        "oracle_run": oracle_run,
        "alphabet": alphabet,
        "lengths": lengths,
        "rounds": None if until_proved else rounds,
        "oracle_limit": oracle_limit,
        "oracle_tries": oracle_tries,
        "oracle_timeout": oracle_timeout,
    }
    asks = asks_oracle(asked)
    until_proved = until_proved or bool(properties)
    if resume is not None:
        if task or output or overwrite or given or asks or until_proved or properties:
            raise TpcError(
                "--resume goes on as the run began, so it takes no other options but --time",
                hint=f"tpc train --resume {resume}",
            )
        _resume(resume, json_output, deadline)
        return
    if until_proved:
        train_until_proved(
            None if asks or deadline is not None else output,
            task,
            properties or [],
            rounds,
            given,
            lambda plan: _progress(plan.recipe),
            overwrite=overwrite,
            json_output=json_output,
        )
        return
    if asks:
        if task is not None or output is None:
            hint = "tpc train --oracle FUNCTION --alphabet a,b,c --lengths 1-8 -o RUN_DIR"
            raise TpcError(
                "an oracle takes the place of a task, and needs a run directory", hint=hint
            )
        if deadline is not None:
            raise TpcError(
                "--time is for one training, and an oracle takes several rounds of it",
                hint="leave it out; --rounds 1 trains once",
            )
        train_oracle(
            output,
            asked,
            given,
            lambda plan: _progress(plan.recipe),
            overwrite=overwrite,
            json_output=json_output,
        )
        return
    if task is not None and Path(task).suffix.lower() in SUFFIXES:
        raise TpcError(
            f"{task} is a file of rows, not a task", hint=f"tpc train --data {task} -o RUN_DIR"
        )
    if (task is None and "data" not in given) or output is None:
        raise TpcError("name a task and a run directory", hint="tpc train sort -o RUN_DIR")
    from tpc.model.config import ModelConfig
    from tpc.training.options import refuse_idle_device, seeds_options
    from tpc.training.planning import plan_training
    from tpc.training.seeds import start_seeds
    from tpc.training.session import start_run
    from tpc.training.trial import why

    seeds = seeds_options(given)
    plan = plan_training(task, given)
    refuse_idle_device(plan, given.get("device", "auto"))
    _note_text(plan)
    if plan.is_own and isinstance(plan.model, ModelConfig):
        note(why(plan))
    with _progress(plan.recipe) as listener:
        if seeds is None:
            done: Outcome | dict[str, Any] = start_run(
                plan, output, listener, overwrite, note, deadline
            )
        else:
            done = start_seeds(plan, output, seeds, listener, overwrite, note, deadline)
    _report(output, done, json_output)


def _note_text(plan: Plan) -> None:
    """Say what a user's data were taken for, which sentences are left out, and what tags mark."""
    from tpc.data.corpus import Corpus
    from tpc.data.observations import observations
    from tpc.evaluation.metrics import span_scheme

    corpus = plan.dataset
    if not isinstance(corpus, Corpus):
        return
    if plan.text is not None and plan.text.recognised is not None:
        note(f"{corpus.n_given:,} rows: {plan.text.recognised}")
        for observation in observations(corpus):
            note(observation)
    if any(corpus.dropped.values()):
        left_out = [f"{count:,} of {name}" for name, count in corpus.dropped.items() if count]
        longest = corpus.max_length - 2
        note(f"left out, with more than {longest} or too few words: {', '.join(left_out)}")
    if any(corpus.cut.values()):
        cut = [f"{count:,} of {name}" for name, count in corpus.cut.items() if count]
        note(f"cut into windows of {corpus.max_length - 2} words: {', '.join(cut)}")
    if not corpus.pooled:
        scheme = span_scheme(corpus.classes, (tags for _, tags in corpus.splits.train))
        marks = f"mark spans by {scheme}, which F1 counts" if scheme else "mark no spans: no F1"
        note(f"the tags {marks}")


def _resume(path: Path, json_output: bool, deadline: float | None) -> None:
    """Go on with a run, or with the runs of many seeds, and say what came out."""
    from tpc.training.plan import read_plan
    from tpc.training.run_writer import SEEDS
    from tpc.training.seeds import any_folder, resume_seeds
    from tpc.training.session import resume_run

    refuse_rounds(path)
    many = (path / SEEDS).exists()
    with _progress(read_plan(any_folder(path) if many else path).recipe) as listener:
        done = (resume_seeds if many else resume_run)(path, listener, deadline)
    _report(path, done, json_output)


def _report(path: Path, done: Outcome | dict[str, Any], json_output: bool) -> None:
    """Say what came out: of a run, or of many seeds, whose summary it is."""
    from tpc.training.run_writer import SUMMARY

    if json_output:
        print_json(read_json(path / SUMMARY))
        return
    lines = _seeds_lines(path, done) if isinstance(done, dict) else _run_lines(path, done)
    sys.stdout.write("\n".join(lines) + "\n")


def _run_lines(path: Path, outcome: Outcome) -> list[str]:
    recipe, program = outcome.recipe, _program(path)
    done, best = recipe.done(outcome.steps), recipe.step(outcome.best.epoch)
    if outcome.status == "interrupted":
        note(f"interrupted after {done}: tpc train --resume {path} goes on")
    return [
        f"{done} in {outcome.spent.wall:.0f} s; the network of {best} is the best on the "
        "validation split",
        "accuracy once discretised, which is the program's:" if program else "accuracy:",
        *(
            f"  {split:5s} {100 * score.token_accuracy:6.2f} % of {score.tokens} tokens, "
            f"{100 * score.sequence_accuracy:6.2f} % of {score.rows} sequences"
            + ("" if score.f1 is None else f", F1 {100 * score.f1:.2f} %")
            for split, score in outcome.scores.items()
        ),
        f"wrote {program or path}",
    ]


def _seeds_lines(path: Path, summary: dict[str, Any]) -> list[str]:
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
    written = _program(path) or path
    return [*lines, f"{summary['seconds']:.0f} s; wrote {written}, of seed {found['best']}"]


def _program(path: Path) -> Path | None:
    """The program of a run directory; an ordinary Transformer has none."""
    from tpc.training.run_writer import PROGRAM

    return path / PROGRAM if (path / PROGRAM).exists() else None


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


def command_with_options(function: Callable[..., None]) -> type[TyperCommand]:
    """The class of a command that passes all options of training to a function's `**given`.

    They are many, so that the parameters are made when they are asked for: other commands, and the
    list of all, start without them.
    """

    class Command(TyperCommand):
        def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - typer's own click
            if not self.params:
                made = get_command(_application(function))
                self.params, self.callback = made.params, made.callback
            return super().get_params(ctx)

    return Command


def _application(function: Callable[..., None]) -> typer.Typer:
    from tpc.training.options import OPTIONS

    def called(**values: Any) -> None:  # noqa: ANN401 - of many types
        function(**{name: value for name, value in values.items() if value is not None})

    own = inspect.signature(function, eval_str=True).parameters.values()
    parameters = [parameter for parameter in own if parameter.kind is not parameter.VAR_KEYWORD]
    parameters += [_parameter(option) for option in OPTIONS.values()]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    application = typer.Typer(add_completion=False)
    application.command()(called)
    return application


def _parameter(option: Option) -> inspect.Parameter:
    shown = option.default_text or described_defaults(option)
    text = f"{option.help.removesuffix('.')} [{shown}]." if shown else option.help
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=typer.Option(None, help=text, rich_help_panel=option.panel, show_default=False),
        annotation=Optional[option.values],  # noqa: UP045 - a value, not an annotation
    )


def described_defaults(option: Option) -> str:
    """An option's defaults, such as `60, text 0; paper: 0`; empty if there is none."""
    runs: dict[str, tuple[RunKind, ...]] = {
        "default": _runs("program", "default"),
        "paper": _runs("program", "paper"),
        "standard": _runs("standard", "paper"),
    }
    if option.only == "program":
        del runs["standard"]
    if option.only == "standard":
        runs = {"default": runs["standard"]}
    rows = {name: tuple(map(option.default_for, kinds)) for name, kinds in runs.items()}
    texts = []
    for row, names in groupby(rows, key=rows.__getitem__):
        heading = ", ".join(names)
        texts.append(("" if "default" in heading else f"{heading}: ") + _described(*row))
    return "" if option.default_for(runs["default"][0]) is None else "; ".join(texts)


def _runs(model: ModelKind, recipe: RecipeName) -> tuple[RunKind, ...]:
    return tuple(RunKind(model, recipe, data) for data in get_args(DataKind))


def _described(generated: object, tagging: object, classification: object) -> str:
    text = [_shown(generated)]
    if tagging == classification != generated:
        text.append(f"text {_shown(tagging)}")
    else:
        texts = {"tagging": tagging, "classification": classification}
        text += [f"{name} {_shown(value)}" for name, value in texts.items() if value != generated]
    return ", ".join(text)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


TrainCommand = command_with_options(_train)
