"""`tpc eval`: how well does the program do its task?"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tpc.cli.common import JsonOption, ProgramArgument, print_json, read_program
from tpc.diagnostics import Location, TpcError
from tpc.files import read_text

if TYPE_CHECKING:
    from tpc.data.task import Row

_HINT = 'a row is [tokens, tags]: [["<s>", "3", "1", "</s>"], ["<pad>", "1", "3", "<pad>"]]'


def evaluate_program(
    program: ProgramArgument,
    split: Annotated[
        str, typer.Option(help="train, val, test or all: of the data it was trained on.")
    ] = "all",
    data: Annotated[
        Path | None,
        typer.Option(metavar="FILE.jsonl", help="Rows [tokens, tags] to score on instead."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Score a program on the splits of its generated data, or on rows of your own.

    Positions tagged <pad> are not scored, as in the authors' code.
    """
    from tpc.data.splits import SPLIT_NAMES
    from tpc.evaluation import generated_data, score

    loaded = read_program(program)
    if data is not None:
        rows = {str(data): _read_rows(data)}
    else:
        if split not in (*SPLIT_NAMES, "all"):
            raise TpcError(f"there is no split '{split}'", hint="train, val, test or all")
        splits = generated_data(loaded).splits
        rows = {name: list(splits.named(name)) for name in SPLIT_NAMES if split in (name, "all")}
    scores = {name: score(loaded, found) for name, found in rows.items()}
    if as_json:
        print_json({name: asdict(found) for name, found in scores.items()})
        return
    for name, found in scores.items():
        skipped = f", {found.skipped:,} rows with unknown tokens skipped" if found.skipped else ""
        print(
            f"{name}: {found.token_accuracy:.4%} of {found.tokens:,} labels, "
            f"{found.sequence_accuracy:.4%} of {found.rows:,} sequences{skipped}"
        )


def _read_rows(path: Path) -> list[Row]:
    return [
        _row(line, str(path), number)
        for number, line in enumerate(read_text(path).splitlines(), 1)
        if line.strip()
    ]


def _row(line: str, name: str, number: int) -> Row:
    place = Location(name, number, 1, line, len(line))
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        place = Location(name, number, error.colno, line)
        raise TpcError("this line is no JSON", location=place, hint=_HINT) from None
    if not isinstance(row, list) or len(row) != 2:
        raise TpcError("this line is no row", location=place, hint=_HINT)
    tokens, tags = ([part] if isinstance(part, str) else part for part in row)
    for part in (tokens, tags):
        if not isinstance(part, list) or not all(isinstance(word, str) for word in part):
            raise TpcError("tokens and tags are lists of strings", location=place, hint=_HINT)
    if len(tags) not in (1, len(tokens)):
        raise TpcError(
            f"{len(tokens)} tokens have {len(tags)} tags", location=place, hint="one tag a token"
        )
    return tuple(tokens), tuple(tags)
