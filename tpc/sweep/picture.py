"""The programs of a task as a picture: scores against sizes, and the front of them."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tpc.files import write_atomic
from tpc.sweep.table import BEST, Point, Table, by_task, front, points

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 34, 52
#: Where lines may be drawn: scores in percent, and the leading digits of sizes.
_SCORES = (0, 50, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.98, 99.99, 100)
_DIGITS = (1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)
_NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
#: Of pixels between two lines, at least.
_APART = 22


@dataclass(frozen=True)
class _Scale:
    """Where scores and sizes are drawn.

    Scores are drawn by their distance from 100 %, by ratios, so that programs that are all but
    right can be told apart; sizes are drawn by ratios, too.

    Attributes:
        least: The smallest size.
        most: The largest.
        best: The distance from 100 % that is drawn at the top; smaller ones are drawn there, too.
        worst: The largest.
    """

    least: float
    most: float
    best: float
    worst: float

    def x(self, size: float) -> float:
        return LEFT + _between(size, self.least, self.most) * (WIDTH - LEFT - RIGHT)

    def y(self, score: float) -> float:
        return TOP + _between(1 - score, self.best, self.worst) * (HEIGHT - TOP - BOTTOM)


def _between(value: float, least: float, most: float) -> float:
    """0 for the least, 1 for the most, by ratios."""
    if most <= least:
        return 0.5
    return math.log(max(value, least) / least) / math.log(most / least)


def _scale(found: Sequence[Point]) -> _Scale:
    wrong = [1 - point.score for point in found]
    short = [share for share in wrong if share > 0]
    sizes = [max(1.0, point.size) for point in found]
    # What is never wrong is drawn above the best of the others.
    best = min(short, default=1.0) / (2 if min(wrong) <= 0 and short else 1)
    return _Scale(min(sizes) / 1.05, max(sizes) * 1.05, best, max(wrong))


def write_pictures(folder: Path, table: Table, objective: str) -> None:
    """Write the picture of each task that has programs beside the best of them."""
    for task, rows in by_task(table).items():
        if found := points(rows, objective):
            picture = front_picture(found, task).replace("<svg", f"<svg {_NAMESPACE}", 1)
            write_atomic(folder / BEST / f"{task}.svg", picture)


def front_picture(found: Sequence[Point], title: str) -> str:
    """An SVG of programs for a page of HTML; those of the front are joined by a line.

    Args:
        found: As `points` gives them, at least one.
        title: Of the picture.
    """
    scale, beyond = _scale(found), front(found)
    shown = sorted(found, key=lambda point: point in beyond)
    said = html.escape(f"{title}: labels that are right on the validation split, against size")
    return "\n".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
            'class="front">',
            f"<title>{said}</title>",
            _STYLE,
            f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
            f'<text x="{LEFT}" y="20">{said}</text>',
            *_score_lines(scale, found),
            *_size_lines(scale),
            f'<path class="line" d="{_steps(scale, beyond)}"/>',
            *(_dot(scale, point, "best" if point in beyond else "other") for point in shown),
            "</svg>\n",
        ]
    )


def _score_lines(scale: _Scale, found: Sequence[Point]) -> Iterator[str]:
    """From the top down, as many as have room."""
    least, most = min(p.score for p in found), max(p.score for p in found)
    above = -math.inf
    for percent in reversed(_SCORES):
        if not least <= percent / 100 <= most:
            continue
        y = scale.y(percent / 100)
        if y < above + _APART:
            continue
        above = y
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        yield _text(LEFT - 6, y + 4, "end", f"{percent:g} %")


def _size_lines(scale: _Scale) -> Iterator[str]:
    bottom, before = HEIGHT - BOTTOM + 12, -math.inf
    yield f'<path class="axis" d="M{LEFT} {bottom}H{WIDTH - RIGHT}"/>'
    powers = range(int(math.log10(scale.least)), int(math.log10(scale.most)) + 1)
    for size in (digit * 10**power for power in powers for digit in _DIGITS):
        x = scale.x(size)
        if not scale.least <= size <= scale.most or x < before + 2 * _APART:
            continue
        before = x
        yield f'<path class="axis" d="M{x:.1f} {bottom}v4"/>'
        yield _text(x, bottom + 18, "middle", f"{size:,.0f}")
    yield _text(WIDTH - RIGHT, HEIGHT - 6, "end", "tokens of emitted Python")


def _text(x: float, y: float, anchor: str, said: str) -> str:
    return f'<text class="small" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{said}</text>'


def _steps(scale: _Scale, beyond: Sequence[Point]) -> str:
    """What can be had for each size: from the smallest of the front up to the best."""
    first, *rest = reversed(beyond)
    moves = [f"M{scale.x(first.size):.1f} {scale.y(first.score):.1f}"]
    moves += [f"H{scale.x(point.size):.1f}V{scale.y(point.score):.1f}" for point in rest]
    return "".join(moves)


def _dot(scale: _Scale, point: Point, kind: str) -> str:
    said = f"{100 * point.score:.2f} %, {point.size:,.0f} tokens, trial {point.trial.key}"
    said = html.escape(f"{said}\n{point.trial.command}")
    at = f'cx="{scale.x(point.size):.1f}" cy="{scale.y(point.score):.1f}"'
    return f'<circle class="{kind}" {at} r="5"><title>{said}</title></circle>'


_STYLE = """<style>
.front text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: #1f2933; }
.front .small { font-size: 12px; fill: #5b6875; }
.front .ground { fill: #ffffff; }
.front path { fill: none; }
.front .grid { stroke: #e3e8ee; }
.front .axis { stroke: #5b6875; }
.front .line { stroke: #0969da; stroke-width: 1.5; }
.front .other { fill: #5b6875; fill-opacity: 0.35; }
.front .best { fill: #0969da; }
</style>"""
