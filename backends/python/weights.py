"""The weights of a classifier: in place while they can be read, else in the data file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from backends.python.draft import Draft, Json, as_json, each, repeated
from backends.python.literals import cost, number, tuple_display, tuple_of
from backends.python.tables import Table, render
from tpc.ir.nodes import Classify, Feature, Ones
from tpc.ir.types import Cat, Num, Real

#: Sums of as many integers up to this as occur here are the same in any order and in binary64.
_EXACT_SUM = 2**40

#: The widest row of weights that black leaves on one line.
_MOST_WIDE = 76

#: So many weights can be read; of rows that are too wide for a line, fewer.
_MOST_READ, _MOST_WIDE_READ = 300, 200

#: How many tokens a second file has to save, to add up weights from it and those of numbers; and
#: what a comprehension takes besides its expression.
_FILE, _STORED, _NUMBERS, _COMPREHENSION = 160, 36, 40, 7

#: What it takes to look up rows by name.
_NAMED = 6


@dataclass(frozen=True)
class Classifier:
    """A classifier without the classes that are never answered."""

    draft: Draft
    node: Classify

    @cached_property
    def answers(self) -> list[int]:
        """The indices of the classes that can be answered."""
        size = self.draft.program.domain_of(self.node.name).size
        return [index for index in range(size) if index not in self.node.never]

    @cached_property
    def anchor(self) -> int | None:
        """The place among the answers of the first class whose weights are all 0, if one is."""
        rows = [row for feature in self.node.features for row in self._reached(feature)]
        zero = (place for place, c in enumerate(self.answers) if not any(row[c] for row in rows))
        return next(zero, None) if len(self.answers) > 1 else None

    @cached_property
    def weighed(self) -> list[int]:
        """The indices of the classes whose weights are written down."""
        return [c for place, c in enumerate(self.answers) if place != self.anchor]

    def _reached(self, feature: Feature) -> list[tuple[float, ...]]:
        """The rows of a feature that count."""
        if not self.categorical(feature):
            return list(feature.rows)
        return [feature.rows[index] for index in self.draft.reach[feature.variable]]

    @property
    def classes(self) -> list[str]:
        """Their names."""
        domain = self.draft.program.domain_of(self.node.name)
        return [str(domain.value(index)) for index in self.answers]

    def row(self, weights: Sequence[float]) -> tuple[float, ...]:
        """The weights of one value, or of a number, that are written down."""
        return tuple(weights[index] for index in self.weighed)

    def categorical(self, feature: Feature) -> bool:
        """Whether a feature has a row for each value, not one that a number multiplies."""
        return isinstance(self.draft.program.type_of(feature.variable), Cat)

    @property
    def exact(self) -> bool:
        """Whether all sums are of integers, so that their order does not matter."""
        return all(map(self._integral, self.node.features))

    def _integral(self, feature: Feature) -> bool:
        kind = self.draft.program.type_of(feature.variable)
        if isinstance(kind, Real):
            return False
        reach = self.draft.reach[feature.variable] if isinstance(kind, Num) else (1,)
        largest = max(abs(reach[0]), abs(reach[-1]))
        weights = [number(w) for row in feature.rows for w in self.row(row)]
        return all(isinstance(w, int) and abs(w) * largest < _EXACT_SUM for w in weights)

    @property
    def readable(self) -> bool:
        """Whether the weights can be read in place, and are no longer there than in a data file."""
        rows = [self.row(row) for feature in self.node.features for row in self._reached(feature)]
        wide = max(len(tuple_of(row)) for row in rows) > _MOST_WIDE
        listed = sum(map(len, rows))
        if listed > (_MOST_WIDE_READ if wide else _MOST_READ):
            return False
        names = [feature for feature in self.node.features if self.by_value(feature)]
        keys = len(self.node.features) + sum(
            len(self.draft.reach[feature.variable])
            for feature in names
            if self.categorical(feature) and not self.draft.universe(feature.variable).ordered
        )
        numbers = _NUMBERS if len(names) < len(self.node.features) else 0
        stored = listed + keys + numbers + (_STORED if self.draft.data else _FILE + _STORED)
        return sum(map(self._cost, self.node.features)) <= stored

    def by_value(self, feature: Feature) -> bool:
        """Whether a feature can be looked up by value: categories, and ones, whose value is 1."""
        ones = isinstance(self.draft.program.by_name.get(feature.variable), Ones)
        return ones or self.categorical(feature)

    @property
    def in_order(self) -> bool:
        """Whether adding numbers after values changes no sum."""
        kinds = [self.by_value(feature) for feature in self.node.features]
        return self.exact or all(before or not after for before, after in pairwise(kinds))

    # In place.

    def rows_of(self, feature: Feature, positions: str) -> str:
        """What a feature adds at each position, as a list of rows."""
        draft, name = self.draft, feature.variable
        loop = draft.loop(name)
        if not self.categorical(feature):
            row = self.row(feature.rows[0])
            if isinstance(draft.program.by_name.get(name), Ones):
                return f"[{tuple_of(row)}] * len({draft.tokens_name}{positions})"
            return each(_products(row, loop), loop, draft.column(name) + positions)
        table = self._table(feature)
        if table.constant:
            return repeated(table.outcomes[0], draft.tokens_name + positions)
        text = draft.settle(render(table, loop), f"{name}_weights")
        return each(text, loop, draft.column(name) + positions)

    def _table(self, feature: Feature) -> Table:
        return self.draft.table(feature.variable, lambda value: self.row(feature.rows[value]))

    def _cost(self, feature: Feature) -> int:
        """About how many tokens a feature takes in place."""
        if self.categorical(feature):
            return render(self._table(feature), "value").cost + _COMPREHENSION
        return cost(_products(self.row(feature.rows[0]), "n")) + _COMPREHENSION

    # In the data file.

    def table(self, features: Sequence[Feature]) -> dict[str, Json]:
        """The weights of features, in their order, by variable; one may occur more than once.

        Rows are found by the name of their value or, where that takes less, in a list.
        """
        table: dict[str, Json] = {}
        for feature in features:
            key = feature.variable
            while key in table:
                key += "_"
            table[key] = self._stored(feature, by_name=self.by_name)
        return table

    @cached_property
    def by_name(self) -> bool:
        """Whether numbers, too, are names of rows, so that those of zeros can be left out."""
        features = [feature for feature in self.node.features if self.by_value(feature)]
        names = [_size(self._stored(feature, by_name=True)) for feature in features]
        lists = [_size(self._stored(feature, by_name=False)) for feature in features]
        return sum(names) + _NAMED < sum(lists)

    def read(self) -> str:
        """The expression for the row of a value `v` in the `table` of its feature."""
        zeros = f"[0] * {len(self.weighed)}"
        listed = [feature for feature in self.node.features if self.categorical(feature)]
        if self.by_name:
            words = all(not self.draft.universe(feature.variable).ordered for feature in listed)
            whole = words and len(listed) == len(self.node.features)
            return f"table.get({'v' if whole else 'str(v)'}, {zeros})"
        left_out = any(not any(self.row(r)) for feature in listed for r in self._reached(feature))
        return f"table[v] or {zeros}" if left_out else "table[v]"

    def _stored(self, feature: Feature, *, by_name: bool) -> Json:
        """A feature's weights as they stand in the data file: no row of zeros, or `null` for it."""
        if not self.categorical(feature):
            row = as_json(self.row(feature.rows[0]))
            if not self.by_value(feature):
                return row
            return {"1": row} if by_name else [None, row]
        name = feature.variable
        found = ((index, self.row(feature.rows[index])) for index in self.draft.reach[name])
        rows: dict[str | int, Json] = {
            self.draft.value(name, index): as_json(row) if any(row) else None
            for index, row in found
        }
        if by_name:
            return {str(value): row for value, row in rows.items() if row is not None}
        if not self.draft.universe(name).ordered:
            return {str(value): row for value, row in rows.items()}
        return [rows.get(index) for index in range(self.draft.reach[name][-1] + 1)]


def _size(value: Json) -> int:
    """How many numbers, names and nulls there are."""
    if isinstance(value, dict):
        return sum(1 + _size(item) for item in value.values())
    return sum(map(_size, value)) if isinstance(value, list) else 1


def _products(row: Sequence[float], factor: str) -> str:
    """A number's weights times the number."""
    return tuple_display([_product(number(weight), factor) for weight in row])


def _product(weight: float, factor: str) -> str:
    if isinstance(weight, int) and abs(weight) <= 1:
        return ("0", factor, f"-{factor}")[weight]
    return f"{weight!r} * {factor}"
