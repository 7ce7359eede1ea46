"""`tpc verify`: is the program equal to its network, and is it right?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from tpc.cli import common
from tpc.cli.programs_alike import UNDECIDED, compare_programs
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from tpc.ir.program import Program
    from tpc.verification.report import Report


#: More inputs than these are said to be many, before the comparison begins.
_MANY = 500_000


def verify(
    program: common.ProgramArgument,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="RUN_DIR|FILE",
            help="The run that it came from, or another program.",
        ),
    ] = None,
    task: common.TaskOption = None,
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
    require_proof: Annotated[
        bool,
        typer.Option(
            "--require-proof",
            help="Spend minutes on it if need be, and exit with 3 where nothing was decided.",
        ),
    ] = False,
    engine: common.EngineOption = "local",
    address: common.AddressOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Compare a program with its network, part by part and on inputs, or with what its task asks.

    Equal parts prove an exported program equal to its network on every string. Every input of the
    program's language is tried where there are few enough, else a sample, which proves nothing.
    Exit status 1 means that an input shows a difference: from the network with --against, from the
    right labels with --task. Another program in place of a run: do both answer alike on
    all inputs of the first one's language?
    """
    if (against is None) == (task is None):
        raise TpcError(
            "say what to compare the program with: --against RUN_DIR or FILE, or --task TASK",
            hint="a run: is it its network? a program: do they answer alike? a task: is it right?",
        )
    loaded = common.optimised(common.read_program(program), level)
    with common.proofs_by(engine, address):
        if task is not None:
            _refuse_of_networks(vocabulary, ignore_option, data)
            _verify_task(loaded, task, target, (limit, samples, seed), require_proof, as_json)
        assert against is not None, "checked above"
        if against.is_file():
            _refuse_of_networks(vocabulary, ignore_option, data)
            if target:
                raise TpcError("programs are compared as they are, without --target")
            _verify_program(loaded, (program, str(against)), limit, require_proof, as_json)
        from tpc.model.run_dir import load_run
        from tpc.runtime.backend import INTERPRETER
        from tpc.verification.report import report_lines
        from tpc.verification.verify import VerificationOptions, verify_program

        targets = common.chosen_targets(target, (INTERPRETER,))
        run = load_run(against, common.read_vocabulary(vocabulary), ignore_option or ())
        rows = None
        if data is not None:
            rows = tuple(words for words, _ in common.given_rows(loaded, data, "test"))
        options = VerificationOptions(targets, limit, samples, seed, rows, require_proof)
        count = loaded.language.count(loaded.max_length)
        if _MANY < count <= limit:
            common.note(
                f"comparing on all {count:,} inputs, which takes minutes; --limit 0 samples them"
            )
        report = verify_program(loaded, run, options, common.progress)
    if as_json:
        common.print_json(_as_json(report))
    else:
        print("\n".join(report_lines(report, loaded.name, str(against))))
    open_ = require_proof and not report.proved
    raise typer.Exit((UNDECIDED if open_ else 0) if report.equal else 1)


def _verify_program(
    program: Program, names: tuple[str, str], limit: int, require_proof: bool, as_json: bool
) -> NoReturn:
    """Say whether two programs answer alike, and exit."""
    other = common.read_program(names[1])
    status = compare_programs(program, other, names, limit, as_json=as_json)
    raise typer.Exit(0 if status == UNDECIDED and not require_proof else status)


def _refuse_of_networks(
    vocabulary: Path | None, ignore_option: list[str] | None, data: str | None
) -> None:
    given = {"--vocabulary": vocabulary, "--ignore-option": ignore_option, "--data": data}
    for name, value in given.items():
        if value is not None:
            raise TpcError(f"{name} is for the comparison with a network: --against RUN_DIR")


def _verify_task(
    program: Program,
    named: str,
    target: list[str] | None,
    numbers: tuple[int, int, int],
    require_proof: bool,
    as_json: bool,
) -> NoReturn:
    """Say whether a program is right, and exit."""
    from tpc.evaluation.scores import task_inputs
    from tpc.runtime.backend import INTERPRETER
    from tpc.verification.rightness import check_task, overall, rightness_lines
    from tpc.verification.verify import VerificationOptions

    task = common.given_task(program, named)
    options = VerificationOptions(common.chosen_targets(target, (INTERPRETER,)), *numbers)
    results = check_task(program, task, task_inputs(program, task), options, common.progress)
    right = not any(found.wrong for found in results)
    verdict = overall(results)
    proved = verdict == "proved"
    if as_json:
        targets = [{**asdict(found), "verdict": found.verdict} for found in results]
        found = {"right": right, "proved": proved, "verdict": verdict}
        common.print_json({**found, "targets": targets})
    else:
        print("\n".join(rightness_lines(results, program.name, named)))
    open_ = require_proof and not proved
    raise typer.Exit((UNDECIDED if open_ else 0) if right else 1)


def _as_json(report: Report) -> dict[str, object]:
    verdict = report.verdict()
    return {
        "verdict": verdict.word,
        **asdict(verdict),
        "equal": report.equal,
        "proved": report.proved,
        "parts": report.parts.as_json(),
        "targets": [{**asdict(result), "equal": result.equal} for result in report.results],
    }
