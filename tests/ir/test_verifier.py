"""Every rule of SPEC section 7, broken once: the verifier says which, and where the text is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tpc.diagnostics import TpcError
from tpc.ir.language import Group, Language, Slot
from tpc.ir.nodes import Aggregate, Case, Lookup, Node, Positions, TablePredicate
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.ir.types import Cat, Domain, Label, Num, Real
from tpc.ir.verifier import verify

SINK = Path(__file__).parents[1] / "corpus/kitchen_sink.tpir"
PROGRAM = parse_program(SINK.read_text(encoding="utf-8"), "sink")


def with_node(node: str, **changes: Any) -> Program:
    nodes = tuple(replace(n, **changes) if n.name == node else n for n in PROGRAM.nodes)
    return PROGRAM.replace(nodes=nodes)


def with_one_more(node: Node, after: bool = False) -> Program:
    """One more node before the label, or after it."""
    *nodes, label = PROGRAM.nodes
    return PROGRAM.replace(nodes=(*nodes, label, node) if after else (*nodes, node, label))


def with_domain(name: str, **changes: Any) -> Program:
    domains = tuple(replace(d, **changes) if d.name == name else d for d in PROGRAM.domains)
    return PROGRAM.replace(domains=domains)


def with_language(*slots: Slot[int], least: int = 1, most: int = 1) -> Program:
    return PROGRAM.replace(language=Language(((Group(slots, least, most),),)))


def without_weights() -> tuple[Any, ...]:
    label = PROGRAM.nodes[-1]
    return tuple(replace(f, rows=f.rows[:-1]) for f in label.features)  # type: ignore[union-attr]


def lookup(*cases: Case, operands: tuple[str, ...] = ("kind",)) -> Node:
    return Lookup("new", operands, cases, Cat("value"))


EVERY = Case((None,), 0)
WEIGHTS = next(n for n in PROGRAM.nodes if n.name == "num_mlp_0_1").weights  # type: ignore[union-attr]
FEATURES = PROGRAM.nodes[-1].features  # type: ignore[union-attr]

#: What is wrong with each program, as the verifier says it.
BROKEN: list[tuple[str, Callable[[], Program]]] = [
    # 1. Names and domains.
    ("defined twice", lambda: with_node("ones", name="positions")),
    ("not defined before it", lambda: with_node("attn_0_0", value="mlp_0_0")),
    ("not defined before it", lambda: with_node("attn_0_0", value="nothing")),
    (
        "is not a valid name for a variable",
        lambda: with_one_more(replace(lookup(EVERY), name="a-b")),
    ),
    ("is not a valid name for a program", lambda: PROGRAM.replace(name="a b")),
    ("the same name", lambda: PROGRAM.replace(domains=(*PROGRAM.domains, PROGRAM.domains[0]))),
    ("lists a value twice", lambda: with_domain("label", labels=("a", "a", "b"))),
    ("is not a valid domain", lambda: with_domain("value", size=0)),
    ("has no names, and the tokens", lambda: with_domain("token", labels=None)),
    ("has no names, and classes", lambda: with_domain("label", labels=None)),
    ("which is not defined", lambda: with_node("kind", type=Cat("nowhere"))),
    ("is not defined", lambda: PROGRAM.replace(tokens=Cat("nowhere"))),
    # 2. Operands, predicates, rankings, tables, weights.
    ("cannot read", lambda: with_node("attn_0_0", value="attn_0_0_pattern")),
    ("cannot read", lambda: with_one_more(Aggregate("new", "tokens", "tokens", Cat("token")))),
    ("cannot read", lambda: with_one_more(lookup(EVERY, operands=("label",)), after=True)),
    ("cannot read", lambda: with_node("mlp_0_0", operands=("attn_0_0_pattern", "attn_0_0"))),
    ("is not categorical", lambda: with_node("attn_0_2_pattern", key="ones")),
    ("takes one value", lambda: with_node("attn_0_0", value="ones")),
    ("takes one value", lambda: with_node("attn_0_0", type=Cat("value"))),
    ("adds up all matches", lambda: with_node("num_attn_0_0", value="tokens")),
    ("another kind of number", lambda: with_node("num_attn_0_0", type=Real())),
    ("another kind of number", lambda: with_node("num_attn_0_1", type=Num(0, 9))),
    ("looks up a real number", lambda: with_one_more(lookup(EVERY, operands=("weight",)))),
    ("more positions than", lambda: with_node("positions", type=Cat("value"))),
    ("not have one value for each token", lambda: with_node("kind", values=(0, 1))),
    ("a value that is not in @value", lambda: with_node("kind", values=(0, 1, 2, 3, 4))),
    ("is not finite", lambda: with_node("weight", values=(0.0, 1.0, 2.0, 3.0, float("inf")))),
    ("ranks scores", lambda: with_node("attn_0_3_pattern", scores=None)),
    ("ranks scores", lambda: with_node("attn_0_0_pattern", scores=((0,) * 5,) * 5)),
    ("ranks offsets", lambda: with_node("attn_0_2_pattern", offsets=None)),
    ("needs a predicate", lambda: with_node("attn_0_0_pattern", predicate=None)),
    ("does not fit", lambda: with_node("attn_0_0_pattern", predicate=TablePredicate((0,)))),
    ("does not fit", lambda: with_node("attn_0_0_pattern", predicate=TablePredicate((9,) * 5))),
    ("offsets from -4 to 4", lambda: with_node("attn_0_2_pattern", offsets=(0, 1))),
    ("do not fit its operands", lambda: with_node("attn_0_3_pattern", scores=((0, 1),) * 4)),
    ("does not fit its operands", lambda: with_one_more(lookup(Case((None, None), 0)))),
    ("gives 4, outside 0..3", lambda: with_one_more(lookup(Case((None,), 4)))),
    ("not in order", lambda: with_one_more(lookup(Case((((2, 2), (1, 1)),), 0), EVERY))),
    ("not in order", lambda: with_one_more(lookup(Case(((),), 0), EVERY))),
    ("outside 0..3", lambda: with_one_more(lookup(Case((((3, 4),),), 0), EVERY))),
    ("do not fit", lambda: with_node("num_mlp_0_1", weights=replace(WEIGHTS, hidden=3))),
    ("do not fit", lambda: with_node("num_mlp_0_1", weights=replace(WEIGHTS, b_out=(0.0,)))),
    ("is not finite", lambda: with_node("num_mlp_0_1", weights=nan_bias())),
    ("not a binary32 number", lambda: with_node("num_mlp_0_1", weights=fine_bias())),
    ("of feature", lambda: with_node("label", features=without_weights())),
    ("lacks a class", lambda: with_node("label", never=(7,))),
    ("no class is left", lambda: with_node("label", never=(0, 1, 2))),
    ("no class is left", lambda: with_node("label", never=(0, 0))),
    # 3. Ranges of sums.
    ("can be 1..5", lambda: with_node("num_attn_0_0", type=Num(0, 4))),
    ("is empty", lambda: with_node("num_attn_0_0", type=Num(3, 2))),
    # 4. Tables are total.
    ("has no case for", lambda: with_one_more(lookup(Case((((0, 2),),), 1)))),
    # 5. The answer.
    ("is not a label", lambda: PROGRAM.replace(result="mlp_0_0")),
    ("one label a sequence", lambda: with_node("label", type=Label("label", pooled=True))),
    ("one label a sequence", lambda: with_node("label", pool="sum")),
    # 6. The language.
    ("no pattern", lambda: PROGRAM.replace(language=Language(()))),
    ("no number of repetitions", lambda: with_language(Slot((1,)), least=2, most=1)),
    ("no number of repetitions", with_language),
    ("not a set of tokens", lambda: with_language(Slot(()))),
    ("not a set of tokens", lambda: with_language(Slot((2, 1)))),
    ("that no input has", lambda: with_language(Slot((0, 1)))),
    ("that no input has", lambda: with_language(Slot((1, 5)))),
    ("has no string of at most 5", lambda: with_language(*[Slot((1,))] * 6)),
    ("the same string", lambda: PROGRAM.replace(language=Language((LETTER, LETTER)))),
    ("max_length is at least 1", lambda: PROGRAM.replace(max_length=0)),
    # 7. Limits.
    ("at most 4,096", lambda: PROGRAM.replace(max_length=10**9)),
    ("more than 5,000", lambda: PROGRAM.replace(nodes=(*PROGRAM.nodes, *[LABEL] * 5_000))),
    ("more than 1,000,000 values", lambda: with_domain("value", size=10**7)),
    ("larger than 16,777,216", lambda: with_node("num_attn_0_0", type=Num(0, 10**9))),
    ("more than 16 operands", lambda: with_one_more(lookup(EVERY, operands=("kind",) * 40))),
    ("shapes of string", lambda: PROGRAM.replace(language=many_shapes())),
]
LABEL = PROGRAM.nodes[-1]
LETTER = (Group((Slot((1,)),)),)


def many_shapes() -> Language[int]:
    return Language((tuple(Group((Slot((1,)),), 0, 3) for _ in range(20)),))


def nan_bias() -> object:
    return replace(WEIGHTS, b_in=(0.0, float("nan")))


def fine_bias() -> object:
    return replace(WEIGHTS, b_in=(0.0, 0.1))


def test_the_program_itself_is_well_formed() -> None:
    verify(PROGRAM)
    verify(with_one_more(lookup(EVERY)))


@pytest.mark.parametrize(("message", "broken"), BROKEN, ids=[part for part, _ in BROKEN])
def test_a_broken_rule_is_named(message: str, broken: Callable[[], Program]) -> None:
    with pytest.raises(TpcError, match=message.replace(".", r"\.")):
        verify(broken())


def test_the_place_is_that_of_the_definition() -> None:
    text = SINK.read_text(encoding="utf-8")
    broken = text.replace("aggregate(%attn_0_0_pattern, %tokens)", "aggregate(%tokens, %tokens)")
    with pytest.raises(TpcError, match="cannot read") as raised:
        parse_program(broken, "sink.tpir")
    place = raised.value.location
    assert place is not None
    assert place.source.lstrip().startswith("%attn_0_0 =")


def test_a_pattern_is_no_value_in_text_either() -> None:
    text = SINK.read_text(encoding="utf-8")
    pattern = "%attn_0_0_pattern"
    broken = text.replace(f"aggregate({pattern}, %tokens)", f"aggregate({pattern}, {pattern})")
    with pytest.raises(TpcError):
        parse_program(broken, "sink.tpir")


def test_positions_are_a_domain_of_their_own_length() -> None:
    domains = (*PROGRAM.domains, Domain("short", 4))
    nodes = tuple(
        replace(n, type=Cat("short")) if isinstance(n, Positions) else n for n in PROGRAM.nodes
    )
    with pytest.raises(TpcError, match="more positions"):
        verify(PROGRAM.replace(domains=domains, nodes=nodes))


def test_repeats_beyond_the_longest_string_cost_nothing() -> None:
    language = Language(((Group((Slot((1,)),), 1, 10**9),),))
    verify(PROGRAM.replace(language=language))
    assert language.count(5) == 5
    assert language.shape_count(5) == len(list(language.shapes(5)))
