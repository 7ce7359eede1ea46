"""Several files, or other values, as one input: a JSON object, which text editors show."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from tests.fuzz import mutate
from tests.fuzz.mutate import without_pieces


def pack(value: Any) -> bytes:
    """A value as bytes; `unpack` gives it back."""
    return json.dumps(value, indent=1).encode("ascii")


def unpack(case: bytes) -> Any:
    """The value of a case."""
    return json.loads(case)


def to_bytes(text: str) -> bytes:
    """Bytes that `of_bytes` made a string of."""
    return text.encode("utf-8", "surrogateescape")


def of_bytes(data: bytes) -> str:
    """Any bytes as a string, text as it is."""
    return data.decode("utf-8", "surrogateescape")


def change(stream: random.Random, content: str, others: tuple[str, ...] = ()) -> str:
    """The content of a file with a few changes, of its text or of its bytes."""
    if stream.random() < 0.4:
        return of_bytes(mutate.raw(stream, to_bytes(content)))
    text = to_bytes(content).decode("utf-8", "replace")
    return of_bytes(mutate.text(stream, text, others).encode("utf-8", "surrogatepass"))[: 1 << 20]


def simpler(value: Any) -> Iterator[Any]:
    """Values with something left out: an element, a piece of a string, inside or out."""
    if isinstance(value, list):
        yield from without_pieces(value)
        for index, item in enumerate(value):
            for less in simpler(item):
                yield [*value[:index], less, *value[index + 1 :]]
    elif isinstance(value, dict):
        for key in value:
            yield {name: item for name, item in value.items() if name != key}
        for key, item in value.items():
            for less in simpler(item):
                yield {**value, key: less}
    elif isinstance(value, str) and len(value) <= 20_000:
        lines = value.splitlines(keepends=True)
        if len(lines) > 1:
            yield from ("".join(rest) for rest in without_pieces(lines))
        yield from without_pieces(value)


def shorter(case: bytes) -> Iterator[bytes]:
    """`simpler` for cases."""
    return (pack(less) for less in simpler(unpack(case)))
