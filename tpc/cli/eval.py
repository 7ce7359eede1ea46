"""`tpc eval`: how well does the program do its task?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from tpc.cli import common
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from tpc.evaluation.metrics import Confusion
    from tpc.evaluation.scores import SplitScore


def evaluate_program(
    program: common.ProgramArgument,
    split: Annotated[
        str | None, typer.Option(help="train, val, test or all; all without --data FILE.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Score on a file (JSON lines, CSV, TSV, CoNLL columns, Parquet), on a folder "
            "with a file a split, or on a dataset of the hub, instead of the task's own data.",
        ),
    ] = None,
    task: common.TaskOption = None,
    text_column: Annotated[str | None, typer.Option(help="The column of the text.")] = None,
    label_column: Annotated[str | None, typer.Option(help="The column of the labels.")] = None,
    tokenizer: Annotated[
        str | None, typer.Option(help="treebank or space; by default as in training.")
    ] = None,
    min_length: Annotated[
        int | None, typer.Option(help="Generate rows of other lengths: the shortest.")
    ] = None,
    max_length: Annotated[
        int | None, typer.Option(help="Generate rows of other lengths: the longest.")
    ] = None,
    any_length: Annotated[
        bool,
        typer.Option(
            "--any-length", help="Score rows longer than any in training too; --max-length does."
        ),
    ] = False,
    in_windows: Annotated[
        bool,
        typer.Option("--windows", help="Score rows that are too long as `tpc run --windows` does."),
    ] = False,
    confusion: Annotated[
        bool, typer.Option("--confusion", help="Show which class is taken for which.")
    ] = False,
    as_json: common.JsonOption = False,
) -> None:
    """Score a program on the splits of its own data, or on any other data.

    Positions tagged `<pad>` are not scored, as in the authors' code. A program that never looks at
    positions can be scored on lengths that it was not trained on. A program of a task in Python is
    scored on its rows with --task; tpc verify --task says whether it is right on every input.
    """
    from tpc.evaluation.rows import Reading, given_rows, own_task_rows
    from tpc.evaluation.scores import score
    from tpc.runtime.sentences import check_windows

    loaded = common.read_program(program)
    if in_windows:
        _refuse({"--any-length": any_length or None}, "and --windows exclude each other")
        check_windows(loaded)
    lengths = (min_length, max_length)
    if data is None:
        _refuse({"--text-column": text_column, "--label-column": label_column}, "needs --data")
        _refuse({"--tokenizer": tokenizer}, "needs --data")
        found_task = None if task is None else common.given_task(loaded, task)
        rows = own_task_rows(loaded, split, lengths, found_task)
    else:
        given = {"--min-length": min_length, "--max-length": max_length}
        _refuse({"--task": task}, "has rows, and so has --data")
        _refuse(given, "generates rows, and --data has rows of its own")
        rows = given_rows(loaded, data, split, Reading(text_column, label_column, tokenizer))
    unseen_is_wrong = data is not None or lengths != (None, None)
    longer = any_length or max_length is not None
    scores = {
        name: score(
            loaded,
            found,
            unseen_is_wrong=unseen_is_wrong,
            any_length=longer,
            in_windows=in_windows,
        )
        for name, found in rows.items()
    }
    if as_json:
        common.print_json({name: found.to_json() for name, found in scores.items()})
        return
    for name, found in scores.items():
        print(_summary(name, found))
        if confusion:
            _print_table(found.confusion)


def _refuse(options: Mapping[str, object], why: str) -> None:
    for name, value in options.items():
        if value is not None:
            raise TpcError(f"{name} {why}")


def _summary(name: str, found: SplitScore) -> str:
    parts = [
        f"{found.token_accuracy:.4%} of {found.tokens:,} labels",
        f"{found.sequence_accuracy:.4%} of {found.rows:,} sequences",
    ]
    if found.spans is not None:
        spans = found.spans
        parts.append(
            f"spans ({spans.scheme}): precision {spans.precision:.4%}, recall {spans.recall:.4%}, "
            f"F1 {spans.f1:.4%}"
        )
    left_out = {
        "rows with unknown tokens skipped": found.skipped,
        "rows that are too long skipped": found.too_long,
        "rows with sums beyond the tables skipped": found.uncovered,
        "labels are no class of the program": found.unseen,
    }
    parts += [f"{count:,} {what}" for what, count in left_out.items() if count]
    return f"{name}: " + ", ".join(parts)


def _print_table(found: Confusion) -> None:
    rows = [
        (name, *(f"{count:,}" if count else "." for count in row))
        for name, row in zip(found.classes, found.counts, strict=True)
    ]
    wide = 20 + sum(max(8, len(name) + 2) for name in found.classes)
    common.print_table(("true \\ answered", *found.classes), rows, least=wide)
