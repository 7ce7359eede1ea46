"""Explanations are facts: sums, sources, forcing sets and flips, held against brute force."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tpc as package
from tests.backends.conftest import corpus_program
from tests.cli.conftest import Tpc, tpc
from tests.cli.test_bad_input import assert_polite
from tests.strategies import programs, sequences
from tpc.diagnostics import TpcError
from tpc.explain.explanation import Explanation, explain
from tpc.explain.forcing import Flips, ForcingSets, Question, by_exhaustion
from tpc.frontends.program_file import read_program_file
from tpc.ir.nodes import Aggregate, Classify, Select
from tpc.ir.parser import parse_program
from tpc.ir.program import Program, matched_keys
from tpc.ir.words import PAD, rewrite
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Interpreter, present_column

__all__ = ["tpc"]

ROOT = Path(__file__).parent.parent.parent
SORT = ROOT / "programs" / "sort" / "sort.tpir"

#: Two shapes of one length, which share no first token; `%first` is read by tables alone.
UNION = """tpir 1.0

domain @token = ["<pad>", "a", "b", "c", "x", "y", "z"]
domain @value = 0..2
domain @label = ["no", "yes", "perhaps"]

max_length 4
language ["a", "b"], ["x", "y"]{1..3} | "c", ["y", "z"], ["a", "b", "x"]

program @union(%tokens: cat<@token>) -> label<@label> {
  %first = embed(%tokens) {"<pad>" | "a" | "x" => 0, "b" | "c" | "y" => 1, "z" => 2} : cat<@value>
  %next_pattern = select.closest(query=%first, key=%first) where key == query
  %next = aggregate(%next_pattern, %first) : cat<@value>
  %far_pattern = select.first(query=%next, key=%first) {0 => 1, 1 => 2, 2 => 0}
  %far = aggregate(%far_pattern, %next) : cat<@value>
  %label = classify {
    %first: {0 => [1, 0, 0], 1 => [0, 2, 0], 2 => [0, 0, 1]},
    %far: {0 => [0, 1, 0], 1 => [1, 0, 0.5], 2 => [0, 0, 3]}
  } : label<@label>
  return %label
}
"""


def drawn(data: st.DataObject, program: Program) -> tuple[list[str], int | None]:
    """An input, of the language or not, and a position."""
    strings = program.language.sample(program.max_length, 1, seed=data.draw(st.integers(0, 99)))
    own = [program.vocabulary[index] for index in strings[0]]
    fixed = all(rewrite(word, program.rewrite) == word for word in own)
    tokens = own if fixed and data.draw(st.booleans()) else data.draw(sequences(program))
    if not tokens:
        tokens = own if fixed else [next(w for w in program.vocabulary if w in ("@", "<unk>"))]
    if program.label_type.pooled:
        return tokens, None
    return tokens, data.draw(st.integers(0, len(tokens) - 1))


#: On a busy machine, drawing a program may take long.
ANY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@ANY
@given(st.data())
def test_contributions_add_up_to_the_difference_of_the_interpreters_logits(
    data: st.DataObject,
) -> None:
    program = data.draw(programs())
    tokens, position = drawn(data, program)
    interpreter = Interpreter(program)
    found = interpreter.evaluate(encode(program, tokens))
    explained = explain(interpreter, tokens, position, limit=1)
    at = position or 0
    assert explained.label == program.classes[int(found.columns[program.result][at])]
    node = program.by_name[program.result]
    if not isinstance(node, Classify):
        assert explained.contributions == ()
        assert explained.logit is explained.runner_up is None
        return
    logits = found.logits[at]
    assert explained.logit == logits[program.classes.index(explained.label)]
    others = set(range(len(logits))) - set(node.never) - {program.classes.index(explained.label)}
    if not others:
        assert explained.runner_up is None
        return
    assert explained.runner_up is not None
    rival = program.classes.index(explained.runner_up)
    assert logits[rival] == max(logits[other] for other in others)
    total = sum((item.difference for item in explained.contributions), Fraction(0))
    # The weights of random programs are eighths: their sums are exact.
    assert total == Fraction(explained.logit) - Fraction(logits[rival]) == explained.difference
    assert explained.rounding == 0


@ANY
@given(st.data())
def test_causes_are_what_the_interpreter_computed(data: st.DataObject) -> None:
    program = data.draw(programs())
    tokens, position = drawn(data, program)
    interpreter = Interpreter(program)
    found = interpreter.evaluate(encode(program, tokens))
    explained = explain(interpreter, tokens, position, limit=1)
    known = {(cause.variable, cause.position): cause for cause in explained.causes}
    assert len(known) == len(explained.causes)
    assert {(item.variable, item.position) for item in explained.contributions} <= known.keys()
    for cause in explained.causes:
        column = present_column(program, cause.variable, found.columns[cause.variable])
        assert cause.value == column[cause.position]
        assert set(cause.sources) <= known.keys()
        node = program.by_name.get(cause.variable)
        if not isinstance(node, Aggregate):
            assert cause.attended == ()
            continue
        assert list(cause.attended) == found.patterns[node.pattern][cause.position]
        select = program.by_name[node.pattern]
        assert isinstance(select, Select)
        if select.predicate is not None and select.rule != "all":
            query = found.columns[select.query][cause.position]
            keys = found.columns[select.key][: cause.position + 1 if select.causal else None]
            none = matched_keys(program, select)[int(query)] not in keys
            assert ("nothing matches" in cause.reason) == none
        assert {(node.value, at) for at in cause.attended} <= set(cause.sources)
    assert str(explained).replace("\n", "").isprintable()
    json.dumps(explained.to_json())


def neighbours(program: Program, ids: list[int]) -> list[tuple[int, ...]]:
    """The inputs that one is compared with, without the help of what is tested."""
    strings = [s for s in program.language.strings(program.max_length) if len(s) == len(ids)]
    if tuple(ids) in strings:
        return strings
    words = enumerate(program.vocabulary)
    known = [i for i, word in words if word != PAD and rewrite(word, program.rewrite) == word]
    return list(itertools.product(known, repeat=len(ids)))


def brute_force(
    strings: np.ndarray, labels: np.ndarray, ids: list[int], label: int
) -> tuple[set[tuple[int, int, int]], set[tuple[int, ...]], int]:
    """Flips as position, token and label, the smallest forcing sets, and how many changes."""
    changed = strings != np.array(ids)
    changes = int((changed.sum(axis=1) == 1).sum())
    single = np.flatnonzero((changed.sum(axis=1) == 1) & (labels != label))
    flips = set()
    for row in single:
        at = int(np.flatnonzero(changed[row])[0])
        flips.add((at, int(strings[row, at]), int(labels[row])))
    other = labels != label
    for size in range(len(ids) + 1):
        sets = {
            chosen
            for chosen in itertools.combinations(range(len(ids)), size)
            if not (other & ~changed[:, chosen].any(axis=1)).any()
        }
        if sets:
            return flips, sets, changes
    raise AssertionError("all positions together force every label")


def assert_found(explained: Explanation, program: Program, expected: object) -> None:
    assert explained.flips.flips is not None
    assert explained.forcing.sets is not None
    flips = [
        (flip.position, program.vocabulary.index(flip.token), program.classes.index(flip.label))
        for flip in explained.flips.flips
    ]
    assert len(set(flips)) == len(flips)
    assert len(set(explained.forcing.sets)) == len(explained.forcing.sets)
    assert (set(flips), set(explained.forcing.sets), explained.flips.changes) == expected
    necessary = set(explained.forcing.necessary)
    assert all(necessary <= set(chosen) for chosen in explained.forcing.sets)


def assert_exhaustive(program: Program, tokens: list[str], position: int | None) -> None:
    interpreter = Interpreter(program)
    ids = encode(program, tokens)
    strings = neighbours(program, ids)
    at = position or 0
    labels = [int(interpreter.evaluate(s).columns[program.result][at]) for s in strings]
    label = int(interpreter.evaluate(ids).columns[program.result][at])
    expected = brute_force(np.array(strings), np.array(labels), ids, label)
    assert_found(explain(interpreter, tokens, position), program, expected)


@settings(ANY, max_examples=60)
@given(st.data())
def test_forcing_sets_and_flips_of_random_programs_by_brute_force(data: st.DataObject) -> None:
    program = data.draw(programs(max_nodes=5))
    tokens, position = drawn(data, program)
    tokens = tokens[:3]  # All strings over a vocabulary are tried if it is not in the language.
    if position is not None:
        position = min(position, len(tokens) - 1)
    assert_exhaustive(program, tokens, position)


def test_languages_of_several_shapes_by_brute_force() -> None:
    program = parse_program(UNION)
    for string in program.language.strings(3):
        for position in range(len(string)):
            assert_exhaustive(program, [program.vocabulary[token] for token in string], position)
    assert_exhaustive(program, ["z", "z"], 1)
    assert_exhaustive(program, ["c", "y", "c"], 0)


@pytest.mark.parametrize(
    "name", ["embedded_words", "causal", "clipped_count", "pooled_first", "pooled_sum", "ranges"]
)
def test_the_corpus_by_brute_force(name: str) -> None:
    program = corpus_program(name)
    for ids in program.language.sample(min(3, program.max_length), 3, seed=1):
        tokens = [program.vocabulary[index] for index in ids]
        positions = [None] if program.label_type.pooled else range(len(tokens))
        for position in positions:
            assert_exhaustive(program, tokens, position)


@pytest.mark.parametrize("name", ["hist", "sort", "reverse", "double_hist"])
def test_shipped_programs_of_size_8_by_brute_force(name: str) -> None:
    program = read_program_file(ROOT / "programs" / name / f"{name}.tpir")
    strings = np.array([s for s in program.language.strings() if len(s) == 8])
    labels = BatchEvaluator(program, only=()).evaluate(strings, np.full(len(strings), 8)).labels
    interpreter = Interpreter(program)
    for row, position in [(17, 3), (len(strings) // 3, 1), (len(strings) - 5, 6)]:
        ids = strings[row].tolist()
        tokens = [program.vocabulary[index] for index in ids]
        column = labels[:, position]
        expected = brute_force(strings, column, ids, int(column[row]))
        assert_found(explain(interpreter, tokens, position), program, expected)


def test_what_is_too_large_is_unknown_and_says_what_it_takes() -> None:
    program = read_program_file(SORT)
    interpreter, tokens = Interpreter(program), ["<s>", *"314002", "</s>"]
    explained = explain(interpreter, tokens, 2, limit=624, decide=by_exhaustion)
    assert explained.forcing == ForcingSets(None, (4, 5), 625, 624)
    assert 'the tokens at 4 ("0"), 5 ("0") are in every set' in " ".join(str(explained).split())
    assert "625 inputs" in str(explained)
    assert explain(interpreter, tokens, 2, limit=625).forcing == ForcingSets(
        ((4, 5),), (4, 5), 625, 625
    )
    explained = explain(interpreter, tokens, 2, limit=23, decide=by_exhaustion)
    assert explained.flips == Flips(None, 24, 24)
    assert explained.forcing == ForcingSets(None, (), 15_625, 23)
    assert "24 changes of one token" in " ".join(str(explained).split())


def test_something_else_can_find_the_forcing_sets() -> None:
    asked: list[tuple[Question, Flips]] = []

    def solver(question: Question, flips: Flips, limit: int) -> ForcingSets:
        asked.append((question, flips))
        return ForcingSets(((1,),), (), limit, limit)

    explained = explain(
        Interpreter(read_program_file(SORT)), ["<s>", "3", "</s>"], 1, limit=9, decide=solver
    )
    assert explained.forcing.sets == ((1,),)
    [(question, flips)] = asked
    assert question.label == 4
    assert question.in_language
    assert flips.tried == 4


def test_positions_that_are_not_there() -> None:
    sort = Interpreter(read_program_file(SORT))
    with pytest.raises(TpcError, match="say which is to be explained"):
        explain(sort, ["<s>", "3", "</s>"])
    for position in (3, -1):
        with pytest.raises(TpcError, match=f"no position {position}"):
            explain(sort, ["<s>", "3", "</s>"], position)
    pooled = corpus_program("pooled_sum")
    word = next(w for w in pooled.vocabulary if w != PAD)
    with pytest.raises(TpcError, match="at no position"):
        explain(Interpreter(pooled), [word], 0)


def test_the_command_says_it_in_words(tpc: Tpc) -> None:
    shown = tpc("explain", SORT, "<s> 3 1 4 </s>", "--position", "2")
    assert shown.status == 0
    for line in (
        'Position 2 ("1") gets the label "3"; the runner-up is "2", 2 behind.',
        "  +5  positions = 2: the position itself",
        '  -3  count_1 = 1: number of positions with token "1": 2 ("1")',
        "   0  3 others",
        "What flips it: 8 of the 12 changes of one token.",
        "         1  3      1      0 1",
        "  sum                          +8  +6          +2",
    ):
        assert f"{line}\n" in shown.out
    found = tpc("explain", SORT, "<s> 3 1 4 </s>", "--position", "2", "--json").json()
    assert (found["label"], found["runner_up"], found["difference"]) == ("3", "2", 2.0)
    assert found["forcing"]["sets"] == [[1, 2, 3]]
    assert len(found["flips"]["flips"]) == 8
    assert_polite(tpc("explain", SORT, "<s> 3 </s>"), "--position N")
    assert_polite(tpc("explain", SORT, "<s> 9 </s>", "--position", "1"), "does not know")
    assert_polite(tpc("explain", SORT, "3 1", "--position", "1"), "not in it")


def test_a_chain_is_followed_back_to_tokens(tpc: Tpc) -> None:
    dyck = ROOT / "programs" / "dyck1" / "dyck1.tpir"
    shown = tpc("explain", dyck, "<s> ( ( ) ) ( ) ( ( ) ) ) ( ) ( )", "--position", "13").out
    said = " ".join(shown.split())
    assert "which is looked up in a table" in said
    assert 'label = "F": case (1..15, _, _) => "F" attn_2_0 at 13 = 11: position at the' in said
    assert "count_same at 11 = 6: number of positions so far with the same token" in said


def test_a_pooled_label_is_the_sum_of_its_positions(tpc: Tpc) -> None:
    path = ROOT / "tests" / "corpus" / "pooled_sum.tpir"
    program = corpus_program("pooled_sum")
    tokens = [program.vocabulary[index] for index in program.language.sample(4, 1, seed=2)[0]]
    explained = explain(Interpreter(program), tokens)
    assert {item.position for item in explained.contributions} == set(range(len(tokens)))
    shown = tpc("explain", path, json.dumps(tokens)).out
    assert shown.startswith("The input gets the label ")
    assert ("What each position adds to the difference:" in shown) == (len(tokens) > 1)


def test_hostile_tokens_are_text(tpc: Tpc, tmp_path: Path) -> None:
    text = (ROOT / "tests" / "corpus" / "hostile.tpir").read_text(encoding="utf-8")
    path = tmp_path / "hostile.tpir"
    path.write_text(text.replace('"None"', '"\\u001b[31m\\u202e</script>"'), encoding="utf-8")
    tokens = json.dumps(["\x1b[31m\u202e</script>", '"', "\n", "\u2028"])
    for position in range(4):
        shown = tpc("explain", path, tokens, "--position", position).out
        assert shown.replace("\n", "").isprintable()
        assert "Position" in shown
    assert "\\u001b[31m\\u202e</script>" in tpc("explain", path, tokens, "--position", 0).out


def test_python_explains() -> None:
    program = package.load(SORT)
    explained = program.explain(["<s>", "3", "1", "4", "</s>"], 2)
    assert explained.label == program.run(["<s>", "3", "1", "4", "</s>"])[2]
    assert "runner-up" in str(explained)
    with pytest.raises(TpcError, match="not in it"):
        program.explain(["3"], 0)
