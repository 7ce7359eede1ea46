"""How tokens and labels compare: with one another by an order, and with numbers."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from tpc.ir.words import BOS, EOS, PAD, UNK
from tpc.properties.syntax import Order

#: A numeral as a label or token writes a number.
_NUMERAL = re.compile(r"0|-?[1-9][0-9]{0,8}")

OPERATORS: Mapping[str, Callable[[int, int], bool]] = MappingProxyType(
    {
        "=": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)

#: `a OPERATOR b` is `b MIRRORED[OPERATOR] a`.
MIRRORED = MappingProxyType({"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="})


def number_of(word: str | None) -> int | None:
    """The number that a word is the numeral of; `None` if it is none."""
    return int(word) if word is not None and _NUMERAL.fullmatch(word) else None


def ranked(order: Order, words: set[str]) -> dict[str, int]:
    """The rank of each of some words that the order knows; the special tokens have none."""
    ordinary = words.difference((BOS, EOS, PAD, UNK))
    if order.kind == "listed":
        return {word: rank for rank, word in enumerate(order.words) if word in words}
    if order.kind == "alphabetic":
        return {word: rank for rank, word in enumerate(sorted(ordinary))}
    numbers = {word: number_of(word) for word in words}
    return {word: number for word, number in numbers.items() if number is not None}
