"""`base[index]`: into dicts, lists, strings and s-ops, by a plain value or element by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tpc.diagnostics import quoted
from tpc.rasp import operations as ops
from tpc.rasp.graph import EvaluationError, Fault, Sop, Value
from tpc.rasp.values import describe, is_atom


def index_into(base: Value, index: Value, fault: Fault) -> Value:
    """The value of `base[index]`; an s-op as the index of a plain value is looked up per position.

    Raises:
        EvaluationError: A missing key, an index out of range, or kinds that do not go together.
    """
    if isinstance(base, Sop):
        return _position(base, index, fault)
    look_up = _look_up(base)
    if isinstance(index, Sop):
        return ops.elementwise(look_up, index, fault)
    if not is_atom(index):
        raise EvaluationError(f"an index is an s-op or a plain value, not {describe(index)}")
    return look_up(index)


def _look_up(base: Value) -> Callable[[Any], Any]:
    if isinstance(base, dict):
        # A copy: later changes of the name do not reach s-ops that were built before.
        return _DictLookup(dict(base))
    if isinstance(base, list | str):
        return _ListLookup(base)
    raise EvaluationError(f"{describe(base)} has no elements to index")


class _DictLookup:
    def __init__(self, entries: dict[Any, Any]) -> None:
        self.entries = entries

    def __call__(self, key: Value) -> Value:
        try:
            return self.entries[key]
        except KeyError:
            raise EvaluationError(f"the key {quoted(key)} is not in the dict") from None


class _ListLookup:
    """Negative indices count from the end, as far as there are elements."""

    def __init__(self, items: list[Any] | str) -> None:
        self.items = items

    def __call__(self, index: Value) -> Value:
        if not isinstance(index, int):
            raise EvaluationError(f"a list index is an integer, not {describe(index)}")
        try:
            return self.items[index]
        except IndexError:
            raise EvaluationError(
                f"the index {index} is out of range for {len(self.items)} elements"
            ) from None


def _position(base: Sop, index: Value, fault: Fault) -> Sop:
    """The value at one position, everywhere; negative positions count from the end."""
    if not isinstance(index, int):
        raise EvaluationError(f"the index of an s-op is an integer, not {describe(index)}")
    return Sop(lambda tokens, column: _spread(column, index, len(tokens)), (base,), fault)


def _spread(column: list[Any], index: int, length: int) -> list[Any]:
    position = index if index >= 0 else length + index
    return [column[position] if 0 <= position < length else 0] * length
