"""`tpc verify`: is the program equal to its network?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tpc.cli.common import (
    IgnoreOption,
    JsonOption,
    OptimiseOption,
    ProgramArgument,
    VocabularyOption,
    optimised,
    print_json,
    progress,
    read_program,
    read_vocabulary,
)

if TYPE_CHECKING:
    from tpc.ir.program import Program
    from tpc.verification.compare import Counterexample, SetResult
    from tpc.verification.verify import Report


def verify(
    program: ProgramArgument,
    against: Annotated[
        Path, typer.Option("--against", metavar="RUN_DIR", help="The run that it came from.")
    ],
    target: Annotated[
        list[str] | None,
        typer.Option("-t", "--target", help="interpreter or a backend; repeat it, or give 'all'."),
    ] = None,
    level: OptimiseOption = 0,
    limit: Annotated[
        int, typer.Option(min=0, help="Exhaust input languages of up to this many inputs.")
    ] = 2_000_000,
    samples: Annotated[int, typer.Option(min=1, help="Inputs of each sample otherwise.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Of the samples.")] = 0,
    vocabulary: VocabularyOption = None,
    ignore_option: IgnoreOption = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Compare on these rows too, instead of the run's own test split: a file, or "
            "the test split of a folder. The authors' runs on text do not say where theirs is.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare a program with its network, variable by variable.

    Every input of the program's language is tried where there are few enough; the report says
    whether that was so or inputs were sampled. Exit status 1 means a difference was found.
    """
    from tpc.model.run_dir import load_run
    from tpc.runtime.targets import INTERPRETER, target_names
    from tpc.verification.verify import Options, verify_program

    loaded = optimised(read_program(program), level)
    targets = tuple(dict.fromkeys(target or [INTERPRETER]))
    if "all" in targets:
        targets = tuple(target_names())
    run = load_run(against, read_vocabulary(vocabulary), ignore_option or ())
    rows = None if data is None else _rows(loaded, data)
    options = Options(targets, limit, samples, seed, rows)
    report = verify_program(loaded, run, options, _progress)
    if as_json:
        print_json(_as_json(report))
    else:
        _print(report, loaded.name, against)
    raise typer.Exit(0 if report.equal else 1)


def _rows(program: Program, data: str) -> tuple[tuple[str, ...], ...]:
    """The words of the rows of a file, or of the test split of anything else."""
    from tpc.evaluation.rows import Reading, given_rows

    split = None if Path(data).is_file() else "test"
    found = given_rows(program, data, split, Reading())
    return tuple(words for rows in found.values() for words, _ in rows)


def _progress(items: Iterable[Any], description: str, total: int) -> Iterable[Any]:
    return progress(items, description, total)


def _as_json(report: Report) -> dict[str, object]:
    return {
        "equal": report.equal,
        "proved": report.proved,
        "targets": [{**asdict(result), "equal": result.equal} for result in report.results],
    }


def _print(report: Report, name: str, against: Path) -> None:
    for result in report.results:
        for found in result.sets:
            print(f"{result.target}: {_sentence(found)}")
    for result in report.results:
        if result.counterexample is not None:
            print(_explain(result.target, result.counterexample))
    if not report.equal:
        print(f"DIFFERENT: {name} is not the network of {against}")
    elif report.proved:
        print(f"EQUAL: {name} is the network of {against}, on every input of its language")
    else:
        print(f"EQUAL as far as sampled: no difference between {name} and {against}")


_PLURALS = ("arbitrary strings", "given rows")


def _sentence(found: SetResult) -> str:
    what = "all" if found.method == "exhaustive" else "a sample of"
    parts = [
        f"{what} {found.inputs:,} {'' if found.name in _PLURALS else 'inputs of the '}{found.name}",
        f"{found.positions:,} labels",
        f"{found.differences:,} differences",
    ]
    if found.near_ties or found.close_calls:
        parts.append(f"{found.near_ties:,} at near-ties ({found.close_calls:,} close calls)")
    if found.traced < found.inputs:
        parts.append(f"every variable on {found.traced:,} of them")
    return ", ".join(parts)


def _explain(target: str, example: Counterexample) -> str:
    import json

    difference = example.difference
    return "\n".join(
        [
            f"{target} differs on {json.dumps(list(example.tokens), ensure_ascii=False)}",
            f"  first at %{difference.variable}, position {difference.position}: "
            f"the network has {difference.expected!r}, the program {difference.found!r}",
            f"  labels of the network: {example.expected}",
            f"  labels of the program: {example.found}",
        ]
    )
