"""Identifiers of emitted files: short, legal, each once."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tpc.lowering.names import Names, Naming

NAMING = Naming(
    reserved=frozenset({"for", "a_keys", "v_x"}),
    prefixed=re.compile("_|tokens_"),
    made=re.compile(r".*_keys"),
)


def test_names_stay_as_they_are_where_they_can() -> None:
    names = Names(NAMING, ["for", "for_", "x", "b_keys", "_x", "tokens_1"])
    assert names.variables == {
        "for": "for__",
        "for_": "for_",
        "x": "x",
        "b_keys": "b_keys_",
        "_x": "v_x_",
        "tokens_1": "vtokens_1",
    }
    assert [names.fresh("x"), names.fresh("x"), names.free("_x")] == ["x_", "x__", "_x"]


def test_numbers_can_be_the_endings() -> None:
    names = Names(Naming(frozenset({"for"}), numbered=True), ["for", "x", "x_2"])
    assert names.variables == {"for": "for_2", "x": "x", "x_2": "x_2"}
    assert [names.fresh("x"), names.fresh("for")] == ["x_3", "for_3"]


def test_names_can_come_with_others() -> None:
    naming = Naming(frozenset({"LABELS"}), forms=lambda name: (name, name.upper()))
    assert Names(naming, ["labels", "x", "X"]).variables == {
        "labels": "labels_",
        "x": "x",
        "X": "X_",
    }


WORDS = st.text("abxX_", min_size=1, max_size=4) | st.sampled_from(["for", "a_keys", "tokens_a"])


@given(st.lists(WORDS, unique=True), st.lists(WORDS))
def test_no_two_things_share_a_name(variables: list[str], hints: list[str]) -> None:
    names = Names(NAMING, variables)
    found = [*names.variables.values(), *map(names.fresh, hints)]
    assert list(names.variables) == variables
    assert len({*found, *NAMING.reserved}) == len(found) + len(NAMING.reserved)
    assert not any(re.match("_|tokens_|.*_keys$", name) for name in found)
