"""The weights of a classifier: in place while they can be read, else in the data file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tpc.backends.python.emitter import Emitter, as_json, each, repeated
from tpc.backends.python.expressions import render
from tpc.backends.python.literals import cost, number, tuple_display, tuple_of
from tpc.lowering import Feature
from tpc.lowering.cases import Json
from tpc.lowering.functions import Function, function, universe
from tpc.lowering.logits import Logits, by_value, occurring_rows

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
class Weights:
    """How the weights of a classifier are written."""

    emitter: Emitter
    logits: Logits

    @property
    def classes(self) -> list[str]:
        """The names of the classes that can be answered."""
        return [self.emitter.lowered.classes[index] for index in self.logits.answers]

    def _ordered(self, feature: Feature) -> bool:
        return universe(self.emitter.lowered, feature.variable).ordered

    def _rows(self, feature: Feature) -> list[tuple[float, ...]]:
        return occurring_rows(self.emitter.lowered, feature)

    @property
    def readable(self) -> bool:
        """Whether the weights can be read in place, and are no longer there than in a data file."""
        features = self.logits.features
        rows = [row for feature in features for row in self._rows(feature)]
        wide = max(len(tuple_of(row)) for row in rows) > _MOST_WIDE
        listed = sum(map(len, rows))
        if listed > (_MOST_WIDE_READ if wide else _MOST_READ):
            return False
        keys = len(features) + sum(
            len(self._rows(feature))
            for feature in features
            if self.emitter.lowered.is_category(feature.variable) and not self._ordered(feature)
        )
        factors = not all(by_value(self.emitter.lowered, feature) for feature in features)
        numbers = _NUMBERS if factors else 0
        stored = listed + keys + numbers + (_STORED if self.emitter.data else _FILE + _STORED)
        return sum(map(self._cost, features)) <= stored

    # In place.

    def rows_of(self, feature: Feature, positions: str) -> str:
        """What a feature adds at each position, as a list of rows."""
        emitter, name = self.emitter, feature.variable
        loop = emitter.loop(name)
        if not self.emitter.lowered.is_category(feature.variable):
            if emitter.lowered.is_ones(name):
                return f"[{tuple_of(feature.rows[0])}] * len({emitter.tokens_name}{positions})"
            return self._listed(_products(feature.rows[0], loop), name, positions)
        table = self._function(feature)
        if table.constant:
            return repeated(table.outcomes[0], emitter.tokens_name + positions)
        text = emitter.settle(render(table, loop), f"{name}_weights")
        return self._listed(text, name, positions)

    def _listed(self, row: str, name: str, positions: str) -> str:
        emitter, loop = self.emitter, self.emitter.loop(name)
        if positions:
            return each(row, loop, emitter.sequence(name) + positions)
        return emitter.listed(emitter.rows(row, {loop: name}))

    def _function(self, feature: Feature) -> Function:
        return function(self.emitter.lowered, feature.variable, feature.rows.__getitem__)

    def _cost(self, feature: Feature) -> int:
        """About how many tokens a feature takes in place."""
        if self.emitter.lowered.is_category(feature.variable):
            return render(self._function(feature), "value").cost + _COMPREHENSION
        return cost(_products(feature.rows[0], "n")) + _COMPREHENSION

    # In the data file.

    def table(self, features: Sequence[Feature], *, by_name: bool) -> dict[str, Json]:
        """The weights of features, in their order, by variable; one may occur more than once.

        Rows are found by the name of their value or, where that takes less, in a list.
        """
        table: dict[str, Json] = {}
        for feature in features:
            key = feature.variable
            while key in table:
                key += "_"
            table[key] = self._stored(feature, by_name=by_name)
        return table

    @property
    def by_name(self) -> bool:
        """Whether numbers, too, are names of rows, so that those of zeros can be left out."""
        features = [f for f in self.logits.features if by_value(self.emitter.lowered, f)]
        names = [_size(self._stored(feature, by_name=True)) for feature in features]
        lists = [_size(self._stored(feature, by_name=False)) for feature in features]
        return sum(names) + _NAMED < sum(lists)

    def read(self, *, by_name: bool) -> str:
        """The expression for the row of a value `v` in the `table` of its feature."""
        zeros = f"[0] * {self.logits.width}"
        listed = [
            feature
            for feature in self.logits.features
            if self.emitter.lowered.is_category(feature.variable)
        ]
        if by_name:
            words = not any(map(self._ordered, listed))
            whole = words and len(listed) == len(self.logits.features)
            return f"table.get({'v' if whole else 'str(v)'}, {zeros})"
        left_out = any(not any(row) for feature in listed for row in self._rows(feature))
        return f"table[v] or {zeros}" if left_out else "table[v]"

    def _stored(self, feature: Feature, *, by_name: bool) -> Json:
        """A feature's weights as they stand in the data file: no row of zeros, or `null` for it."""
        if not self.emitter.lowered.is_category(feature.variable):
            row = as_json(feature.rows[0])
            if not by_value(self.emitter.lowered, feature):
                return row
            return {"1": row} if by_name else [None, row]
        rows: dict[str | int, Json] = {
            value: as_json(row) if any(row) else None
            for value, row in self._function(feature).items()
            if isinstance(row, tuple)
        }
        if by_name:
            return {str(value): row for value, row in rows.items() if row is not None}
        if not self._ordered(feature):
            return {str(value): row for value, row in rows.items()}
        last = self.emitter.lowered.columns[feature.variable].values[-1]
        return [rows.get(index) for index in range(last + 1)]


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
