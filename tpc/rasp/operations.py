"""The operations of the language on s-ops, selectors and plain values.

Each follows the reference interpreter, which applies Python's operator to the values: `round` is
banker's, `7 % -2` is -1, `True == 1`, and `"1" == 1` is False. Averages are summed from the left,
one addition at a time, so that they are the same in every Python version.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import partial
from itertools import repeat
from typing import Any

from tpc.diagnostics import quoted
from tpc.rasp.values import (
    Builtin,
    EvaluationError,
    Fault,
    Function,
    Rows,
    Selector,
    Sop,
    Value,
    describe,
    is_atom,
    is_numeric,
)

MAX_POWER_BITS = 1 << 16
"""Integer powers larger than this many bits are an error instead of a very long wait."""

MAX_ELEMENTS = 1 << 20
"""Longer strings and lists are an error instead of exhausted memory."""

Function2 = Callable[[Any, Any], Any]


def power(base: Value, exponent: Value) -> Value:
    """`base ^ exponent`; complex results and gigantic integers are errors."""
    integers = isinstance(base, int) and isinstance(exponent, int) and abs(base) > 1
    if integers and base.bit_length() * exponent > MAX_POWER_BITS:
        raise EvaluationError(f"the power {base} ^ {exponent} is too large")
    result = pow(base, exponent)
    if isinstance(result, complex):
        raise EvaluationError(f"the power {base} ^ {exponent} is not a real number")
    return result


def product(left: Value, right: Value) -> Value:
    """`left * right` of plain values, unless it is gigantic."""
    if isinstance(left, int) and isinstance(right, int):
        _refuse_large(left.bit_length() + right.bit_length() > MAX_POWER_BITS)
    for sequence, times in ((left, right), (right, left)):
        if isinstance(sequence, str | list) and isinstance(times, int):
            _refuse_large(len(sequence) * times > MAX_ELEMENTS)
    return operator.mul(left, right)


def remainder(left: Value, right: Value) -> Value:
    """`left % right` of plain values; a string on the left is a format, as in Python."""
    if isinstance(left, str):
        _refuse_large(re.search(r"%[^a-zA-Z%]*[0-9]{6}", left) is not None)
    return operator.mod(left, right)


def require_bounded(value: Value) -> None:
    """Raise EvaluationError if an integer, a string or a list is gigantic."""
    if isinstance(value, int):
        _refuse_large(value.bit_length() > MAX_POWER_BITS)
    elif isinstance(value, str | list | range):
        require_few(value)


def require_few(items: str | list[Any] | range) -> None:
    """Raise EvaluationError if there are very many."""
    # The length of a long range does not fit where `len` has it.
    _refuse_large(len(items[: MAX_ELEMENTS + 1]) > MAX_ELEMENTS)


def require_few_inside(value: Value) -> None:
    """Raise EvaluationError if a list or a dict holds very many, those inside of those included.

    One that holds another twice, which holds another twice, and so on, is soon gigantic.
    """
    count, stack = 0, [value] if isinstance(value, list | dict) else []
    while stack:
        inside = stack.pop()
        count += len(inside)
        require_few(range(count))
        found = inside.values() if isinstance(inside, dict) else inside
        stack.extend(each for each in found if isinstance(each, list | dict))


def _refuse_large(large: bool) -> None:
    if large:
        raise EvaluationError("this value is too large")


ARITHMETIC: dict[str, Function2] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "^": power,
}
#: Of plain values, where one operation can make a small program's value gigantic.
_PLAIN: dict[str, Function2] = {"*": product, "%": remainder}
COMPARISONS: dict[str, Function2] = {
    "==": operator.eq,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
UNARY: dict[str, Callable[[Any], Any]] = {
    "not": operator.not_,
    "-": operator.neg,
    "+": operator.pos,
    "round": round,
    "indicator": lambda value: 1 if value else 0,
}

PYTHON_ERRORS = (ArithmeticError, TypeError, ValueError, MemoryError)
"""What Python's operators raise on values that they do not take."""


def guarded(function: Callable[..., Any], *operands: Value) -> Value:
    """The function of plain values.

    Raises:
        EvaluationError: It does not take them.
    """
    try:
        result = function(*operands)
        require_bounded(result)
        return result
    except PYTHON_ERRORS as error:
        raise EvaluationError(str(error) or type(error).__name__) from error


def apply(word: str, left: Value, right: Value, fault: Fault) -> Value:
    """Arithmetic or a comparison: at every position where one side is an s-op, else once.

    Raises:
        EvaluationError: One side is a selector, or a function that is not asked for equality, or
            the values do not go together.
    """
    refused = (Selector,) if word == "==" else (Selector, Builtin, Function)
    if isinstance(left, refused) or isinstance(right, refused):
        side = left if isinstance(left, refused) else right
        raise EvaluationError(f"{word} does not apply to {describe(side)}")
    function = ARITHMETIC.get(word) or COMPARISONS[word]
    if isinstance(left, Sop) or isinstance(right, Sop):
        return pairwise(function, left, right, fault)
    if word != "+":  # It alone does not go through what is inside.
        require_few_inside(left)
        require_few_inside(right)
    return guarded(_PLAIN.get(word, function), left, right)


def as_sop(value: Value, fault: Fault) -> Sop:
    """`value` itself when it is an s-op, else the s-op that has it at every position.

    Raises:
        EvaluationError: It is no string, number or bool.
    """
    if isinstance(value, Sop):
        return value
    if not is_atom(value):
        raise EvaluationError(f"an s-op holds strings, bools or numbers, not {describe(value)}")
    return Sop(lambda tokens: [value] * len(tokens), (), fault)


def elementwise(function: Callable[[Any], Any], values: Sop, fault: Fault) -> Sop:
    """`function` at every position."""
    return Sop(lambda _, column: list(map(function, column)), (values,), fault)


def pairwise(function: Function2, left: Value, right: Value, fault: Fault) -> Sop:
    """`function` of two s-ops, or of an s-op and one plain value, at every position."""
    if not isinstance(right, Sop):
        return Sop(lambda _, column: list(map(function, column, repeat(right))), (left,), fault)
    if not isinstance(left, Sop):
        return Sop(lambda _, column: list(map(function, repeat(left), column)), (right,), fault)
    return Sop(lambda _, one, two: list(map(function, one, two)), (left, right), fault)


def connect(word: str, left: Value, right: Value, fault: Fault) -> Sop:
    """`and` or `or` of s-ops: a bool at every position, from the truth of both sides."""
    sides = as_sop(left, fault), as_sop(right, fault)
    if word == "and":
        return pairwise(lambda a, b: bool(a and b), *sides, fault)
    return pairwise(lambda a, b: bool(a or b), *sides, fault)


def choose(condition: Value, then: Value, otherwise: Value, fault: Fault) -> Value:
    """`then if condition else otherwise`, at every position if the condition is an s-op."""
    if not isinstance(condition, Sop):
        return then if condition else otherwise
    parents = (condition, as_sop(then, fault), as_sop(otherwise, fault))
    return Sop(
        lambda _, test, yes, no: [a if t else b for t, a, b in zip(test, yes, no, strict=True)],
        parents,
        fault,
    )


def select(key: Value, query: Value, comparison: str, fault: Fault) -> Selector:
    """Row i selects the positions j with `key[j] comparison query[i]`."""
    parents = (as_sop(key, fault), as_sop(query, fault))
    if comparison == "==":
        return Selector(lambda _, keys, queries: _equal_rows(keys, queries), parents, fault)
    if comparison == "!=":
        return Selector(
            lambda tokens, keys, queries: _complement(tokens, _equal_rows(keys, queries)),
            parents,
            fault,
        )
    compare = COMPARISONS[comparison]
    return Selector(lambda _, keys, queries: _ordered_rows(compare, keys, queries), parents, fault)


def _equal_rows(keys: list[Any], queries: list[Any]) -> Rows:
    positions: dict[Any, int] = {}
    bit = 1
    for key in keys:
        positions[key] = positions.get(key, 0) | bit
        bit <<= 1
    return [positions.get(query, 0) for query in queries]


def _ordered_rows(compare: Function2, keys: list[Any], queries: list[Any]) -> Rows:
    rows: dict[Any, int] = {}
    for query in queries:
        if query not in rows:
            rows[query] = sum(1 << j for j, key in enumerate(keys) if compare(key, query))
    return [rows[query] for query in queries]


def _complement(tokens: list[Any], rows: Rows) -> Rows:
    full = (1 << len(tokens)) - 1
    return [full & ~row for row in rows]


def combine(word: str, left: Selector, right: Selector, fault: Fault) -> Selector:
    """`and` or `or` of selectors, row by row."""
    join = operator.and_ if word == "and" else operator.or_
    return Selector(lambda _, one, two: list(map(join, one, two)), (left, right), fault)


def invert(selector: Selector, fault: Fault) -> Selector:
    """`not` of a selector: each row selects what it did not."""
    return Selector(_complement, (selector,), fault)


def widths(selector: Selector, fault: Fault) -> Sop:
    """How many positions each row selects."""
    return Sop(lambda _, rows: [row.bit_count() for row in rows], (selector,), fault)


def aggregate(selector: Selector, values: Sop, default: Value, fault: Fault) -> Sop:
    """Each row's selected value: unchanged when it is one, the average of several, or `default`.

    Raises:
        EvaluationError: The default is no plain value.
    """
    if not is_atom(default):
        raise EvaluationError(f"the default is a plain value, not {describe(default)}")
    return Sop(lambda _, rows, column: _aggregate(rows, column, default), (selector, values), fault)


def _aggregate(rows: Rows, column: list[Any], default: Value) -> list[Any]:
    results: dict[int, Any] = {0: default}
    for row in rows:
        if row not in results:
            single = row & (row - 1) == 0
            results[row] = column[row.bit_length() - 1] if single else _average(row, column)
    return [results[row] for row in rows]


def _average(row: int, column: list[Any]) -> float:
    if not is_numeric(column):
        raise EvaluationError(
            "several values are selected and they cannot be averaged because they are "
            f"{'strings' if isinstance(column[0], str) else 'bools'}"
        )
    total: Any = 0
    for position, value in enumerate(column):
        if row >> position & 1:
            total = total + value
    return float(total * 1.0 / row.bit_count())


def index_into(base: Value, index: Value, fault: Fault) -> Value:
    """The value of `base[index]`; an s-op as the index of a plain value is looked up per position.

    Raises:
        EvaluationError: A missing key, an index out of range, or kinds that do not go together.
    """
    if isinstance(base, Sop):
        return _position(base, index, fault)
    if not isinstance(base, dict | list | str):
        raise EvaluationError(f"{describe(base)} has no elements to index")
    # A copy: later changes of the name do not reach s-ops that were built before.
    look_up = partial(_look_up, dict(base) if isinstance(base, dict) else base)
    if isinstance(index, Sop):
        return elementwise(look_up, index, fault)
    if not is_atom(index):
        raise EvaluationError(f"an index is an s-op or a plain value, not {describe(index)}")
    return look_up(index)


def _look_up(base: dict[Any, Any] | list[Any] | str, index: Value) -> Value:
    """One element; negative indices count from the end, as far as there are elements."""
    if not isinstance(base, dict) and not isinstance(index, int):
        raise EvaluationError(f"a list index is an integer, not {describe(index)}")
    try:
        return base[index]
    except KeyError:
        raise EvaluationError(f"the key {quoted(index)} is not in the dict") from None
    except IndexError:
        message = f"the index {index} is out of range for {len(base)} elements"
        raise EvaluationError(message) from None


def _position(base: Sop, index: Value, fault: Fault) -> Sop:
    """The value at one position, everywhere; negative positions count from the end."""
    if not isinstance(index, int):
        raise EvaluationError(f"the index of an s-op is an integer, not {describe(index)}")
    return Sop(lambda tokens, column: _spread(column, index, len(tokens)), (base,), fault)


def _spread(column: list[Any], index: int, length: int) -> list[Any]:
    position = index if index >= 0 else length + index
    return [column[position] if 0 <= position < length else 0] * length
