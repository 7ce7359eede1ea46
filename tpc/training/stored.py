"""JSON values as what annotations say that they are."""

from __future__ import annotations

import dataclasses
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

Kind = TypeVar("Kind")

_LARGEST = 2**53
"""Of integers: beyond it numbers of other programs are not exact."""


def value_of(kind: type[Kind], value: object) -> Kind:
    """A value of JSON as one of a type.

    Args:
        kind: A dataclass, a list, a tuple or a dict of such types, numbers, strings, choices.
        value: What was stored of it. Fields of dataclasses that have defaults may be missing.

    Raises:
        ValueError: It was not stored of one.
    """
    found: Kind = _value_of(kind, value)
    return found


def _value_of(kind: Any, value: object) -> Any:  # noqa: ANN401 - types of all kinds
    if dataclasses.is_dataclass(kind):
        return _dataclass_of(kind, value)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if value is None and NoneType in arguments else _value_of(arguments[0], value)
    if origin is Literal and value in arguments:
        return value
    if origin in (list, tuple) and isinstance(value, list):
        return origin(_value_of(arguments[0], item) for item in value)
    if origin is dict and isinstance(value, dict):
        return value
    number = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST
    if kind is int and number:
        return value
    if kind is float and (number or isinstance(value, float)):
        return value
    raise ValueError("a value is not of its type")


def _dataclass_of(kind: Any, value: object) -> Any:  # noqa: ANN401 - any of them
    if not isinstance(value, dict):
        raise ValueError(f"no {kind.__name__} is there")
    types = get_type_hints(kind)
    if unknown := sorted(value.keys() - types.keys()):
        raise ValueError(f"{kind.__name__} has no {unknown[0]}")
    try:
        return kind(**{name: _value_of(types[name], item) for name, item in value.items()})
    except TypeError:
        raise ValueError(f"a {kind.__name__} is incomplete") from None
