"""Programs built node by node: types are inferred, and a node that breaks a rule is refused."""

from __future__ import annotations

import pytest

from tests.backends.conftest import corpus_program
from tpc.diagnostics import TpcError
from tpc.ir.builder import Builder
from tpc.ir.nodes import (
    TOKENS,
    Aggregate,
    Lookup,
    OffsetPredicate,
    Ones,
    Positions,
    Select,
    TablePredicate,
)
from tpc.ir.program import Program
from tpc.ir.types import Cat, Domain, Num


def builder() -> Builder:
    domains = (Domain("token", 2, ("a", "b")), Domain("position", 5))
    found = Builder(domains, Cat("token"), 5)
    found.add(Positions("positions", Cat("position")))
    found.add(Ones("ones"))
    return found


def test_a_head_has_the_type_of_its_value_or_of_the_sum() -> None:
    found = builder()
    same = Select("same", "all", TOKENS, TOKENS, OffsetPredicate(0))
    here = Select("here", "all", "positions", "positions", OffsetPredicate(0))
    first = Select("first", "first", "positions", "positions", TablePredicate((0,) * 5))
    assert found.add_head(same, "count", "ones", ()).type == Num(0, 5)
    assert found.add_head(here, "one", "ones", ()).type == Num(0, 1)
    assert found.add_head(first, "token_0", TOKENS, ()).type == Cat("token")
    assert found.range_of("count") == range(6)
    assert [node.name for node in found.nodes][2:] == [
        *("same", "count", "here", "one", "first", "token_0")
    ]


def test_a_node_that_breaks_a_rule_is_refused_and_not_added() -> None:
    found = builder()
    before = found.nodes
    with pytest.raises(TpcError, match="%label has no case for"):
        found.add(Lookup("label", (TOKENS,), (), Cat("position")))
    with pytest.raises(TpcError, match="reads %nothing, which is not defined before it"):
        found.add(Aggregate("head", "nothing", TOKENS, Cat("token")))
    assert found.nodes == before


@pytest.mark.parametrize("name", ["kitchen_sink", "real"])
def test_a_program_is_what_building_it_again_gives(name: str) -> None:
    program: Program = corpus_program(name)
    found = Builder(program.domains, program.tokens, program.max_length)
    for node in program.nodes:
        found.add(node)
    assert found.nodes == program.nodes
    assert {n: found.type_of(n) for n in found.by_name} == {
        n: program.type_of(n) for n in program.by_name
    }
