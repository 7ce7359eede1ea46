"""Writes the files of all tasks: `python -m benchmarks.own_tasks.generate`.

The same bytes every time, so that the files in the repository can be compared with it.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from benchmarks.own_tasks.task import Row, Task
from benchmarks.own_tasks.tasks import TASKS

DATA = Path(__file__).parent / "data"


def files(task: Task) -> dict[str, str]:
    """The text of a task's two files, by name."""
    train, test = task.splits()
    return {
        f"{task.name}.{split}.{task.suffix}": text_of(task, rows)
        for split, rows in (("train", train), ("test", test))
    }


def path_of(task: Task, split: str) -> Path:
    """Where a file of a task is."""
    return DATA / f"{task.name}.{split}.{task.suffix}"


def text_of(task: Task, rows: list[Row]) -> str:
    """Rows in the task's format."""
    if task.form == "conll":
        return "\n".join(
            "".join(
                f"{token} {label}\n" for token, label in zip(row.tokens, row.labels, strict=True)
            )
            for row in rows
        )
    if task.form in ("csv", "tsv"):
        return _table(task, rows)
    return "".join(json.dumps(_value(task, row), separators=(",", ":")) + "\n" for row in rows)


def _value(task: Task, row: Row) -> object:
    if task.form == "pairs":
        return [row.tokens, row.label]
    tokens: object = " ".join(row.tokens) if task.form == "text" else row.tokens
    return dict(zip(task.columns, (tokens, row.label), strict=True))


def _table(task: Task, rows: list[Row]) -> str:
    stream = io.StringIO()
    delimiter = "," if task.form == "csv" else "\t"
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerow(task.columns)
    writer.writerows((" ".join(row.tokens), " ".join(row.labels)) for row in rows)
    return stream.getvalue()


def main() -> None:
    DATA.mkdir(exist_ok=True)
    for task in TASKS.values():
        for name, text in files(task).items():
            (DATA / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
