"""Few strings show all that the variables of a program of counts can be."""

from __future__ import annotations

import pytest

from tests.proof.test_multisets import COUNTS_OF_COUNTS, HEAD, LANGUAGES, ONE_TOKEN
from tpc.ir.nodes import Aggregate
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.proof import covering
from tpc.proof.covering import covering_strings
from tpc.proof.equality import scored_columns
from tpc.semantics.strings import language_batch


def rows(program: Program, strings: list[tuple[int, ...]] | None) -> set[tuple[float, ...]]:
    """What is seen at scored positions of strings, or of the whole language."""
    heads = [node.name for node in program.nodes if isinstance(node, Aggregate)]
    batches = None if strings is None else [language_batch(program, strings)]
    columns = scored_columns(program, ["tokens", "positions", *heads], batches)
    return set(zip(*(column.tolist() for column in columns.values()), strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("nodes", [COUNTS_OF_COUNTS, ONE_TOKEN])
def test_nothing_is_missing_and_strings_are_few(language: str, nodes: str) -> None:
    program = parse_program(HEAD.replace("LANGUAGE", language) + nodes)
    strings = covering_strings(program)
    assert strings is not None
    assert rows(program, strings) == rows(program, None)
    assert len(set(strings)) == len(strings) < program.language.count(program.max_length) / 2
    assert all(program.language.match(ids, program.max_length) is not None for ids in strings)


def test_a_head_that_looks_at_one_position_is_not_followed() -> None:
    nodes = """
  %b = select.first(query=%tokens, key=%tokens) {_ => "a"}
  %found = aggregate(%b, %tokens) : cat<@token>
  %label = lookup(%found, %same) {("a", _) => "x", (_, 2) => "y", _ => "z"} : label<@label>
  return %label
}
"""
    assert covering_strings(parse_program(HEAD.replace("LANGUAGE", LANGUAGES[0]) + nodes)) is None


@pytest.mark.parametrize("limit", ["_MAX_STRINGS", "_MAX_POSITIONS", "_MAX_NUMBER"])
def test_too_many_are_not_gone_through(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covering, limit, 10)
    program = parse_program(HEAD.replace("LANGUAGE", LANGUAGES[0]) + COUNTS_OF_COUNTS)
    assert covering_strings(program) is None
