"""A story as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from tpc.explain.rules import ScoredRule
from tpc.explain.tables import aligned, visible
from tpc.story.departures import Departures
from tpc.story.story import Story

#: Ways of being wrong that are shown, and words of a vote.
_MAX_KINDS, _MAX_WORDS = 8, 6

#: Columns that text beside a name has at least.
_LEAST = 40


def story_text(told: Story, width: int) -> str:
    """The paragraph, the variables, the strongest votes, the departures.

    Args:
        told: The story.
        width: Of a line.
    """
    parts = [
        textwrap.wrap(
            " ".join(told.sentences), width, break_long_words=False, break_on_hyphens=False
        ),
        list(_variables(told, width)),
        list(_votes(told.votes, width)),
        list(_departures(told.departures, width)) if told.departures else [],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _variables(told: Story, width: int) -> Iterator[str]:
    left = max((len(one.name) for one in told.variables), default=0)
    left = min(left, width // 3)
    for one in told.variables:
        yield from _beside(one.name, one.words, left, width)
    if told.untold:
        yield f"and {told.untold} more (tpc inspect --all)"


def _beside(name: str, text: str, left: int, width: int) -> Iterator[str]:
    """A name, and beside it text in lines of at most a width; a long name has its own lines."""
    names = textwrap.wrap(name, left, break_on_hyphens=False) or [""]
    room = max(width - left - 2, _LEAST)
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    for index in range(max(len(names), len(lines))):
        beside = lines[index] if index < len(lines) else ""
        yield f"{names[index] if index < len(names) else '':<{left}}  {beside}".rstrip()


def _votes(votes: Sequence[ScoredRule], width: int) -> Iterator[str]:
    if not votes:
        return
    rows = [["votes", "for"], *([f"{rule.weight:+.4g}", visible(rule.label)] for rule in votes)]
    start = aligned(rows, right=[0])
    wide = max(map(len, start))
    yield f"{start[0]:<{wide}}  if"
    for line, rule in zip(start[1:], votes, strict=True):
        yield from _beside(line, _condition(rule), wide, width)


def _condition(rule: ScoredRule) -> str:
    """When a vote counts, with a few of its words."""
    where = "position" if rule.where == "%positions" else rule.where.removeprefix("%")
    if not rule.n_words:
        return f"{where} is {visible(rule.value)}" if rule.value else f"for each 1 of {where}"
    named = " ".join(map(visible, rule.words[:_MAX_WORDS]))
    more = rule.n_words - _MAX_WORDS
    return f"{where} is {named}" + (f" or one of {more:,} more" if more > 0 else "")


def _departures(found: Departures, width: int) -> Iterator[str]:
    if not found.kinds:
        return
    rows = [["right", "says", "labels", "inputs", "such as"]]
    for kind in found.kinds[:_MAX_KINDS]:
        example = " ".join(map(visible, kind.example.tokens))
        said = visible(kind.found) if kind.found else "nothing"
        rows.append([visible(kind.expected), said, f"{kind.labels:,}", f"{kind.inputs:,}", example])
    room = max(width, _LEAST)
    yield from (line[:room].rstrip() for line in aligned(rows, right=[2, 3]))
    more = len(found.kinds) - _MAX_KINDS
    if more > 0:
        yield f"and {more} more kinds (--json has all)"
