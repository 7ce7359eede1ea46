"""Which positions' tokens a label can depend on at all, by the program's structure alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_

from tpc.ir.nodes import (
    TOKENS,
    Aggregate,
    Classify,
    Embed,
    Node,
    Select,
    backward_slice,
    operands,
)
from tpc.ir.program import Program

#: For each position a set of positions, as bits.
_Sets = list[int]


def influencing_positions(
    program: Program, patterns: Mapping[str, list[list[int]]], length: int, position: int | None
) -> frozenset[int]:
    """The positions whose tokens can change a label; the tokens of all others cannot.

    Args:
        program: The program.
        patterns: What its heads select on some input of this length. Where a head's query and key
            follow from the position, it selects the same on every such input.
        length: Of the input.
        position: Of the label; `None` for the one label of a pooled program.
    """
    found: dict[str, _Sets] = {TOKENS: [1 << at for at in range(length)]}
    for node in program.nodes:
        if not isinstance(node, Select):
            found[node.name] = _sets(program, node, patterns, found, length)
    answer = found[program.result][0 if position is None else position]
    return frozenset(at for at in range(length) if answer >> at & 1)


def token_classes(program: Program) -> tuple[int, ...]:
    """A number for each token; tokens of one number are the same to the program's answer."""
    live = backward_slice(program.nodes, [program.result])
    readers = [node for node in program.nodes if node.name in live and TOKENS in operands(node)]
    if not all(isinstance(node, Embed) for node in readers):
        return tuple(range(len(program.vocabulary)))
    tables = [node.values for node in readers if isinstance(node, Embed)]
    rows = list(zip(*tables, strict=True)) if tables else [()] * len(program.vocabulary)
    numbers = {row: number for number, row in enumerate(dict.fromkeys(rows))}
    return tuple(numbers[row] for row in rows)


def _sets(
    program: Program,
    node: Node,
    patterns: Mapping[str, list[list[int]]],
    found: Mapping[str, _Sets],
    length: int,
) -> _Sets:
    if isinstance(node, Aggregate):
        return _head(program, node, patterns[node.pattern], found)
    columns = [found[name] for name in operands(node)]
    each = [_union(column[at] for column in columns) for at in range(length)]
    if not isinstance(node, Classify) or node.pool == "none":
        return each
    return each[:1] if node.pool == "first" else [_union(each)]


def _head(
    program: Program, node: Aggregate, pattern: list[list[int]], found: Mapping[str, _Sets]
) -> _Sets:
    select = program.by_name[node.pattern]
    assert isinstance(select, Select), "patterns are made by selects"
    queries, keys, values = found[select.query], found[select.key], found[node.value]
    if not any(queries) and not any(keys):
        return [_union(values[j] for j in chosen) for chosen in pattern]
    sets = []
    for at, query in enumerate(queries):
        visible = range(at + 1) if select.causal else range(len(keys))
        sets.append(query | _union(keys[j] | values[j] for j in visible))
    return sets


def _union(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)
