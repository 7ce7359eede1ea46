"""What the fields of options say: types, choices, defaults by kind of run."""

from __future__ import annotations

from dataclasses import MISSING, dataclass
from typing import Any, Literal

import pytest

from tpc.diagnostics import TpcError
from tpc.training.option import Rule, RunKind, defaults, option, options_of


@dataclass
class Some:
    """Two options, and a field that is none."""

    names: tuple[str, ...] = option(MISSING, "A list.", "Panel")
    size_of_it: int | None = option(
        4,
        "A number.",
        "Panel",
        by={"text": 5, "default tagging": 6, "standard": None, "standard text": 7},
        range=Rule(lambda size: size > 0, "it must be positive"),
    )
    way: Literal["left", "right"] = option("left", "A choice.", "Panel")
    inner: int = 0


OPTIONS = options_of(Some)


def test_fields_are_options() -> None:
    assert list(OPTIONS) == ["names", "size_of_it", "way"]
    assert [found.values for found in OPTIONS.values()] == [str, int, str]
    assert OPTIONS["way"].choices == ("left", "right")
    assert OPTIONS["size_of_it"].flag == "--size-of-it"
    assert OPTIONS["names"].default is None


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        (RunKind(), 4),
        (RunKind(recipe="default"), 4),
        (RunKind(data="classification"), 5),
        (RunKind(recipe="default", data="classification"), 5),
        (RunKind(recipe="default", data="tagging"), 6),
        (RunKind("standard"), None),
        (RunKind("standard", data="tagging"), 7),
    ],
    ids=str,
)
def test_the_last_default_that_applies_counts(kind: RunKind, size: int | None) -> None:
    assert defaults(Some, kind)["size_of_it"] == size


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [("size_of_it", 0, "size_of_it is 0; it must be positive"), ("way", "up", "way is 'up'")],
)
def test_values_are_checked(name: str, value: Any, message: str) -> None:
    with pytest.raises(TpcError, match=message):
        OPTIONS[name].check(value)
    OPTIONS[name].check(OPTIONS[name].default)
