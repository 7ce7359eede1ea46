"""What functions of users answer: any Python value, odd ones too, written as JSON."""

from __future__ import annotations

import functools
import random
import zlib
from collections.abc import Callable, Sequence
from typing import Any

#: Values that JSON has no way to write, by a key of an object with nothing else in it.
_ODD: dict[str, Callable[[Any], Any]] = {
    "tuple": tuple,
    "set": lambda found: {str(item) for item in found},
    "iterator": iter,
    "bytes": lambda found: str(found).encode("utf-8", "replace"),
    "integer": lambda found: 10 ** min(abs(int(found)), 20_000),
    "float": float,
    "complex": complex,
    "array": lambda found: _numpy().array(found),
    "scalar": lambda found: _numpy().int64(found),
    "named": type("Name", (str,), {"__str__": lambda _: ""}),
    "hostile": lambda _: _Hostile(),
    "function": lambda found: lambda *_: found,
}

ANSWERS: tuple[Any, ...] = (
    "x", "yes", True, False, 0, 1, -3, None, 1.5, [], ["x"], ["x", None], {"each": ["x", "y"]},
    {"each": [0, 1, None]}, {"each": ["<pad>", "x"]}, {"each": [{"scalar": 3}]}, {"each": [{"array": [1, 2]}]},
    {"array": [1, 2]}, {"array": 3}, {"array": []}, {"array": [[1, 2], [3, 4]]}, {"scalar": 7}, {"tuple": ["x", "y"]},
    {"set": ["x"]}, {"iterator": ["x", "y"]}, {"bytes": "x"}, {"integer": 5000}, {"float": "nan"}, {"float": "inf"},
    {"complex": 1}, {"named": "x"}, {"hostile": 0}, {"function": 1}, {"raise": "ValueError"}, {"raise": "SystemExit"},
    {"raise": "MemoryError"}, {"raise": "StopIteration"}, {"raise": "UnicodeError"}, {"a": 1, "b": 2}, "a\u2028b",
    "a\nb", "\x85", "\ud800", " x", "", "<pad>", "<unk>", "</script>", "\u202ex", "x" * 3000, [["x"], ["y"]],
)  # fmt: skip


def answer_of(answers: Sequence[Any], tokens: Sequence[str]) -> Any:
    """The answer for an input: the same one whenever it is asked.

    `{"each": VALUES}` answers a value for each token, `{"raise": NAME}` raises that exception.
    """
    return value_of(_picked(answers, "\n".join(tokens)), tokens)


def value_of(found: Any, tokens: Sequence[str] = ()) -> Any:
    """The Python value that JSON stands for."""
    if isinstance(found, list):
        return [value_of(item, tokens) for item in found]
    if not isinstance(found, dict) or len(found) != 1:
        return found
    ((key, content),) = found.items()
    if key == "each" and isinstance(content, list) and content:
        return [value_of(_picked(content, token), tokens) for token in tokens]
    if key == "raise":
        raise _exception(content)("said\nby the function")
    if key not in _ODD:
        return found
    try:
        return _ODD[key](content)
    except (TypeError, ValueError, OverflowError):
        return found  # A mutated content that nothing can be made of.


def some(stream: random.Random) -> Any:
    """An answer that may be odd."""
    return stream.choice(ANSWERS)


def _picked(values: Sequence[Any], key: str) -> Any:
    return values[zlib.crc32(key.encode("utf-8", "replace")) % len(values)] if values else None


def _exception(name: object) -> type[BaseException]:
    found = getattr(__import__("builtins"), str(name), None)
    usable = isinstance(found, type) and issubclass(found, Exception | SystemExit)
    return found if usable else ValueError


@functools.cache
def _numpy() -> Any:
    import numpy as np

    return np


class _Hostile:
    """Nothing can be done with it."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("not to be compared")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        raise ValueError("not to be shown")
