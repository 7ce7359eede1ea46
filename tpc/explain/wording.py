"""The parts of an explanation as text: sums of votes, chains of causes, what forces and flips."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from tpc.explain.causes import Cause, Place
from tpc.explain.contributions import Contribution
from tpc.explain.forcing import Flips, ForcingSets
from tpc.explain.tables import aligned, in_words, visible
from tpc.ir.nodes import TOKENS

#: Items that are shown before the others are only counted; --json has them all.
MAX_VOTES, MAX_SETS, MAX_ROWS = 8, 3, 24

#: Less is taken for the rounding of sums of floating-point numbers.
_ROUNDING = 1e-10

#: Columns that a line has at least after what sets it in.
_LEAST = 40


def paragraph(text: str, width: int) -> list[str]:
    """Text in lines of at most a width, those after the first set in more than it is."""
    indent = " " * (len(text) - len(text.lstrip(" +-0123456789.")) + 2)
    room = max(width, len(indent) + _LEAST)
    return textwrap.wrap(
        text,
        room,
        subsequent_indent=indent if text.startswith(" ") else "",
        break_long_words=False,
        break_on_hyphens=False,
    )


def number(value: float | Fraction) -> str:
    """A difference with its sign; `~0` is what rounding leaves."""
    if not value:
        return "0"
    return f"{float(value):+.4g}" if abs(float(value)) > _ROUNDING else "~0"


def votes(items: Sequence[Contribution], causes: Sequence[Cause], total: Fraction) -> Iterator[str]:
    """The largest contributions, each with what it comes from, and the sum of the others.

    Args:
        items: All contributions.
        causes: Of their features.
        total: The difference of the logits.
    """
    everywhere = len({item.position for item in items}) > 1
    known = {(cause.variable, cause.position): cause for cause in causes}
    ordered = sorted(items, key=lambda item: -abs(item.difference))
    shown = [item for item in ordered[:MAX_VOTES] if item.difference]
    rest = ordered[len(shown) :]
    left = total - sum((item.difference for item in shown), Fraction(0))
    width = max([len(number(item.difference)) for item in shown] + [len(number(left)), 2])
    seen: set[Place] = set()
    for item in shown:
        place = (item.variable, item.position)
        start = f"  {number(item.difference):>{width}}  "
        for depth, line in chain(place, known, seen, everywhere=everywhere):
            yield (start if depth == 0 else " " * (len(start) + 2 * depth)) + line
    if rest and (left or len(items) > len(shown)):
        others = f"{len(rest)} other{'s' if len(rest) > 1 else ''}"
        yield f"  {number(left):>{width}}  {others}"


def chain(
    place: Place, known: Mapping[Place, Cause], seen: set[Place], *, everywhere: bool = False
) -> Iterator[tuple[int, str]]:
    """The value at a place and what it comes from, as depths and lines; each value is told once."""
    left = [(0, place)]
    while left:
        depth, (name, at) = left.pop()
        cause = known[name, at]
        where = f" at {at}" if depth or everywhere else ""
        again = (name, at) in seen and any(source != TOKENS for source, _ in cause.sources)
        seen.add((name, at))
        yield (
            depth,
            f"{name}{where} = {in_words(cause.value)}: {'above' if again else cause.reason}",
        )
        if not again:
            computed = [source for source in cause.sources if known[source].sources]
            left += [(depth + 1, source) for source in reversed(computed)]


def forced(forcing: ForcingSets, flips: Flips, tokens: Sequence[str], label: str) -> str:
    """What forces the label, in one paragraph."""
    those = f"input of {len(tokens)} token{'s' if len(tokens) != 1 else ''}"
    if forcing.sets is None:
        necessary = ""
        if forcing.necessary:
            necessary = f" {_tokens_at(forcing.necessary, tokens)} are in every set that forces it;"
        return (
            f"What forces it is unknown:{necessary} to decide takes {forcing.inputs:,} inputs, and "
            f"the limit is {forcing.limit:,} (--limit)."
        )
    first, *others = forcing.sets
    tried = f"(All {flips.tried + forcing.inputs:,} inputs that could tell were tried.)"
    if forcing.solver:
        tried = f"({forcing.solver} proved it; to try would take {forcing.inputs:,} inputs.)"
    if not first:
        return (
            f"Nothing is needed to force it: every {those} has the label {in_words(label)}. {tried}"
        )
    text = (
        f"What forces it: {_tokens_at(first, tokens)}. Every {those} that has the same there gets "
        f"the label {in_words(label)}, and no smaller set forces it."
    )
    if others:
        listed = "; ".join(", ".join(map(str, chosen)) for chosen in others[:MAX_SETS])
        more = f"; and {len(others) - MAX_SETS:,} more" if len(others) > MAX_SETS else ""
        text += f" So do {listed}{more}."
    return f"{text} {tried}"


def flipped(flips: Flips) -> str:
    """How many changes of one token flip the label, in one paragraph."""
    if flips.flips is None:
        return (
            f"What flips it is unknown: there are {flips.changes:,} changes of one token, and "
            f"{flips.tried:,} of them would have to be tried (--limit)."
        )
    if not flips.changes:
        return "No token can be changed within the language."
    if not flips.flips:
        return f"No change of one token flips it: none of all {flips.changes:,}."
    count = len(flips.flips)
    return f"What flips it: {count:,} of the {flips.changes:,} changes of one token."


def flip_table(flips: Flips, tokens: Sequence[str], width: int) -> list[str]:
    """The changes that flip the label, those of one position to one label together.

    Args:
        flips: The changes.
        tokens: Of the input.
        width: Lines are not much longer.
    """
    groups: dict[tuple[int, str], list[str]] = {}
    for flip in flips.flips or ():
        groups.setdefault((flip.position, flip.label), []).append(visible(flip.token))
    rows = [["position", "token", "label"]]
    rows += [[str(at), visible(tokens[at]), visible(label)] for at, label in groups]
    if len(rows) == 1:
        return []
    lines = aligned(rows[: MAX_ROWS + 1], right=[0])
    room = max(width - max(map(len, lines)), _LEAST)
    shown = [f"{lines[0]}  if it is"]
    for line, instead in zip(lines[1:], groups.values(), strict=False):
        shown.append(f"{line:<{len(max(lines, key=len))}}  {_listed(instead, room)}")
    more = len(groups) - MAX_ROWS
    return shown + ([f"and {more:,} more groups (--json has all)"] if more > 0 else [])


def _listed(words: Sequence[str], room: int) -> str:
    """As many words as fit, and how many more there are."""
    count = 1
    while count < len(words) and len(" ".join(words[: count + 1])) + 16 <= room:
        count += 1
    more = f" and {len(words) - count:,} more" if len(words) > count else ""
    return " ".join(words[:count]) + more


def contribution_table(
    items: Sequence[Contribution], label: str, rival: str, logits: tuple[float, float]
) -> list[str]:
    """The contributions, largest first, and their sum."""
    ordered = sorted(items, key=lambda item: -abs(item.difference))
    rows = [["variable", "position", "value", visible(label), visible(rival), "difference"]]
    for item in ordered[:MAX_ROWS]:
        weights = [number(item.favour), number(item.against), number(item.difference)]
        rows.append([item.variable, str(item.position), visible(item.value), *weights])
    rest = ordered[MAX_ROWS:]
    if rest:
        sums = [sum(Fraction(getattr(i, name)) for i in rest) for name in ("favour", "against")]
        numbers = [number(total) for total in (*sums, sums[0] - sums[1])]
        rows.append([f"{len(rest):,} others", "", "", *numbers])
    difference = Fraction(logits[0]) - Fraction(logits[1])
    rows.append(["sum", "", "", *map(number, logits), number(difference)])
    return aligned(rows, right=range(1, 6))


def position_table(items: Sequence[Contribution], tokens: Sequence[str]) -> list[str]:
    """What all variables of each position add together; nothing if there is one position."""
    sums: dict[int, Fraction] = {}
    for item in items:
        sums[item.position] = sums.get(item.position, Fraction(0)) + item.difference
    rows = [[str(at), visible(tokens[at]), number(total)] for at, total in sums.items()]
    return aligned([["position", "token", "difference"], *rows], right=[0, 2]) if rows[1:] else []


def _tokens_at(positions: Sequence[int], tokens: Sequence[str]) -> str:
    return "the tokens at " + ", ".join(f"{at} ({in_words(tokens[at])})" for at in positions)
