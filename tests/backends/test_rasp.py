"""The RASP backend: its text keeps the limits of the reference interpreter and says the same."""

from __future__ import annotations

import gzip
import json
import math
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.backends.conftest import NAMES, corpus_program, inputs
from tests.strategies import programs, sequences
from tpc.backends.rasp import BACKEND, emit
from tpc.backends.rasp.emit import rasp_text
from tpc.backends.rasp.text import HELPERS, UNUSABLE
from tpc.frontends.run import export_run
from tpc.ir.expressions import Binary, Constant
from tpc.ir.language import Group, Language, Slot
from tpc.ir.nodes import (
    TOKENS,
    Aggregate,
    Case,
    Classify,
    Embed,
    Feature,
    Lookup,
    Mlp,
    Node,
    OffsetPredicate,
    Ones,
    Outcome,
    Positions,
    Select,
    TablePredicate,
    Weights,
)
from tpc.ir.printer import digest
from tpc.ir.program import Program
from tpc.ir.types import Cat, Domain, Label, Num, Real, Value
from tpc.ir.verifier import verify
from tpc.lowering import lower
from tpc.rasp import load
from tpc.rasp.lint import lint_text
from tpc.rasp.writing import escape, number, unescape
from tpc.runtime.rasp import LoadedRasp
from tpc.semantics import interpreter

ZOO = [
    "conll_ner",
    "double_hist_learned_counts",
    "dyck1",
    "hist",
    "hist16",
    "option_clipped",
    "option_embeddings",
    "option_mlp_vars_3",
    "option_none_causal",
    "option_score",
    "reverse_categorical",
    "sort",
    "sort_categorical",
    "trec",
]
#: Lines compared; of the two programs on text, whose inputs are long, fewer.
SAMPLED = {"trec": 100, "conll_ner": 100}
MOST_LINES = 300


def first_lookup(name: str) -> Lookup | None:
    """A table of a program of the corpus, if it has one."""
    lookups = (node for node in corpus_program(name).nodes if isinstance(node, Lookup))
    return next(lookups, None)


def loaded(program: Program) -> LoadedRasp:
    text = rasp_text(lower(program), "program", digest(program))
    assert lint_text(text, "program.rasp") == []
    return emit.loaded(program, load(text, "program.rasp"))


def same(ours: list[Value], theirs: list[Value]) -> bool:
    """Equal, sums of reals up to the rounding of another order of additions."""
    pairs = list(zip(ours, theirs, strict=True))
    return all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) if isinstance(a, float) else a == b
        for a, b in pairs
    )


def assert_equal(program: Program, found: LoadedRasp, tokens: list[str]) -> None:
    assert found.run(tokens, raw=True) == interpreter.run(program, tokens, raw=True), tokens
    expected, traced = interpreter.trace(program, tokens), found.trace(tokens)
    assert traced.keys() == expected.keys()
    for name, values in expected.items():
        assert same(traced[name], values), (tokens, name)


@pytest.mark.parametrize("name", ZOO)
def test_a_real_program_answers_as_its_network(name: str, shared: Path) -> None:
    folder = shared / "zoo" / name
    vocabulary = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    program = export_run(folder, vocabulary)
    found = loaded(program)
    with gzip.open(folder / "expected.jsonl.gz", "rt", encoding="utf-8") as stream:
        lines = [json.loads(line) for line in stream]
    stream_ = random.Random(0)
    for line in stream_.sample(lines, SAMPLED.get(name, min(MOST_LINES, len(lines)))):
        answer = line["label"] if program.label_type.pooled else line["labels"]
        assert found.run(line["tokens"], raw=True) == answer, line["tokens"]
    for line in stream_.sample(lines, 30):
        assert_equal(program, found, line["tokens"])


def test_every_corpus_program_keeps_the_limits(program: Program) -> None:
    found = loaded(program)
    for tokens in inputs(program)[::7]:
        assert_equal(program, found, tokens)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_random_programs_keep_the_limits(data: st.DataObject) -> None:
    program = data.draw(programs(max_nodes=10))
    found = loaded(program)
    for _ in range(3):
        assert_equal(program, found, data.draw(sequences(program)))


# Programs made for one purpose ------------------------------------------------------------------


def make(
    *nodes: Node,
    words: int = 4,
    max_length: int = 6,
    domains: tuple[Domain, ...] = (),
    classes: tuple[str, ...] = ("<pad>", "x", "y"),
    extra_words: tuple[str, ...] = (),
) -> Program:
    """A program over `w1`, `w2`, ...; classified by all its categorical variables if unfinished."""
    tokens = ("<pad>", *(f"w{k}" for k in range(1, words)), *extra_words)
    program = Program(
        name="made",
        domains=(
            Domain("token", len(tokens), tokens),
            Domain("position", max_length),
            Domain("label", len(classes), classes),
            *domains,
        ),
        tokens=Cat("token"),
        max_length=max_length,
        nodes=nodes,
        result="label",
        language=Language(((Group((Slot((1, 2)),), 1, max_length),),)),
    )
    if not any(node.name == "label" for node in nodes):
        program = program.replace(nodes=(*nodes, _classifier(program)))
    verify(program)
    return program


def _classifier(program: Program) -> Classify:
    stream, features = random.Random(0), []
    for name in (TOKENS, *(node.name for node in program.nodes)):
        kind = program.type_of(name)
        if isinstance(kind, Cat | Num | Real):
            count = program.domain_of(name).size if isinstance(kind, Cat) else 1
            rows = [[stream.randint(-8, 8) / 8 for _ in program.domains[2].labels or ()]] * 1
            rows = [[stream.randint(-8, 8) / 8 for _ in rows[0]] for _ in range(count)]
            features.append(Feature(name, tuple(map(tuple, rows))))
    return Classify("label", tuple(features), Label("label"), (0,), "none", ("label",))


def random_inputs(program: Program, count: int = 40) -> list[list[str]]:
    stream = random.Random(1)
    lengths = [stream.randint(1, program.max_length) for _ in range(count)]
    return [[stream.choice(program.vocabulary[1:]) for _ in range(n)] for n in lengths]


def check(program: Program) -> str:
    found = loaded(program)
    for tokens in random_inputs(program):
        assert_equal(program, found, tokens)
    return rasp_text(lower(program), "program", digest(program))


POSITIONS = Positions("positions", Cat("position"), ("positions",))
ONES = Ones("ones", ("ones",))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("rule", ["closest", "first", "best", "score", "all"])
@pytest.mark.parametrize("key", [TOKENS, "positions"])
def test_rules(rule: str, causal: bool, key: str) -> None:
    stream = random.Random(f"{rule}{causal}{key}")
    size = 4 if key == TOKENS else 6
    predicate, offsets, scores = None, None, None
    if rule == "score":
        # Ranks with ties, dense as the text form wants them.
        scores = tuple(_dense([stream.randint(0, 2) for _ in range(size)]) for _ in range(6))
    else:
        predicate = TablePredicate(tuple(stream.choice([None, *range(size)]) for _ in range(6)))
    if rule == "best":
        offsets = _dense([stream.randint(0, 4) for _ in range(11)])
    select = Select("a_pattern", rule, "positions", key, predicate, causal, offsets, scores)  # type: ignore[arg-type]
    if rule == "all":
        read: Node = Aggregate("a", "a_pattern", "ones", Num(0, 6), ("a",))
    else:
        read = Aggregate("a", "a_pattern", TOKENS, Cat("token"), ("a",))
    check(make(POSITIONS, ONES, select, read))


def _dense(values: list[int]) -> tuple[int, ...]:
    order = {value: rank for rank, value in enumerate(sorted(set(values)))}
    return tuple(order[value] for value in values)


@pytest.mark.parametrize("delta", [-3, -1, 0, 2])
def test_offsets_between_values(delta: int) -> None:
    select = Select("a_pattern", "closest", "positions", "positions", OffsetPredicate(delta))
    text = check(make(POSITIONS, select, Aggregate("a", "a_pattern", TOKENS, Cat("token"), ("a",))))
    expected = f"positions {'+' if delta > 0 else '-'} {abs(delta)}" if delta else "at(positions)"
    assert expected in text


def test_sums_of_sums_and_of_reals() -> None:
    everywhere = Select("p", "all", TOKENS, TOKENS, TablePredicate((1, 1, 2, None)))
    later = Select("q", "all", "positions", "positions", TablePredicate((0, 1, 1, 2, 5, 4)), True)
    values = (0.0, 0.1, -0.7, 1e-7)
    text = check(
        make(
            POSITIONS,
            ONES,
            Embed("v", values, Real(), ("v",)),
            everywhere,
            Aggregate("n", "p", "ones", Num(0, 6), ("n",)),
            Aggregate("nn", "p", "n", Num(0, 36), ("nn",)),
            Aggregate("r", "p", "v", Real(), ("r",)),
            later,
            Aggregate("rr", "q", "r", Real(), ("rr",)),
        )
    )
    assert "0.0000001" in text


def test_lookups_of_three_variables_and_of_wide_ranges() -> None:
    counted = Select("p", "all", TOKENS, TOKENS, TablePredicate((1, 1, 2, None)))
    cube = Lookup(
        "cube",
        ("positions", TOKENS, "n"),
        (
            Case((((0, 2),), ((1, 2),), ((1, 1), (3, 4))), 1),
            Case((None, ((3, 3),), ((2, 6),)), 2),
            Case((((4, 5),), None, None), 3),
            Case((None, None, None), 0),
        ),
        Cat("four"),
        ("cube",),
    )
    wide = Lookup(
        "wide",
        ("far", "far2"),
        (
            Case((((0, 7), (500, 6_000)), None), 1),
            Case((None, ((300, 400),)), 2),
            Case((None, None), 0),
        ),
        Cat("four"),
        ("wide",),
    )
    chain = [Aggregate("n", "p", "ones", Num(0, 6), ("n",))]
    for step in range(6):
        previous = chain[-1]
        assert isinstance(previous.type, Num)
        name = ["n2", "n3", "n4", "far", "far2", "unused"][step]
        chain.append(Aggregate(name, "p", previous.name, Num(0, 6 * previous.type.hi), (name,)))
    check(make(POSITIONS, ONES, counted, *chain, cube, wide, domains=(Domain("four", 4),)))


def test_a_lookup_that_makes_no_difference_is_a_constant() -> None:
    flat = Lookup("flat", (TOKENS, "positions"), (Case((None, None), 2),), Cat("token"), ("flat",))
    assert 'flat = ["w2"][0 * indices];' in check(make(POSITIONS, flat))


def test_perceptrons() -> None:
    stream = random.Random(3)

    def weights(inputs: int, hidden: int = 5, outputs: int = 4) -> Weights:
        def numbers(count: int) -> tuple[float, ...]:
            return tuple(stream.randint(-24, 24) / 8 for _ in range(count))

        return Weights(
            hidden,
            numbers(hidden * inputs),
            numbers(hidden),
            numbers(outputs * hidden),
            numbers(outputs),
        )

    four = Domain("four", 4)
    embed = Embed("v", (0.0, 0.5, -0.25, 2.0), Real(), ("v",))
    pattern = Select("p", "all", TOKENS, TOKENS, TablePredicate((1, 1, 2, 3)))
    text = check(
        make(
            POSITIONS,
            embed,
            pattern,
            Aggregate("r", "p", "v", Real(), ("r",)),
            Mlp("one", ("r",), weights(1), Cat("four"), ("one",)),
            Mlp("twice", ("r", "r"), weights(2), Cat("four"), ("twice",)),
            Mlp("two", ("r", "v"), weights(2), Cat("four"), ("two",)),
            Mlp("mixed", ("r", TOKENS, "positions"), weights(11), Cat("four"), ("mixed",)),
            Mlp("named", (TOKENS, "v"), weights(5, outputs=4), Cat("token"), ("named",)),
            domains=(four,),
        )
    )
    assert "twice_interval + indicator(r > " in text or "twice_interval + indicator(r >= " in text
    assert "two_hidden" in text


def test_ten_thousand_words() -> None:
    words, values = 10_001, Domain("value", 32)
    stream = random.Random(4)
    table = tuple(stream.randrange(32) for _ in range(words + 1))
    reals = tuple(stream.randint(-999, 999) / 8 for _ in range(words + 1))
    program = make(
        Embed("var0", table, Cat("value"), ("var0",)),
        Embed("num0", reals, Real(), ("num0",)),
        Classify(
            "label",
            (Feature("num0", ((0.5, -0.25, 1.0),)), Feature("var0", ((0.0, 1.0, 2.0),) * 32)),
            Label("label"),
        ),
        words=words,
        extra_words=("<unk>",),
        domains=(values,),
    )
    found = loaded(program)
    for tokens in [["w1", "w9999", "never seen"], ["w5000"], ["<unk>", '"', "w123"]]:
        assert_equal(program, found, tokens)


def test_a_large_vocabulary_read_as_it_is() -> None:
    words = 600
    stream = random.Random(5)
    matched = TablePredicate(tuple(stream.choice([None, 3, 599]) for _ in range(words)))
    select = Select("p", "closest", TOKENS, TOKENS, matched)
    read = Aggregate("a", "p", "positions", Cat("position"), ("a",))
    cases = (Case((((5, 300),),), 1), Case((None,), 0))
    lookup = Lookup("b", (TOKENS,), cases, Cat("position"), ("b",))
    check(make(POSITIONS, select, read, lookup, words=words))


def test_many_classes() -> None:
    classes = ("<pad>", *(f"class {k}" for k in range(300)))
    check(make(POSITIONS, words=3, max_length=3, classes=classes))


def test_hostile_tokens_and_classes() -> None:
    hostile = ('"', "\\", "\n", "\\q", "", "#", "\x1b", "é", "\u2028", "a;b", "\r\n", "\\e")
    select = Select("p", "closest", TOKENS, TOKENS, OffsetPredicate(1))
    read = Aggregate("a", "p", TOKENS, Cat("token"), ("a",))
    program = make(POSITIONS, select, read, extra_words=hostile, classes=("<pad>", '"', "\\n"))
    text = check(program)
    assert r'"\q"' in text
    assert "In inputs and labels alike" in text


@given(st.text())
def test_escapes_are_reversible_and_writable(token: str) -> None:
    written = escape(token)
    assert unescape(written) == token
    assert written
    assert not set(written) & set('"\r\n')


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_as_the_same(value: float) -> None:
    shown = load(f"x = {number(value)};\nx;").shown[-1].text.removeprefix("x = ")
    assert float(shown) == value


def test_names_that_rasp_needs_are_changed() -> None:
    names = ["set", "order", "closest", "tokens_int", "_hidden", "length", "labels", "max"]
    nodes: list[Node] = [POSITIONS]
    for name in names:
        nodes.append(Select(f"{name}_pattern", "closest", TOKENS, TOKENS, OffsetPredicate(0)))
        nodes.append(Aggregate(name, f"{name}_pattern", "positions", Cat("position"), (name,)))
    text = check(make(*nodes))
    defined = [line.split(" = ")[0] for line in text.splitlines() if " = " in line]
    assert not set(names) & set(defined[:-1])


def test_the_text_says_what_it_is(program: Program) -> None:
    text = rasp_text(lower(program), "stem", digest(program))
    lines = text.splitlines()
    assert lines[0].startswith(f"# {program.name}:")
    assert any(line.startswith("# Origin:") for line in lines)
    assert '#     load "stem";' in lines
    assert any(line.startswith("#     labels([") for line in lines)
    assert lines[-1].startswith("labels = ")
    defined = {line.split(" = ")[0] for line in lines if " = " in line}
    for node in program.nodes:
        taken = node.name in UNUSABLE | HELPERS.keys()
        assert taken or node.name in defined


def next_value(outcome: Outcome, size: int) -> Outcome:
    if isinstance(outcome, int):
        return (outcome + 1) % size
    return Binary("%", Binary("+", outcome, Constant(1)), Constant(size))


@pytest.mark.parametrize("name", [name for name in NAMES if first_lookup(name)])
def test_a_changed_program_is_noticed(name: str) -> None:
    """The comparison above can fail: another answer of a lookup shows."""
    program, node = corpus_program(name), first_lookup(name)
    assert node is not None
    size = program.domain_of_type(node.type).size
    cases = tuple(replace(case, outcome=next_value(case.outcome, size)) for case in node.cases)
    other = program.replace(
        nodes=tuple(replace(node, cases=cases) if old is node else old for old in program.nodes)
    )
    found = emit.loaded(program, load(rasp_text(lower(other), "other", digest(other))))
    variable = node.origin[0] if node.origin else "label"
    assert size > 1
    assert any(
        found.trace(tokens)[variable] != interpreter.trace(program, tokens)[variable]
        for tokens in inputs(program)
    )


def test_the_backend_writes_one_file(program: Program) -> None:
    (file,) = BACKEND.emit(program, "p")
    assert file.name == "p.rasp"
    assert file.content.decode("utf-8").endswith("\n")
