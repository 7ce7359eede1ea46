"""The authors' runs: every level keeps the expected answers."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from tpc.evaluation.sizes import emitted_size
from tpc.frontends.run import export_run
from tpc.ir.nodes import kind
from tpc.ir.printer import digest
from tpc.ir.program import Program
from tpc.passes.pipelines import optimise
from tpc.proof.equality import compare_on_language
from tpc.semantics.batched import BatchEvaluator

ZOO = Path(__file__).parents[3] / "shared" / "zoo"
RUNS = [path.name for path in sorted(ZOO.glob("*")) if path.is_dir()]
TEXT = ("trec", "conll_ner")


def load(name: str) -> Program:
    vocabulary = json.loads((ZOO / name / "expected.json").read_text("utf-8"))
    return export_run(ZOO / name, vocabulary if name in TEXT else None)


def wrong_lines(program: Program, name: str, *, language: bool) -> int:
    """How many expected lines the program does not reproduce, of those that it promises."""
    with gzip.open(ZOO / name / "expected.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    wrong = 0
    known = {word: index for index, word in enumerate(program.vocabulary)}
    classes = {label: index for index, label in enumerate(program.classes)}
    lengths = np.array([len(row["tokens"]) for row in rows])
    ids = np.zeros((len(rows), lengths.max()), dtype=np.int32)
    for index, row in enumerate(rows):
        ids[index, : lengths[index]] = [
            known.get(word, known.get("<unk>", 0)) for word in row["tokens"]
        ]
    found = BatchEvaluator(program, only=()).evaluate(ids, lengths).labels
    for index, row in enumerate(rows):
        string = tuple(ids[index, : lengths[index]].tolist())
        scored = program.language.scored(string, program.max_length)
        if language and scored is None:
            continue
        if "label" in row:
            wrong += classes[row["label"]] != found[index]
            continue
        expected = np.array([classes[label] for label in row["labels"]])
        different = found[index, : lengths[index]] != expected
        wrong += bool((different & np.array(scored) if language else different).any())
    return wrong


@pytest.mark.skipif(not RUNS, reason="the shared zoo is not there")
@pytest.mark.parametrize("name", RUNS)
def test_o1_keeps_every_expected_line(name: str) -> None:
    before = load(name)
    after = optimise(before, 1)
    assert after.program.contract == before.contract
    assert wrong_lines(after.program, name, language=False) == 0
    assert after.after.features <= after.before.features


#: Tokens of what upstream writes for each network, and the share of them that -O3 may take.
MEASURED = {
    "hist": (1_303, 0.10),
    "hist16": (1_974, 0.28),
    "sort": (7_638, 0.12),
    "sort_categorical": (2_493, 0.44),
    "reverse_categorical": (2_425, 0.40),
    "dyck1": (5_651, 0.27),
    "trec": (23_418, 0.28),
    "conll_ner": (12_653, 0.53),
}

#: About how long -O3 of each takes.
SECONDS = {"trec": 20, "dyck1": 40, "sort_categorical": 25, "reverse_categorical": 15}


@pytest.mark.skipif(not RUNS, reason="the shared zoo is not there")
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow(seconds=SECONDS.get(n, 8))) for n in MEASURED]
)
def test_o3_keeps_the_language_and_shrinks(name: str) -> None:
    before = load(name)
    after = optimise(before, 3).program
    assert wrong_lines(after, name, language=True) == 0
    assert compare_on_language(before, after).equal
    assert after.contract.proved_against == digest(before)
    upstream, share = MEASURED[name]
    assert emitted_size(after).tokens <= share * upstream


@pytest.mark.skipif(not RUNS, reason="the shared zoo is not there")
def test_hist_is_one_count_and_one_small_table() -> None:
    after = optimise(load("hist"), 3).program
    size = emitted_size(after)
    assert size.tokens <= 250
    assert size.lines <= 40
    assert [kind(node) for node in after.nodes] == ["ones", "select", "aggregate", "lookup"]
