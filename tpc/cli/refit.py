"""`tpc opt --pareto` and `--budget-tokens`: a classifier fitted again, with few votes."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tpc.cli import common
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from tpc.data.task import Row
    from tpc.ir.program import Program
    from tpc.refit.curve import Point

#: Of a file without splits, each row of this number is for validation.
_EVERY = 10

_PICTURE, _TABLE = "curve.svg", "curve.csv"


def check_options(
    *,
    pareto: bool,
    budget: int | None,
    extra: Mapping[str, object],
    output: str,
    others: Mapping[str, object],
) -> bool:
    """Whether votes are to be fitted again, and nothing else is asked for.

    Args:
        pareto: Whether all programs of the curve are asked for.
        budget: Or the best within so many tokens.
        extra: Options that belong to these two, by name, `--data` among them.
        output: Where to write.
        others: Options that do not go with them, by name.

    Raises:
        TpcError: The options contradict one another, or something is missing.
    """
    if not pareto and budget is None:
        for option, value in extra.items():
            if value is not None:
                raise TpcError(f"{option} is for --pareto and --budget-tokens: say one of them too")
        return False
    if pareto and budget is not None:
        raise TpcError("--pareto writes all programs and --budget-tokens one: give one of them")
    name = "--pareto" if pareto else "--budget-tokens"
    if extra["--data"] is None:
        raise TpcError(
            f"{name} fits the votes again, and needs rows for it",
            hint="name them with --data: a folder with a file a split, or a file",
        )
    if pareto and output == common.STANDARD:
        raise TpcError("--pareto writes several programs", hint="name a folder with -o")
    given = [other for other, value in others.items() if value]
    if given:
        raise TpcError(f"{name} and {given[0]} exclude each other")
    return True


def refit(
    program: Program,
    data: str,
    output: str,
    *,
    budget: int | None,
    words: int | None,
    as_json: bool,
) -> None:
    """Fit a program's votes again, and write the programs of the curve or the best within a budget.

    Args:
        program: The program.
        data: The rows.
        output: A folder, or with a budget a file.
        budget: Tokens of Python.
        words: How many words are kept, if not all.
        as_json: Whether to print what was found as JSON.

    Raises:
        TpcError: The program has no classifier, or the data do not fit it.
    """
    from tpc.ir.printer import print_program
    from tpc.refit.curve import curve, within
    from tpc.refit.vocabulary import with_words

    if words is not None:
        program = with_words(program, words)
    train, val = _rows(program, data)
    points = curve(program, train, val, Path(data).name, common.progress)
    if budget is None:
        _write_all(program, points, Path(output))
    else:
        points = [within(points, budget)]
        common.write_text(output, print_program(points[0].program))
    if as_json:
        common.print_json({"points": [point.to_json() for point in points]})
        return
    for point in points:
        common.note(
            f"{point.tokens:,} tokens of Python, {point.votes:,} votes: {100 * point.val:.1f} on "
            f"{len(val):,} validation rows"
        )
    common.note("fitted again: these are other programs, whose labels need not be the network's")


def _rows(program: Program, data: str) -> tuple[list[Row], list[Row]]:
    """The rows to fit to, and those to score on."""
    if Path(data).is_file():
        rows = common.given_rows(program, data, "train")
        held_out = rows[_EVERY - 1 :: _EVERY]
        train = [row for index, row in enumerate(rows) if index % _EVERY != _EVERY - 1]
    else:
        train, held_out = (common.given_rows(program, data, name) for name in ("train", "val"))
    if not train or not held_out:
        raise TpcError(f"{data} has too few rows to fit to some and score on others")
    return train, held_out


def _write_all(program: Program, points: list[Point], folder: Path) -> None:
    """A file for each program, the table and the picture."""
    from tpc.files import write_atomic
    from tpc.ir.printer import print_program
    from tpc.refit.picture import drawn

    folder.mkdir(parents=True, exist_ok=True)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["program", *points[0].to_json()])
    for point in points:
        name = f"{program.name}-{point.tokens}.tpir"
        write_atomic(folder / name, print_program(point.program).encode())
        writer.writerow([name, *point.to_json().values()])
    write_atomic(folder / _TABLE, table.getvalue().encode())
    title = f"{program.name}: tokens of Python and validation score"
    write_atomic(folder / _PICTURE, drawn(points, title).encode())
