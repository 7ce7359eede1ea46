"""`tpc verify`: is the program equal to its network?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tpc.cli import common

if TYPE_CHECKING:
    from tpc.verification.report import Report


def verify(
    program: common.ProgramArgument,
    against: Annotated[
        Path, typer.Option("--against", metavar="RUN_DIR", help="The run that it came from.")
    ],
    target: common.TargetsOption = None,
    level: common.OptimiseOption = 0,
    limit: Annotated[
        int, typer.Option(min=0, help="Exhaust input languages of up to this many inputs.")
    ] = 2_000_000,
    samples: Annotated[int, typer.Option(min=1, help="Inputs of each sample otherwise.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Of the samples.")] = 0,
    vocabulary: common.VocabularyOption = None,
    ignore_option: common.IgnoreOption = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Compare on these rows too, instead of the run's own test split: a file, or "
            "the test split of a folder. The authors' runs on text do not say where theirs is.",
        ),
    ] = None,
    as_json: common.JsonOption = False,
) -> None:
    """Compare a program with its network, variable by variable.

    Every input of the program's language is tried where there are few enough; the report says
    whether that was so or inputs were sampled. Exit status 1 means a difference was found.
    """
    from tpc.model.run_dir import load_run
    from tpc.runtime.backend import INTERPRETER
    from tpc.verification.report import report_lines
    from tpc.verification.verify import VerificationOptions, verify_program

    loaded = common.optimised(common.read_program(program), level)
    targets = common.chosen_targets(target, (INTERPRETER,))
    run = load_run(against, common.read_vocabulary(vocabulary), ignore_option or ())
    rows = None
    if data is not None:
        rows = tuple(words for words, _ in common.given_rows(loaded, data, "test"))
    options = VerificationOptions(targets, limit, samples, seed, rows)
    report = verify_program(loaded, run, options, common.progress)
    if as_json:
        common.print_json(_as_json(report))
    else:
        print("\n".join(report_lines(report, loaded.name, str(against))))
    raise typer.Exit(0 if report.equal else 1)


def _as_json(report: Report) -> dict[str, object]:
    return {
        "equal": report.equal,
        "proved": report.proved,
        "targets": [{**asdict(result), "equal": result.equal} for result in report.results],
    }
