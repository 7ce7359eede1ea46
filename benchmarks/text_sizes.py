"""Size against accuracy of programs of graded words: prints the table, draws it.

    python benchmarks/text_sizes.py DIR [--figure FILE.svg]

DIR is what `tpc reproduce text` has made, of which seed 0 is taken.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tpc.sweep.sweeping import asked_trials, read_rows

RIGHT = 480
"""Where words to the right of a point would leave the picture."""


@dataclass(frozen=True)
class Point:
    """One program: what it was trained with, its tokens of Python, and its scores in percent."""

    task: str
    grades: int
    window: int
    tokens: int
    val: float
    test: float


def points(folder: Path) -> Iterator[Point]:
    """The programs of graded words: F1 where tags mark spans, else the share of right labels."""
    for trial, row in read_rows(folder, asked_trials(folder)).items():
        grades, seed = trial.options.get("grades", 0), trial.options["seed"]
        if trial.task is not None and grades and seed == 0 and "tokens" in row:
            val, test = (
                100 * (row.get(f"{s}_f1") or row[f"{s}_accuracy"]) for s in ("val", "test")
            )
            yield Point(trial.task, grades, trial.options["window"], row["tokens"], val, test)


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
            # What stands far to the right has its words to the left.
            place = f'x="{x + 9}"' if x < RIGHT else f'x="{x - 9}" text-anchor="end"'
            parts.append(f'  <text {place} y="{y + below}" fill="{colour}">{text}</text>')
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
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--figure", type=Path)
    given = parser.parse_args()
    found = list(points(given.folder))
    print("| corpus | grades, window | val | test | tokens of Python |\n|---|---|---|---|---|")
    for one in found:
        score = f"{one.val:.1f} | {one.test:.1f} | {one.tokens:,}"
        print(f"| `{one.task}` | {one.grades}, {one.window} | {score} |")
    if given.figure:
        given.figure.write_text(drawn(found), encoding="utf-8")


if __name__ == "__main__":
    main()
