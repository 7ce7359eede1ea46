"""Which of a classifier's features are looked up together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tpc.lowering.arrays import Arrays
from tpc.lowering.storage import Storage

#: The operand that stands for all variables that depend on the position alone; no variable's name.
POSITION = ""


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

    @property
    def entries(self) -> int:
        """The number of combinations of the operands' values."""
        return math.prod(self.sizes)

    @property
    def index(self) -> Storage:
        """What holds the number of a combination, and one more."""
        return "u16" if self.entries < 1 << 16 else "u32"

    @property
    def title(self) -> str:
        """The operands in words."""
        return ", ".join(name or "position" for name in self.operands)


@dataclass
class _OpenGroup:
    operands: dict[str, int]
    features: list[str]

    def entries(self, more: dict[str, int] | None = None) -> int:
        return math.prod((self.operands | (more or {})).values())


def group_features(arrays: Arrays, names: Sequence[str], max_entries: int) -> tuple[Group, ...]:
    """Groups of at most `max_entries` combinations (a larger variable has one of its own).

    Functions of variables that are in a group anyway are free there, so each lookup's operands
    are brought together first; the rest is filled up, large variables first.
    """
    open_groups: list[_OpenGroup] = []
    own = {name: _operand(arrays, name) for name in names}
    read = {operand for pair in own.values() for operand in pair}
    for name in names:
        inputs = _inputs(arrays, name, read)
        if len(inputs) > 1 and math.prod(inputs.values()) <= max_entries:
            _place(open_groups, inputs, max_entries)
    for name in sorted(names, key=lambda name: (-arrays.variables[name].size, names.index(name))):
        inputs = _inputs(arrays, name, read)
        home = next((d for d in open_groups if inputs and inputs.keys() <= d.operands.keys()), None)
        if home is None:
            home = _place(open_groups, own[name], max_entries)
        home.features.append(name)
    return tuple(_finished(arrays, group, names) for group in open_groups if group.features)


def _operand(arrays: Arrays, name: str) -> dict[str, int]:
    if name in arrays.by_position:
        return {POSITION: arrays.lowered.max_length}
    return {name: arrays.variables[name].size}


def _inputs(arrays: Arrays, name: str, read: set[str]) -> dict[str, int]:
    """The operands that a lookup's value follows from, if all of them are read anyway."""
    table = arrays.tables.get(name)
    if name in arrays.by_position or table is None or any(c is not None for c in table.codes):
        return {}
    inputs: dict[str, int] = {}
    for operand in table.operands:
        inputs |= _operand(arrays, operand)
    return inputs if inputs.keys() <= read else {}


def _place(open_groups: list[_OpenGroup], inputs: dict[str, int], max_entries: int) -> _OpenGroup:
    """The group that grows least by these operands, or a new one."""
    fitting = [group for group in open_groups if group.entries(inputs) <= max_entries]
    if fitting:
        best = min(fitting, key=lambda group: group.entries(inputs) / group.entries())
        best.operands |= inputs
        return best
    open_groups.append(_OpenGroup(dict(inputs), []))
    return open_groups[-1]


def _finished(arrays: Arrays, group: _OpenGroup, names: Sequence[str]) -> Group:
    """The group, without operands that were put in for features that found another home."""
    features = tuple(sorted(group.features, key=names.index))
    operands: dict[str, int] = {}
    for name in features:
        own = _operand(arrays, name)
        inside = own.keys() <= group.operands.keys()
        operands |= own if inside else _inputs(arrays, name, set(group.operands))
    if POSITION in operands:
        operands = {POSITION: operands.pop(POSITION)} | operands
    return Group(tuple(operands), tuple(operands.values()), features)
