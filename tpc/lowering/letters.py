"""Lower case as a table, for languages that know no more letters than those of ASCII."""

from __future__ import annotations

from collections.abc import Sequence

from tpc.diagnostics import TpcError


def lower_cased(vocabulary: Sequence[str]) -> list[tuple[str, str]]:
    """Characters beyond ASCII with their lower case, of those that the vocabulary distinguishes.

    Raises:
        TpcError: The vocabulary has a Greek sigma, whose lower case depends on what follows.
    """
    alphabet = {character for word in vocabulary for character in word}
    if alphabet & set("Σσς"):
        raise TpcError(
            "the vocabulary has a Greek sigma, whose lower case depends on its place in the word",
            hint="the targets python and numpy lower-case it as the interpreter does",
        )
    pairs = ((chr(code), chr(code).lower()) for code in range(128, 0x110000))
    return [
        (character, lower)
        for character, lower in pairs
        if lower != character and (character in alphabet or set(lower) <= alphabet)
    ]
