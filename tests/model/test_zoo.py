"""Our network loads every real run and answers as upstream's network did."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import torch

from tpc.diagnostics import TpcError
from tpc.ir.words import rewrite
from tpc.model.discrete import DiscreteNetwork
from tpc.model.run_dir import load_run

ZOO = Path(__file__).parents[3] / "shared/zoo"
FOLDERS = sorted(path.name for path in ZOO.iterdir() if path.is_dir()) if ZOO.exists() else []
TEXT = ("trec", "conll_ner")

pytestmark = pytest.mark.skipif(not FOLDERS, reason=f"{ZOO} is not here")


@pytest.mark.parametrize("folder", FOLDERS)
def test_labels_equal_upstreams(folder: str) -> None:
    expected = json.loads((ZOO / folder / "expected.json").read_text())
    run = load_run(ZOO / folder, expected if folder in TEXT else None)
    assert list(run.vocabulary.words) == expected["vocabulary"]
    assert list(run.vocabulary.classes) == expected["classes"]
    assert run.config.n_ctx == expected["max_length"]
    with gzip.open(ZOO / folder / "expected.jsonl.gz", "rt") as stream:
        lines = [json.loads(line) for line in stream]
    word_ids = {word: index for index, word in enumerate(run.vocabulary.words)}
    unknown = word_ids.get("<unk>", -1)
    ids = torch.zeros(len(lines), run.config.n_ctx, dtype=torch.int64)
    for row, line in enumerate(lines):
        found = [word_ids.get(token, unknown) for token in line["tokens"]]
        ids[row, : len(found)] = torch.tensor(found)
    assert int(ids.min()) >= 0
    labels = DiscreteNetwork(run.config, run.weights).logits(ids, ids > 0).argmax(-1)
    wrong = 0
    for line, row_labels in zip(lines, labels.tolist(), strict=True):
        if run.config.pool_outputs:
            wrong += run.vocabulary.classes[row_labels] != line["label"]
        else:
            found = row_labels[: len(line["tokens"])]
            wrong += [run.vocabulary.classes[label] for label in found] != line["labels"]
    assert (len(lines) > 0, wrong) == (True, 0)


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if folder in TEXT])
def test_text_runs_need_a_vocabulary(folder: str) -> None:
    with pytest.raises(TpcError, match="vocabulary") as raised:
        load_run(ZOO / folder)
    assert "--vocabulary" in str(raised.value)


def test_text_run_says_how_its_words_are_rewritten() -> None:
    expected = json.loads((ZOO / "conll_ner/expected.json").read_text())
    run = load_run(ZOO / "conll_ner", expected)
    assert rewrite("Mid-1990", run.rewrite) == "Mid-@"
    assert run.dataset() is None
    (pattern,) = run.language.alternatives
    assert [(group.least, group.most) for group in pattern] == [(1, 1), (1, 30), (1, 1)]
    assert len(pattern[1].slots[0].tokens) == 10_002 - 3
