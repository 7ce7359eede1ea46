"""Which of a classifier's features are looked up together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from backends.batch.plan import Plan
from tpc.ir.nodes import Lookup, Mlp

#: The operand that stands for all variables that depend on the position alone.
POSITION = "position"


@dataclass(frozen=True)
class Group:
    """Features that share one table.

    Args:
        operands: The variables that index the table; `POSITION` comes first if it is one.
        sizes: How many values each has.
        features: The features whose weights are in the table: operands, and functions of them.
    """

    operands: tuple[str, ...]
    sizes: tuple[int, ...]
    features: tuple[str, ...]


@dataclass
class _Draft:
    operands: dict[str, int]
    features: list[str]

    def entries(self, more: dict[str, int] | None = None) -> int:
        return math.prod((self.operands | (more or {})).values())


def group_features(plan: Plan, names: Sequence[str], max_entries: int) -> tuple[Group, ...]:
    """Groups of at most `max_entries` combinations (a larger variable has one of its own).

    Functions of variables that are in a group anyway are free there, so each lookup's operands
    are brought together first; the rest is filled up, large variables first.
    """
    drafts: list[_Draft] = []
    own = {name: _operand(plan, name) for name in names}
    wanted = {operand for pair in own.values() for operand in pair}
    for name in names:
        inputs = _inputs(plan, name, wanted)
        if len(inputs) > 1 and math.prod(inputs.values()) <= max_entries:
            _place(drafts, inputs, max_entries)
    for name in sorted(names, key=lambda name: (-plan.variables[name].size, names.index(name))):
        inputs = _inputs(plan, name, wanted)
        home = next((d for d in drafts if inputs and inputs.keys() <= d.operands.keys()), None)
        if home is None:
            home = _place(drafts, own[name], max_entries)
        home.features.append(name)
    return tuple(_finished(plan, draft, names) for draft in drafts if draft.features)


def _operand(plan: Plan, name: str) -> dict[str, int]:
    if name in plan.by_position:
        return {POSITION: plan.program.max_length}
    return {name: plan.variables[name].size}


def _inputs(plan: Plan, name: str, wanted: set[str]) -> dict[str, int]:
    """The operands that a lookup's value follows from, if all of them are wanted anyway."""
    node = plan.program.by_name.get(name)
    if name in plan.by_position or not isinstance(node, Lookup | Mlp):
        return {}
    table = plan.tables.get(name)
    if table is None or any(codes is not None for codes in table.codes):
        return {}
    inputs: dict[str, int] = {}
    for operand in node.operands:
        inputs |= _operand(plan, operand)
    return inputs if inputs.keys() <= wanted else {}


def _place(drafts: list[_Draft], inputs: dict[str, int], max_entries: int) -> _Draft:
    """The group that grows least by these operands, or a new one."""
    fitting = [draft for draft in drafts if draft.entries(inputs) <= max_entries]
    if fitting:
        best = min(fitting, key=lambda draft: draft.entries(inputs) / draft.entries())
        best.operands |= inputs
        return best
    drafts.append(_Draft(dict(inputs), []))
    return drafts[-1]


def _finished(plan: Plan, draft: _Draft, names: Sequence[str]) -> Group:
    """The group, without operands that were put in for features that found another home."""
    features = tuple(sorted(draft.features, key=names.index))
    operands: dict[str, int] = {}
    for name in features:
        own = _operand(plan, name)
        inside = own.keys() <= draft.operands.keys()
        operands |= own if inside else _inputs(plan, name, set(draft.operands))
    if POSITION in operands:
        operands = {POSITION: operands.pop(POSITION)} | operands
    return Group(tuple(operands), tuple(operands.values()), features)
