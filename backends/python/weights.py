"""The weights of a classifier: in place while they can be read, else in the data file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from backends.python.draft import Draft, Json, as_json, each, repeated
from backends.python.literals import number, tuple_of
from backends.python.tables import render
from tpc.ir.nodes import Classify, Feature, Ones
from tpc.ir.types import Cat, Num, Real

#: Sums of as many integers up to this as occur here are the same in any order and in binary64.
_EXACT_SUM = 2**40

#: The widest row of weights that black leaves on one line.
_MOST_WIDE = 76

#: So many weights can be read; of rows that are too wide for a line, fewer.
_MOST_READ, _MOST_WIDE_READ = 300, 200


@dataclass(frozen=True)
class Classifier:
    """A classifier without the classes that are never answered."""

    draft: Draft
    node: Classify

    @property
    def answers(self) -> list[int]:
        """The indices of the classes that can be answered."""
        size = self.draft.program.domain_of(self.node.name).size
        return [index for index in range(size) if index not in self.node.never]

    @property
    def classes(self) -> list[str]:
        """Their names."""
        domain = self.draft.program.domain_of(self.node.name)
        return [str(domain.value(index)) for index in self.answers]

    def row(self, weights: Sequence[float]) -> tuple[float, ...]:
        """The weights of the classes that can be answered."""
        return tuple(weights[index] for index in self.answers)

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
        """Whether there are few enough weights to be shown in place."""
        features, reach = self.node.features, self.draft.reach
        rows = [self.row(row) for feature in features for row in feature.rows]
        count = len(self.answers) * sum(
            len(reach[feature.variable]) if self.categorical(feature) else 1 for feature in features
        )
        wide = max(len(tuple_of(row)) for row in rows) > _MOST_WIDE
        return count <= (_MOST_WIDE_READ if wide else _MOST_READ)

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
        if self.categorical(feature):
            table = draft.table(name, lambda value: self.row(feature.rows[value]))
            if table.constant:
                return repeated(table.outcomes[0], draft.tokens_name + positions)
            text = draft.settle(render(table, draft.loop(name)), f"{name}_weights")
            return each(text, draft.loop(name), draft.column(name) + positions)
        row = draft.constant(f"{name}_weights", tuple_of(self.row(feature.rows[0])))
        if isinstance(draft.program.by_name.get(name), Ones):
            return f"[{row}] * len({draft.tokens_name}{positions})"
        loop = draft.loop(name)
        return f"[[w * {loop} for w in {row}] for {loop} in {draft.column(name)}{positions}]"

    # In the data file.

    def table(self, features: Sequence[Feature]) -> dict[str, Json]:
        """The weights of features, in their order, by variable; one may occur more than once."""
        table: dict[str, Json] = {}
        for feature in features:
            key = feature.variable
            while key in table:
                key += "_"
            table[key] = self._stored(feature)
        return table

    def _stored(self, feature: Feature) -> Json:
        """A feature's weights as they stand in the data file."""
        if not self.categorical(feature):
            row = as_json(self.row(feature.rows[0]))
            return [None, row] if self.by_value(feature) else row
        name = feature.variable
        rows = {
            self.draft.value(name, index): as_json(self.row(feature.rows[index]))
            for index in self.draft.reach[name]
        }
        if not self.draft.universe(name).ordered:
            return {str(value): row for value, row in rows.items()}
        return [rows.get(index) for index in range(self.draft.reach[name][-1] + 1)]
