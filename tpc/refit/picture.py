"""The curve of size against accuracy as a picture: SVG that depends on the points alone."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from tpc.refit.curve import Point

_WIDTH, _HEIGHT = 640, 330
#: What a point has at least, as a part of the best, to be drawn.
_BEHIND = 0.9

_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 620, 20, 290


def drawn(points: Sequence[Point], title: str) -> str:
    """Points from left to right by tokens, from below by their validation score in percent.

    Those that are far behind the best are left out: they would press the others together.

    Args:
        points: At least one, the smallest first.
        title: What the picture is of.
    """
    best = points[-1].val
    points = [point for point in points if point.val >= _BEHIND * best]
    least, most = points[0].tokens, max(points[-1].tokens, points[0].tokens + 1)
    scores = [100 * point.val for point in points]
    low, high = min(scores), max(*scores, min(scores) + 1)

    def x(tokens: int) -> float:
        return round(_LEFT + 10 + (tokens - least) / (most - least) * (_RIGHT - _LEFT - 90), 1)

    def y(value: float) -> float:
        return round(_BOTTOM - 20 - (value - low) / (high - low) * (_BOTTOM - _TOP - 50), 1)

    spots = [
        (x(p.tokens), y(value), p.tokens, value) for p, value in zip(points, scores, strict=True)
    ]
    line = " L".join(f"{a} {b}" for a, b, _, _ in spots)
    parts = [f'  <path d="M{line}" fill="none" stroke="#9db7de"/>']
    for index, (a, b, tokens, value) in enumerate(spots):
        # Texts stand below and above in turn: points may be close to one another.
        beside = round(b + (16 if index % 2 else -9), 1)
        parts.append(f'  <circle cx="{a}" cy="{b}" r="4" fill="#1f6feb"/>')
        parts.append(f'  <text x="{a}" y="{beside}">{value:.1f} in {tokens:,}</text>')
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            f'width="{_WIDTH}" height="{_HEIGHT}" role="img">',
            f"  <title>{escape(title)}</title>",
            f'  <rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
            "  <style>text { font: 11px system-ui, sans-serif; }</style>",
            f'  <path d="M{_LEFT} {_TOP} V{_BOTTOM} H{_RIGHT}" fill="none" stroke="#5b6875"/>',
            f'  <text x="{_LEFT}" y="{_BOTTOM + 25}">tokens of Python; validation score in percent'
            "</text>",
            *parts,
            "</svg>",
            "",
        ]
    )
