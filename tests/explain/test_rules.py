"""A classifier as scored rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.backends.test_window import window_program
from tests.cli.conftest import Tpc, tpc
from tpc.explain.rules import scored_rules
from tpc.ir.parser import parse_program
from tpc.ir.printer import print_program

__all__ = ["tpc"]


def test_rules_are_the_weights_strongest_first() -> None:
    program = window_program((0, -1, 2, 1))
    rules = scored_rules(program)
    weights = [rule.weight for rule in rules]
    assert [w for w in weights if w > 0] == sorted((w for w in weights if w > 0), reverse=True)
    assert weights[sum(w > 0 for w in weights) :] == sorted(w for w in weights if w < 0)
    classifier = program.by_name["label"]
    rows = [row for feature in classifier.features for row in feature.rows]  # type: ignore[union-attr]
    assert sum(rule.weight for rule in rules) == sum(map(sum, rows))
    assert {rule.where for rule in rules} == {
        *("the word", "the word before", "the word 2 after", "the word after")
    }
    assert all(rule.n_words >= len(rule.words) > 0 for rule in rules)


def test_an_offset_said_by_a_table_is_one() -> None:
    text = print_program(window_program((0, -1))).partition("seal ")[0]
    table = "{0..1 => 0, 2 => 1, 3 => 2, 4 => 3, 5 => 4}"
    said = parse_program(text.replace("where key == query - 1", table))
    assert "key == query" not in print_program(said)
    assert {rule.where for rule in scored_rules(said)} == {"the word", "the word before"}


def test_a_head_of_one_position_names_it() -> None:
    assert {rule.where for rule in scored_rules(window_program((0, 3), at=2))} == {
        *("the word", "word 3")
    }


@pytest.mark.parametrize("as_json", [False, True])
def test_inspect_lists_the_rules(tpc: Tpc, tmp_path: Path, as_json: bool) -> None:
    path = tmp_path / "w.tpir"
    path.write_text(print_program(window_program((0, -1))))
    done = tpc("inspect", path, "--rules", *(["--json"] if as_json else []))
    assert done.status == 0, done.err
    first = scored_rules(window_program((0, -1)))[0]
    if as_json:
        assert json.loads(done.out)["rules"][0]["weight"] == first.weight
    else:
        assert f"{first.weight:+g}" in done.out
        assert " or one of " in done.out
