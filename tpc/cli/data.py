"""`tpc data`: the rows of a generated task, as JSON lines."""

from __future__ import annotations

from typing import Annotated

import typer

from tpc.cli.common import STANDARD, OutputOption, write_text
from tpc.diagnostics import one_of


def data(
    task: Annotated[
        str,
        typer.Argument(help="Task, for example sort, hist or dyck1; or one in Python: FILE.py."),
    ],
    vocab_size: Annotated[
        int | None, typer.Option(help="Vocabulary with its special tokens; ignored by Dyck.")
    ] = None,
    dataset_size: Annotated[int | None, typer.Option(help="Rows, all splits together.")] = None,
    min_length: Annotated[int | None, typer.Option(help="As the generator takes it.")] = None,
    max_length: Annotated[int | None, typer.Option(help="Longest row, framing counted.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the rows and of the splits.")] = None,
    unique: Annotated[bool, typer.Option(help="Drop repeated sequences.")] = True,
    split: Annotated[str, typer.Option(help="train, val or test.")] = "train",
    output: OutputOption = STANDARD,
) -> None:
    """Write one split of a generated task as JSON lines `[tokens, tags]`."""
    from tpc.data.dataset import json_lines, load_dataset, task_arguments
    from tpc.data.splits import SPLIT_NAMES
    from tpc.data.tasks import given_task

    found = given_task(task)
    name = one_of(SPLIT_NAMES, split, "split")
    arguments = task_arguments(
        found,
        vocab_size=vocab_size,
        dataset_size=dataset_size,
        min_length=min_length,
        max_length=max_length,
        seed=seed,
        unique=unique,
    )
    text = "".join(json_lines(load_dataset(found, arguments).splits.named(name)))
    write_text(output, text)
