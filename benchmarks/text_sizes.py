"""Size against accuracy of programs of graded words: trains them, prints the table, draws it.

    python benchmarks/text_sizes.py --data FOLDER --vectors FILE -o RUNS [--figure FILE.svg]

FOLDER has the corpora as `text_results.py` takes them. Each point is one `tpc train --grades` with
seed 0 and `-O1`, whose labels are the network's on every sentence. What is there already is kept.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from text_results import CODE, Entry, train

from tpc.evaluation.sizes import emitted_size
from tpc.ir.parser import parse_program
from tpc.passes.pipelines import optimise

GRADES = {
    "trec": ((4, 2), (6, 2), (8, 3), (12, 5), (16, 4)),
    "conll_ner": ((12, 2), (16, 2), (24, 2)),
    "rotten_tomatoes": ((12, 0),),
    "subj": ((12, 0),),
    "ag_news": ((12, 0),),
}
"""Grades and window of each corpus."""

assert CODE, "runs are processes of their own"


@dataclass(frozen=True)
class Point:
    """One program: what it was trained with, its tokens of Python, and its scores in percent."""

    task: str
    grades: int
    window: int
    tokens: int
    val: float
    test: float


def point(task: str, grades: int, window: int, run: Path) -> Point:
    """The size after -O1 and the scores of a run."""
    program = parse_program((run / "program.tpir").read_text(encoding="utf-8"), str(run))
    scores = json.loads((run / "run.json").read_text())["accuracy"]
    val, test = (scores[s].get("f1") or scores[s]["token_accuracy"] for s in ("val", "test"))
    tokens = emitted_size(optimise(program, 1).program).tokens
    return Point(task, grades, window, tokens, 100 * val, 100 * test)


def drawn(points: list[Point]) -> str:
    """TREC and the names as a picture: tokens to the right, test scores upwards."""
    shown = [p for p in points if p.task in ("trec", "conll_ner")]
    parts = []
    for task, colour, word in (("trec", "#1f6feb", "TREC"), ("conll_ner", "#b3541e", "names")):
        spots = sorted((_x(p.tokens), _y(p.test), p) for p in shown if p.task == task)
        for index, (x, y, one) in enumerate(spots):
            parts.append(f'  <circle cx="{x}" cy="{y}" r="5" fill="{colour}"/>')
            text = f"{word} {one.test:.1f} in {one.tokens:,}"
            # The names lie close to one another.
            below = 22 if task == "conll_ner" and index % 2 == 0 else 4
            parts.append(f'  <text x="{x + 9}" y="{y + below}" fill="{colour}">{text}</text>')
    ticks = (400, 800, 1200)
    parts += [f'  <text x="{_x(tokens) - 12}" y="312">{tokens:,}</text>' for tokens in ticks]
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 330" width="640" height="330" '
    title = "Tokens of emitted Python, and test accuracy or F1 of graded words"
    return "\n".join(
        [
            f'{head}role="img">',
            f"  <title>{title}</title>",
            '  <rect width="640" height="330" fill="#ffffff"/>',
            "  <style>text { font: 13px system-ui, sans-serif; }</style>",
            '  <path d="M40 20 V295 H630" fill="none" stroke="#5b6875"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def _x(tokens: int) -> int:
    return 40 + round((tokens - 300) * 0.6)


def _y(score: float) -> int:
    return 290 - round((score - 78) * 20)


def main() -> None:
    """Train what is missing, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--vectors", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--figure", type=Path)
    given = parser.parse_args()
    points = []
    print("| corpus | grades, window | val | test | tokens of Python |\n|---|---|---|---|---|")
    for task, sizes in GRADES.items():
        for grades, window in sizes:
            run = given.output / f"{task}-{grades}-{window}"
            options = ("--grades", str(grades), "--window", str(window))
            train(Entry(run.name, task, options), given.data, given.vectors, run)
            one = point(task, grades, window, run)
            points.append(one)
            score = f"{one.val:.1f} | {one.test:.1f} | {one.tokens:,}"
            print(f"| `{task}` | {grades}, {window} | {score} |", flush=True)
    if given.figure:
        given.figure.write_text(drawn(points), encoding="utf-8")


if __name__ == "__main__":
    main()
