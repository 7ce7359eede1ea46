"""`tpc opt`: a smaller program with the same answers."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tpc.cli import common
from tpc.cli.refit import check_options, refit
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from tpc.evaluation.sizes import EmittedSize
    from tpc.ir.program import Program
    from tpc.passes.base import ApproximationBudget
    from tpc.passes.pipelines import OptimisationResult
    from tpc.passes.steps import PassStep

#: Nodes of a pass that --explain names.
_NAMED = 8


def opt(
    program: Annotated[
        str | None, typer.Argument(metavar="PROGRAM", help="A .tpir file; - reads standard input.")
    ] = None,
    level: Annotated[
        int | None,
        typer.Option(
            "-O",
            min=0,
            max=3,
            help="0: nothing; 1: by analysis alone; 2: proved on the input language; "
            "3: for the reader. 1 is the default.",
        ),
    ] = None,
    passes: Annotated[
        str | None,
        typer.Option("-p", "--passes", help="Run these passes: 'a,b{option=value}'."),
    ] = None,
    output: common.OutputOption = common.STANDARD,
    list_passes: Annotated[bool, typer.Option("--list", help="List the passes.")] = False,
    verify_each: Annotated[
        bool, typer.Option("--verify-each", help="Compare answers before and after each pass.")
    ] = False,
    timing: Annotated[bool, typer.Option("--timing", help="Say how long each pass took.")] = False,
    print_after_all: Annotated[
        bool,
        typer.Option("--print-ir-after-all", help="Print the program after each pass, on stderr."),
    ] = False,
    print_after_change: Annotated[
        bool,
        typer.Option("--print-ir-after-change", help="Print it after each pass that changed it."),
    ] = False,
    allow_approx: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Let passes that are exact on data only run, measured on these, as in tpc eval; "
            "of a folder on the validation split.",
        ),
    ] = None,
    accuracy_loss: Annotated[
        float,
        typer.Option(
            min=0.0, max=1.0, help="The most accuracy, or F1 of spans, that they may lose there."
        ),
    ] = 0.0,
    pareto: Annotated[
        bool,
        typer.Option(
            "--pareto",
            help="Fit the classifier's votes again, on --data, to fewer and fewer small integers: "
            "a program for each size to the folder -o, with a table and a picture.",
        ),
    ] = False,
    budget_tokens: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Likewise, and write the best on validation that takes at most N tokens of "
            "Python.",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="With --pareto or --budget-tokens: the rows, as in tpc eval; of a file every "
            "tenth is for validation.",
        ),
    ] = None,
    words: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="With --pareto or --budget-tokens: keep the N most common words of a program of "
            "text; others are <unk>.",
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Say what each pass that changed something did: sizes, nodes, and its proof.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say what was done as JSON on standard error.")
    ] = False,
) -> None:
    """Make a program smaller without changing an answer.

    -O1 keeps every label on every string over the vocabulary. -O2 and -O3 keep the labels at the
    scored positions of every string of the program's input language, and the program says so.

    --pareto and --budget-tokens are another matter: votes that are learned again make another
    program, which says on what it was fitted and no longer claims to be its network.
    """
    # Matrices are small: several threads would mostly wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from tpc.ir.printer import print_program
    from tpc.passes.base import PassContext
    from tpc.passes.pipelines import (
        DEFAULT_LEVEL,
        PassDifferenceError,
        optimise,
        parse_pipeline,
        printed,
    )

    if list_passes:
        _list()
        return
    if program is None:
        raise TpcError("which program?", hint="name a .tpir file, or - for standard input")
    if level is not None and passes is not None:
        raise TpcError("-O and -p each say which passes to run", hint="give one of them")
    common.refuse_to_replace(output, allow_approx, data)
    others = {"-O": level is not None, "-p": passes, "--allow-approx": allow_approx}
    others |= {"--explain": explain, "--timing": timing, "--verify-each": verify_each}
    fits = check_options(
        pareto=pareto,
        budget=budget_tokens,
        extra={"--data": data, "--words": words},
        output=output,
        others=others,
    )
    loaded = common.read_program(program)
    if fits:
        refit(loaded, str(data), output, budget=budget_tokens, words=words, as_json=as_json)
        return
    budget = None
    if allow_approx is not None:
        budget = _budget(loaded, allow_approx, accuracy_loss)

    programs: list[Program] = []

    def show(name: str, changed: bool, after: Program) -> None:
        if explain:
            programs.append(after)
        if print_after_all or (print_after_change and changed):
            sys.stderr.write(printed(name, after))

    chosen = None if passes is None else parse_pipeline(passes)
    try:
        result = optimise(
            loaded,
            DEFAULT_LEVEL if level is None else level,
            passes=chosen,
            context=PassContext(approximation=budget),
            verify_each=verify_each,
            on_program=show,
        )
    except PassDifferenceError as difference:
        sys.stderr.write(difference.render() + "\n")
        raise typer.Exit(1) from None
    common.write_text(output, print_program(result.program))
    steps = None
    if explain:
        from tpc.passes.steps import pass_steps

        steps = pass_steps(loaded, result, programs, check=True)
    _report(loaded, result, timing, as_json, steps)


def _list() -> None:
    from tpc.passes.pipelines import LEVELS, options, pipeline
    from tpc.passes.registry import find_pass, pass_names

    levels: dict[str, list[str]] = {}
    for level in LEVELS:
        for item in pipeline(level):
            levels.setdefault(item.name, []).append(f"-O{level}")
    names = pass_names()
    width = max(map(len, names))
    for name in names:
        kind = find_pass(name)
        used = " ".join(dict.fromkeys(levels.get(name, ["-p"])))
        sys.stdout.write(f"{name:{width}}  {kind.exactness:12}  {used:11}  {kind.summary}\n")
        for option, (_, default) in options(kind).items():
            sys.stdout.write(f"{'':{width}}    {option}={default}\n")


def _budget(program: Program, data: str, loss: float) -> ApproximationBudget:
    from tpc.passes.base import ApproximationBudget

    found = common.given_rows(program, data, "val")
    rows = tuple((words, tags) for words, tags in found if len(words) <= program.max_length)
    if not rows:
        raise TpcError(f"{data} has no rows that this program takes")
    return ApproximationBudget(Path(data).name, rows, loss)


def _explained(steps: Sequence[PassStep]) -> Iterator[str]:
    """What each pass did, in a few lines."""
    for step in steps:
        one, other = step.before, step.after
        sizes = (
            (one.nodes, other.nodes, "nodes"),
            (one.features, other.features, "features"),
            (one.table_entries, other.table_entries, "table entries"),
        )
        said = [f"{what} {a:,} -> {b:,}" for a, b, what in sizes if a != b]
        yield f"{step.name}: {step.summary}"
        yield f"    {', '.join(said) or 'no size changed'}"
        for word in ("lost", "gained", "changed"):
            names = [f"%{name}" for name in getattr(step, word)]
            if names:
                more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
                yield f"    {word}: {', '.join(names[:_NAMED])}{more}"
        yield f"    {step.promise}; compared on {step.checked}"


def _report(
    program: Program,
    result: OptimisationResult,
    timing: bool,
    as_json: bool,
    steps: Sequence[PassStep] | None,
) -> None:
    from tpc.evaluation.sizes import emitted_size

    before, after = emitted_size(program), emitted_size(result.program)
    if as_json:
        facts = _facts(result, before, after)
        if steps is not None:
            facts["steps"] = [step.to_json() for step in steps]
        common.note(json.dumps(facts, indent=2))
        return
    for line in _explained(steps or ()):
        common.note(line)
    if timing:
        for record in result.records:
            done = record.result.counted
            common.note(f"{record.seconds:7.2f} s  {record.name}{f'  ({done})' if done else ''}")
    for text in result.skipped:
        common.note(f"left alone: {text}")
    one, other = result.before, result.after
    common.note(
        f"{program.name}: nodes {one.nodes} -> {other.nodes}, features {one.features} -> "
        f"{other.features}, table entries {one.table_entries:,} -> {other.table_entries:,}"
    )
    common.note(
        f"emitted Python: tokens {before.tokens:,} -> {after.tokens:,}, bytes {before.bytes:,} -> "
        f"{after.bytes:,}, lines {before.lines:,} -> {after.lines:,}"
        + (f"; beside them {after.embedding:,} words and their classes" if after.embedding else "")
    )


def _facts(
    result: OptimisationResult, before: EmittedSize, after: EmittedSize
) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "before": {**asdict(result.before), "python": asdict(before)},
        "after": {**asdict(result.after), "python": asdict(after)},
        "contract": asdict(result.program.contract),
        "skipped": list(result.skipped),
        "passes": [
            {
                "name": record.name,
                "seconds": round(record.seconds, 3),
                "changed": record.result.changed,
                "statistics": dict(record.result.statistics),
            }
            for record in result.records
        ],
    }
