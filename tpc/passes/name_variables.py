"""Names that say what a variable is, where that can be said in a word or two."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tpc.ir.nodes import TOKENS, Aggregate, OffsetPredicate, Ones, Positions, Select, TablePredicate
from tpc.ir.program import Program
from tpc.ir.words import EOS
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.rewriting import rename_operands, variants

#: Names that emitted programs or readers would take for something else.
_TAKEN = frozenset({TOKENS, "label", "words", "token", "position"})


@dataclass(frozen=True)
class NameVariables(Pass):
    """Renames heads whose meaning is plain: `count_same`, `count_a`, `next_token`, `end`.

    What they are called in the network is still in their origin.
    """

    name = "name-variables"
    exactness = "every_string"
    summary = "name plain heads after what they do"

    def run(self, program: Program, context: PassContext) -> PassResult:  # noqa: ARG002
        """Rename what has a plain meaning and no such name yet."""
        names: dict[str, str] = {}
        taken = {node.name for node in program.nodes} | _TAKEN
        heads = [node for node in program.nodes if isinstance(node, Aggregate)]
        readers = Counter(node.pattern for node in heads)
        for node in heads:
            hint = _meaning(program, node, names)
            if hint is None or node.name.startswith(hint):
                continue
            free = next(n for n in variants(hint) if n not in taken)
            taken.add(free)
            names[node.name] = free
            pattern = f"{free}_pattern"
            if readers[node.pattern] == 1 and pattern not in taken:
                taken.add(pattern)
                names[node.pattern] = pattern
        if not names:
            return result(program, program)
        nodes = tuple(
            replace(rename_operands(node, names), name=names.get(node.name, node.name))
            for node in program.nodes
        )
        return result(program, program.replace(nodes=nodes), {"variables named": len(names)})


def _meaning(program: Program, node: Aggregate, names: Mapping[str, str]) -> str | None:
    """A name for what the head computes, if it is plain; given names that others have now."""
    select = program.by_name[node.pattern]
    if not isinstance(select, Select):
        return None
    if select.rule == "all" and isinstance(program.by_name.get(node.value), Ones):
        return _count(program, select)
    keyed = isinstance(program.by_name.get(select.key), Positions)
    if select.rule != "all" and keyed and node.value == TOKENS:
        return _read(program, select) or _read_at(program, select, names)
    if select.key == TOKENS and isinstance(program.by_name.get(node.value), Positions):
        return _where(program, select)
    return None


def _count(program: Program, select: Select) -> str | None:
    if select.query == select.key == TOKENS and select.predicate == OffsetPredicate(0):
        return "count_same"
    only = _only_key(select)
    if select.key != TOKENS or only is None:
        return None
    return f"count_{_suffix(program.vocabulary[only], only)}"


def _read(program: Program, select: Select) -> str | None:
    only = _only_key(select)
    if only is not None:
        return f"token_{only}"
    if not isinstance(program.by_name.get(select.query), Positions):
        return None
    match select.predicate:
        case OffsetPredicate(1):
            return "next_token"
        case OffsetPredicate(-1):
            return "previous_token"
        case _:
            return None


def _read_at(program: Program, select: Select, names: Mapping[str, str]) -> str | None:
    """The token at a position that another head has found, or after it."""
    found = program.by_name.get(select.query)
    if not isinstance(found, Aggregate) or found.name not in names:
        return None
    match select.predicate:
        case OffsetPredicate(0):
            return f"token_at_{names[found.name]}"
        case OffsetPredicate(1):
            return f"after_{names[found.name]}"
        case _:
            return None


def _where(program: Program, select: Select) -> str | None:
    """The position of a token: the end of the sequence, the first of its kind, the one before."""
    only = _only_key(select)
    if only is not None and select.rule == "first":
        word = program.vocabulary[only]
        return "end" if word == EOS else f"first_{_suffix(word, only)}"
    same = select.query == TOKENS and select.predicate == OffsetPredicate(0)
    return "previous_same" if same and select.causal and select.rule == "closest" else None


def _suffix(word: str, index: int) -> str:
    return word if re.fullmatch(r"[A-Za-z0-9]+", word) else str(index)


def _only_key(select: Select) -> int | None:
    """The key that matches every query, if it is one and the same."""
    if not isinstance(select.predicate, TablePredicate):
        return None
    keys = set(select.predicate.keys)
    return keys.pop() if len(keys) == 1 else None
