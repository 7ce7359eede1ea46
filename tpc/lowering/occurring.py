"""Which values can occur at all, whatever the input: tables need no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tpc.ir.nodes import TOKENS, Aggregate, Embed, Lookup, Positions, Select
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Cat, Label, Num, contains
from tpc.ir.words import PAD

#: Ascending domain indices, or the integers of a `num`.
Values = Sequence[int]


def occurring_values(program: Program) -> dict[str, Values]:
    """The values of every variable that is not real, over all strings without padding."""
    vocabulary = program.vocabulary
    found: dict[str, Values] = {
        TOKENS: tuple(i for i, word in enumerate(vocabulary) if word != PAD) or (0,)
    }
    for node in program.nodes:
        if not isinstance(node.type, Cat | Label | Num):
            continue
        match node:
            case Positions():
                found[node.name] = range(program.max_length)
            case Embed():
                values = set(map(node.values.__getitem__, found[TOKENS]))
                found[node.name] = sorted(map(int, values))
            case Aggregate() if isinstance(node.type, Cat):
                found[node.name] = _attended(program, node, found)
            case Aggregate() if isinstance(node.type, Num):
                found[node.name] = _sums(program, node, found)
            case Lookup():
                found[node.name] = _outcomes(node, found)
            case _:
                found[node.name] = program.range_of(node.name)
    return found


def _attended(program: Program, node: Aggregate, found: Mapping[str, Values]) -> Values:
    """What a head can take: of positions only those that match some query, and the first."""
    select = program.by_name[node.pattern]
    assert isinstance(select, Select), "patterns are made by selects"
    positions = isinstance(program.by_name.get(node.value), Positions)
    if select.predicate is None or select.key != node.value or not positions:
        return found[node.value]
    matched = matched_keys(program, select)
    taken = {matched[query] for query in found[select.query]}
    return [position for position in found[node.value] if position == 0 or position in taken]


def _sums(program: Program, node: Aggregate, found: Mapping[str, Values]) -> range:
    """A type may be wider than the sums are: never below 0 where no value is, for instance."""
    select = program.by_name[node.pattern]
    assert isinstance(select, Select), "patterns are made by selects"
    values = found[node.value]
    sums = program.sum_range(select, Num(values[0], values[-1]))
    least = values[0] if values[0] > 0 and _matches_itself(program, select, found) else sums.lo
    return range(least, sums.hi + 1)


def _matches_itself(program: Program, select: Select, found: Mapping[str, Values]) -> bool:
    """Whether every position is among its own matches."""
    matched = matched_keys(program, select)
    same = select.query == select.key
    return same and all(matched[query] == query for query in found[select.query])


def _outcomes(node: Lookup, found: Mapping[str, Values]) -> list[int]:
    """Outcomes of the cases that some combination of reachable values satisfies on its own."""
    return sorted(
        {
            case.outcome
            for case in node.cases
            if all(
                pattern is None or any(contains(pattern, value) for value in found[name])
                for name, pattern in zip(node.operands, case.patterns, strict=True)
            )
        }
    )
