"""Names are the field's: words that once stood for its terms are in no identifier or file name.

`want` was a predicate table or its matched key, `reach` a value set or a maximum offset, `told
apart` distinguishable, `cost to say` a description length, `beginnings` restarts, `places`
component slots, `freed` pruned, `of use` live, `compound` a joint proposal, `worth` a score gain,
`slopes` a gradient, `moments` Hessian statistics, `thinned` subsampled, `lengthening` length
generalisation, `draft` an emitter, `wish` a name hint.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import CODE, ROOT, location, tree

#: As whole parts of a name, in a row where there are several.
REPLACED = {
    *("want", "wants", "wanted", "reach", "told apart", "tell apart", "tells apart", "to say"),
    *("beginning", "beginnings", "places", "freed", "of use", "compound", "compounds", "worth"),
    *("slopes", "moments", "thin", "thinned", "lengthening", "draft", "drafts", "wish", "wishes"),
}

#: Their text is what is emitted, byte for byte, and so keeps the names that programs have today.
NOT_RENAMED = ("backends/numpy/helpers.py", "backends/python/helpers.py")

FILES = sorted(
    path for folder in (*CODE, "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")
)


def parts(name: str) -> list[str]:
    """The words of a name in any of the usual cases."""
    return [part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def replaced_words(name: str) -> set[str]:
    """Which of the words a name has."""
    words = f" {' '.join(parts(name))} "
    return {word for word in REPLACED if f" {word} " in words}


def names(path: Path) -> Iterator[str]:
    """Every identifier of a file, and what the file and its folders are called."""
    yield from Path(location(path)).with_suffix("").parts
    for node in ast.walk(tree(path)):
        for attribute in ("name", "id", "attr", "arg", "asname"):
            name = getattr(node, attribute, None)
            if isinstance(name, str):
                yield name


def test_names_are_the_fields() -> None:
    found = {
        location(path): sorted({name for name in names(path) if replaced_words(name)})
        for path in FILES
        if not location(path).startswith(NOT_RENAMED)
    }
    assert {path: old for path, old in found.items() if old} == {}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("_told_apart", {"told apart"}),
        ("WantedKeys", {"wanted"}),
        ("HTMLDraft2", {"draft"}),
        ("costToSay", {"to say"}),
        ("unreachable", set()),
        ("replaces", set()),
    ],
)
def test_words_are_found_in_any_case(name: str, words: set[str]) -> None:
    assert replaced_words(name) == words
