"""Formulas as text: what is printed reads back as the same tree, without needless parentheses."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.strategies import expressions
from tpc.diagnostics import TpcError
from tpc.ir.expressions import (
    Binary,
    Constant,
    Expression,
    Operand,
    evaluate,
    folded,
    operands_read,
    parts,
)
from tpc.ir.nodes import FormulaPredicate, Lookup, OffsetPredicate, Select
from tpc.ir.notation import written
from tpc.ir.parser import parse_program
from tpc.ir.printer import print_node

TEXT = """tpir 1.1
domain @token = ["<pad>", "a", "b"]
domain @label = ["x", "y"]
domain @position = 0..7
max_length 8
language ["a", "b"]{1..8}
program @p(%tokens: cat<@token>) -> label<@label> {
  %i = positions : cat<@position>
  %s = select.first(query=%i, key=%i) where key == WANTED
  %j = aggregate(%s, %i) : cat<@position>
  %v = lookup(%i, %j) {_ => min(7, max(0, FORMULA))} : cat<@position>
  %label = lookup(%v) {0 => "x", _ => "y"} : label<@label>
  return %label
}
"""


def reprinted(formula: str) -> str:
    program = parse_program(TEXT.replace("FORMULA", formula).replace("WANTED", "query"), "p.tpir")
    text = print_node(program, program.by_name["v"])
    return text.partition("max(0, ")[2].partition("))}")[0]


@pytest.mark.parametrize(
    "text",
    [
        "%i - %j - 1",
        "%i - (%j - 1)",
        "%i + (%j + 1)",
        "%i * %j // 2 % 3",
        "%i * (%j // 2)",
        "(%i + %j) * 2",
        "%i + %j * -2",
        "(%i == %j) + (%i != 3)",
        "%i < %j + 1",
        "%i - %j > 2",
        "%i >= 2",
        "%i <= (%j == 1)",
        "abs(%i - %j) % 5",
        "min(%i, %j) // max(%i, 1)",
        "-1 - %i",
        "%i % 2",
    ],
)
def test_printed_as_a_person_would(text: str) -> None:
    assert reprinted(text) == text


@pytest.mark.parametrize(
    ("given_text", "printed"),
    [
        ("((%i)) - (%j)", "%i - %j"),
        ("(%i * %j) % 3", "%i * %j % 3"),
        ("2 < %i", "%i > 2"),
        ("%j > %i", "%i < %j"),
        ("%j >= %i + 1", "%i + 1 <= %j"),
        ("%i%2", "%i % 2"),
        ("%i -1", "%i - 1"),
        ("%i // ; a comment\n 2", "%i // 2"),
    ],
)
def test_printed_in_one_way(given_text: str, printed: str) -> None:
    assert reprinted(given_text) == printed


def _divides_by_nothing(formula: Expression) -> bool:
    return not any(isinstance(p, Binary) and p.operator in ("//", "%") for p in parts(formula))


@settings(max_examples=300, deadline=None)
@given(expressions(2))
def test_reads_back_as_the_same(formula: Expression) -> None:
    assume(_divides_by_nothing(formula))
    text = written(formula, lambda index: ("%i", "%j")[index])
    program = parse_program(TEXT.replace("WANTED", "query").replace("FORMULA", text))
    node = program.by_name["v"]
    assert isinstance(node, Lookup)
    bounded = Binary("min", Constant(7), Binary("max", Constant(0), formula))
    assert node.cases[0].outcome == bounded


@settings(max_examples=300, deadline=None)
@given(expressions(2), st.integers(-3, 3), st.integers(-3, 3))
def test_python_reads_it_as_it_is_meant(formula: Expression, one: int, other: int) -> None:
    text = written(formula, lambda index: f"({(one, other)[index]})")
    try:
        expected = evaluate(formula, (one, other))
    except ZeroDivisionError:
        with pytest.raises(ZeroDivisionError):
            eval(text)
        return
    assert eval(text) == expected
    assert evaluate(folded(formula), (one, other)) == expected
    assert operands_read(folded(formula)) == operands_read(formula)


@pytest.mark.parametrize(
    ("formula", "printed"),
    [
        ("query", "query"),
        ("query + 2", "query + 2"),
        ("query - 2", "query - 2"),
        ("query + -2", "query - 2"),
        ("7 - query", "7 - query"),
        ("query // 2 * 2", "query // 2 * 2"),
        ("(query > 3)", "(query > 3)"),
        ("min(query + 1, 7)", "min(query + 1, 7)"),
        ("3", "3"),
    ],
)
def test_keys_by_formula(formula: str, printed: str) -> None:
    program = parse_program(TEXT.replace("WANTED", formula).replace("FORMULA", "%i"))
    select = program.by_name["s"]
    assert isinstance(select, Select)
    offset = printed.startswith("query") and "//" not in printed
    assert isinstance(select.predicate, OffsetPredicate if offset else FormulaPredicate)
    assert print_node(program, select).endswith(f" where key == {printed}")


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("%i < %j < 3", "unexpected '<'"),
        ("%i -", "unexpected"),
        ("%k", "cannot read %k"),
        ("query", "cannot read query"),
        ("1.5 + %i", "not a whole number"),
        ("abs(%i, 1)", "abs takes one value"),
        ("min(%i)", "min takes two values"),
        ("%i - %s", "cannot read %s"),
        ("-%i", "unexpected"),
    ],
)
def test_what_is_no_formula(formula: str, said: str) -> None:
    with pytest.raises(TpcError, match=said) as raised:
        reprinted(formula)
    assert raised.value.location is not None
    assert raised.value.location.line == 11


def test_a_predicate_reads_the_query_alone() -> None:
    with pytest.raises(TpcError, match="cannot read %i"):
        parse_program(TEXT.replace("WANTED", "7 - %i").replace("FORMULA", "%i"))
    with pytest.raises(TpcError, match="divides by 0 for 3"):
        parse_program(TEXT.replace("WANTED", "7 // (query - 3)").replace("FORMULA", "%i"))
    assert written(Operand(0), lambda _: "query") == "query"
