"""The words and the classes of a network, in id order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tpc.diagnostics import TpcError, quoted
from tpc.ir.words import PAD


@dataclass(frozen=True)
class Vocabulary:
    """Words and classes in id order; `<pad>` is word 0 and class 0."""

    words: tuple[str, ...]
    classes: tuple[str, ...]

    @staticmethod
    def from_json(value: object, source: str) -> Vocabulary:
        """A vocabulary from an object with the keys `vocabulary` and `classes`.

        Args:
            value: The decoded JSON.
            source: What it is, for messages: a file name, say.

        Raises:
            TpcError: A key is missing, or a list is not distinct strings that start with `<pad>`.
        """
        if not isinstance(value, Mapping):
            raise TpcError(
                f"{source} is not a JSON object",
                hint="it should have the keys vocabulary and classes, two lists in id order",
            )
        return Vocabulary(
            _distinct_names(value, "vocabulary", source), _distinct_names(value, "classes", source)
        )

    def to_json(self) -> dict[str, list[str]]:
        """The object that `from_json` reads."""
        return {"vocabulary": list(self.words), "classes": list(self.classes)}


def _distinct_names(value: Mapping[str, object], key: str, source: str) -> tuple[str, ...]:
    names = value.get(key)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TpcError(f"{source} has no list of strings under the key {key}")
    if not names or names[0] != PAD:
        raise TpcError(f"{source}: {key} does not start with {PAD}", hint=f"{PAD} is id 0")
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise TpcError(f"{source}: {key} lists {quoted(name)} twice")
        seen.add(name)
    return tuple(names)
