"""Small programs with a classifier, and rows that they label right."""

from __future__ import annotations

import random
from pathlib import Path

from tests.backends.test_window import window_program
from tests.docs.blocks import ROOT
from tpc.data.task import Row
from tpc.frontends.program_file import read_program_file
from tpc.ir.program import Program
from tpc.ir.words import PAD
from tpc.semantics.interpreter import run

#: By how their classifier adds up: words around a position, words of a sentence, counts.
PROGRAMS = {
    "words": lambda: window_program((0, -1, 2)),
    "pooled": lambda: window_program((0, 3), at=2, pooled=True),
    "numbers": lambda: read_program_file(ROOT / "programs" / "sort" / "sort.tpir"),
}


def rows_of(program: Program, count: int = 200) -> list[Row]:
    """Random inputs with the labels that the program gives, none where its language has none."""
    stream = random.Random(3)
    rows: list[Row] = []
    for ids in program.language.sample(program.max_length, count, 1):
        words = tuple(program.vocabulary[index] for index in ids)
        labels = run(program, words, raw=True)
        scored = program.language.scored(ids, program.max_length)
        assert scored is not None
        if isinstance(labels, str):
            tags: list[str] = [labels] + [PAD] * (len(words) - 1)
        else:
            tags = [label if kept else PAD for label, kept in zip(labels, scored, strict=True)]
        rows.append((words, tuple(tags)))
    stream.shuffle(rows)
    return rows


def written(rows: list[Row], path: Path) -> Path:
    """The rows as a file of pairs."""
    import json

    path.write_text("".join(json.dumps([[*a], [*b]]) + "\n" for a, b in rows), encoding="utf-8")
    return path
