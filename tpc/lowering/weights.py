"""The classifier, decided for good in fixed point wherever that is safe.

Adding rows of binary64 weights feature by feature is most of a program's work. Instead features
are taken together in groups: for every combination of a group's values the rows are added up when
the program is loaded, and rounded to integers. The rounding errors have a bound. Where the best
class leads by more than the bound, it is the best in binary64 too; elsewhere, rarely, the features
are added in binary64 and in their order, and that sum decides. Either way the answer is the
interpreter's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tpc.ir.nodes import Feature
from tpc.ir.program import MAX_TABLE_ENTRIES
from tpc.lowering.arrays import Array, Arrays
from tpc.lowering.lowered import Classifier
from tpc.lowering.storage import Storage

#: The operand that stands for all variables that depend on the position alone; no variable's name.
POSITION = ""

#: A lead of the best class that 16 bits cannot tell from a tie must not be larger than this, in
#: units of the logits; else 32 bits are used.
_COARSEST_LEAD = 0.05
#: Beyond such sums of weights binary64 itself overflows sooner or later, and no scale is left.
_LARGEST_SUM = 1e200
_LIMITS: tuple[tuple[Literal["i16", "i32"], int], ...] = (("i16", 2**15 - 1), ("i32", 2**31 - 1))


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


@dataclass(frozen=True)
class FixedPoint:
    """Integer weights: `floor((sum of weights - smallest class) * scale + 0.5)` in each group.

    Args:
        kind: The integer type; no sum of groups overflows it.
        scale: What weights are multiplied by.
        tie: The best class is certain where it leads by more than this.
    """

    kind: Literal["i16", "i32"]
    scale: float
    tie: int


@dataclass(frozen=True)
class Weights:
    """How the classes are decided.

    Args:
        answers: The classes that can win: those that may be answered, save repetitions of an
            earlier one's weights.
        groups: Which features are looked up together. A single group holds labels, decided in
            binary64, instead of weights. There is none where every position is decided in
            binary64, because real numbers, or numbers of too many values, are read.
        fixed: The integers, with several groups.
    """

    answers: tuple[int, ...]
    groups: tuple[Group, ...]
    fixed: FixedPoint | None

    @property
    def constant(self) -> bool:
        """Whether only one class can win."""
        return len(self.answers) == 1

    @property
    def columns(self) -> int:
        """How wide a row of integers is: some widths are copied and added faster."""
        count = len(self.answers)
        return next((width for width in (4, 8, 16) if count <= width), -(-count // 8) * 8)

    @property
    def direct(self) -> bool:
        """Whether one table holds the labels."""
        return len(self.groups) == 1 and self.fixed is None


def plan_weights(arrays: Arrays, classifier: Classifier, max_entries: int) -> Weights:
    """Decide groups and integers for a program's classifier.

    Args:
        arrays: The program.
        classifier: The program's.
        max_entries: The most combinations of a group.
    """
    answers = _answers(arrays, classifier)
    names = tuple(feature.variable for feature in classifier.features)
    unbounded = any(not 0 < arrays.variables[name].size <= MAX_TABLE_ENTRIES for name in names)
    if len(answers) == 1 or unbounded:
        return Weights(answers, (), None)
    if classifier.pool == "none":
        single = _group_features(arrays, names, MAX_TABLE_ENTRIES)
        if len(single) == 1:
            return Weights(answers, single, None)
    groups = _group_features(arrays, names, max_entries)
    fixed = _fixed_point(arrays, classifier, answers, groups)
    return Weights(answers, groups if fixed else (), fixed)


def _answers(arrays: Arrays, classifier: Classifier) -> tuple[int, ...]:
    classes = len(arrays.lowered.classes)
    seen: set[tuple[float, ...]] = set()
    answers = []
    for index in range(classes):
        column = tuple(row[index] for feature in classifier.features for row in feature.rows)
        if index not in classifier.never and column not in seen:
            seen.add(column)
            answers.append(index)
    return tuple(answers)


def feature_rows(arrays: Arrays, feature: Feature, answers: Sequence[int]) -> Array:
    """What each value of a feature adds to the classes that can win: `[values, answers]`."""
    rows = np.array(feature.rows, dtype=np.float64)[:, list(answers)]
    variable = arrays.variables[feature.variable]
    if not arrays.lowered.is_category(feature.variable):
        return rows * np.arange(variable.size, dtype=np.float64)[:, None]
    return rows


def group_sums(
    arrays: Arrays, group: Group, features: Mapping[str, Feature], answers: Sequence[int]
) -> Array:
    """The weights of every combination of a group's values: `[combinations, answers]`."""
    grid = [axis.reshape(-1) for axis in np.indices(group.sizes)]
    known = dict(zip(group.operands, grid, strict=True))
    total = np.zeros((math.prod(group.sizes), len(answers)))
    for name in group.features:
        total += feature_rows(arrays, features[name], answers)[derived(arrays, name, known)]
    return total


def derived(arrays: Arrays, name: str, known: dict[str, Array]) -> Array:
    """The values of a variable where those of a group's operands are known."""
    if name in known:
        return known[name]
    if name in arrays.by_position:
        return arrays.by_position[name][known[POSITION]]
    table = arrays.tables[name]
    index = [derived(arrays, operand, known) for operand in table.operands]
    return table.values[tuple(index)].astype(np.int64)


def _fixed_point(
    arrays: Arrays, classifier: Classifier, answers: tuple[int, ...], groups: tuple[Group, ...]
) -> FixedPoint | None:
    """The finest integers without overflow, and how large a lead is certain.

    With scale `s`, each looked-up integer is at most 1/2 from `s` times the real sum it stands
    for, plus what binary64 rounds away; so the difference of two classes is off by at most one a
    group and position. The interpreter's own sums are off by at most `(additions) * 2**-53` times
    the sum of all absolute weights, which counts twice too, and once more for the tables.
    """
    features = {feature.variable: feature for feature in classifier.features}
    positions = arrays.lowered.max_length if classifier.pool == "sum" else 1
    spread = magnitude = 0.0
    for feature in classifier.features:
        rows = feature_rows(arrays, feature, answers)
        magnitude += float(np.abs(rows).max()) * positions
    if not magnitude < _LARGEST_SUM:
        return None
    for group in groups:
        sums = group_sums(arrays, group, features, answers)
        spread += float(np.ptp(sums, axis=1).max()) * positions
    additions = len(classifier.features) * positions + positions + 2
    rounding = 4 * additions * magnitude * 2.0**-53
    candidates = []
    for kind, limit in _LIMITS:
        room = limit - len(groups) * positions - 1
        scale = room / spread if spread > 0 else 1.0
        scale = min(scale, 2.0**40)
        tie = len(groups) * positions + math.ceil(scale * rounding) + 1
        candidates.append(FixedPoint(kind, scale, tie))
    fine = (found for found in candidates if found.tie / found.scale <= _COARSEST_LEAD)
    return next(fine, candidates[-1])


# Which features are looked up together.


@dataclass
class _OpenGroup:
    operands: dict[str, int]
    features: list[str]

    def entries(self, more: dict[str, int] | None = None) -> int:
        return math.prod((self.operands | (more or {})).values())


def _group_features(arrays: Arrays, names: Sequence[str], max_entries: int) -> tuple[Group, ...]:
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
