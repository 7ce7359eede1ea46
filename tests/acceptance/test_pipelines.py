"""Pipelines of scikit-learn and Hugging Face as oracles, by the two lines that the page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.conftest import Report
from tests.acceptance.environments import CONSTRAINTS, Environment

#: Trains and saves a pipeline of each kind: are there more `good` than `bad` in a sentence?
MAKE = """
import random
import joblib, torch, transformers
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from tokenizers import Tokenizer, models, pre_tokenizers

random.seed(0)
words = ["good", "bad", "not", "film"]
rows = [random.choices(words, k=4) for _ in range(800)]
more = [int(row.count("good") > row.count("bad")) for row in rows]
texts, names = [" ".join(row) for row in rows], [["neg", "pos"][i] for i in more]
fitted = make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts, names)
joblib.dump(fitted, "model.joblib")

known = {word: i for i, word in enumerate(["[PAD]", "[UNK]", *words])}
tokenizer = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
torch.manual_seed(0)
sizes = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
labels = dict(id2label={0: "neg", 1: "pos"}, label2id={"neg": 0, "pos": 1})
config = transformers.BertConfig(vocab_size=6, max_position_embeddings=8, **sizes, **labels)
network = transformers.BertForSequenceClassification(config)
adam = torch.optim.Adam(network.parameters(), lr=1e-2)
ids, right = torch.tensor([[known[word] for word in row] for row in rows]), torch.tensor(more)
for step in range(200):
    batch = torch.randint(len(rows), (32,))
    loss = network(input_ids=ids[batch], labels=right[batch]).loss
    adam.zero_grad()
    loss.backward()
    adam.step()
network.eval().save_pretrained("bert")
transformers.PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]"
).save_pretrained("bert")
"""

SCIKIT_LEARN = """
import joblib

pipeline = joblib.load("model.joblib")


def label(tokens):
    return pipeline.predict([" ".join(tokens)])[0]
"""

HUGGING_FACE = """
from transformers import pipeline

classify = pipeline("text-classification", model="bert")


def label(tokens):
    return classify(" ".join(tokens))[0]["label"]
"""


@pytest.fixture(scope="module")
def pipelines(installed: Environment, folder: Path) -> Environment:
    """All that the wheel brings, and both libraries."""
    environment = Environment(folder / "pipelines").create()
    (environment.site_packages / "installed.pth").write_text(f"{installed.site_packages}\n")
    environment.pip("install", "--quiet", "-c", CONSTRAINTS, "scikit-learn", "transformers")
    work = folder / "of_pipelines"
    work.mkdir()
    (work / "make.py").write_text(MAKE)
    made = environment.run("python", "make.py", folder=work)
    assert made.status == 0, made.err
    return environment


@pytest.mark.parametrize("code", [SCIKIT_LEARN, HUGGING_FACE], ids=["scikit-learn", "transformers"])
def test_a_pipeline_is_imitated(
    code: str, pipelines: Environment, folder: Path, report: Report, request: pytest.FixtureRequest
) -> None:
    work = folder / "of_pipelines"
    (work / "label.py").write_text(code)
    command = "train --oracle label.py:label --alphabet good,bad,not,film --lengths 1-4 -o run"
    options = (*command.split(), "--overwrite")
    done = pipelines.run("python", "-m", "tpc.cli.main", *options, folder=work)
    assert done.status == 0, done.err
    agreement = next(line for line in done.out.splitlines() if line.startswith("all 340 inputs"))
    report(f"{request.node.callspec.id}: {agreement}")
    assert "all 340 inputs: 100.00 % of 340 labels alike" in done.out
    assert "proved: run/program.tpir answers as label.py:label on every input" in done.out
