"""Embeddings made of words' features: what a word that training never had gets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from tests.training.test_text import SHORT, SMALL, silent, write_tagged
from tpc.data.text_source import text_source
from tpc.ir.parser import parse_program
from tpc.semantics.interpreter import run
from tpc.training.parameters import DENSE, word_features
from tpc.training.plan import Plan, read_plan
from tpc.training.planning import make_text_plan
from tpc.training.session import resume_run, start_run
from tpc.training.state import Training, initial_state

VECTORS = {"Ann": (1, 0), "Bob": (1, 0.1), "Eve": (1, 0.05), "sees": (0, 1), "no": (0.1, 1)}


def write_vectors(path: Path) -> Path:
    lines = [" ".join([word, *map(str, vector)]) for word, vector in VECTORS.items()]
    path.write_text("\n".join([*lines, "T800 1 1"]) + "\n")
    return path


def plan_of(folder: Path, **recipe: object) -> Plan:
    options = {"replace_numbers": True}
    source = text_source(
        None, str(write_tagged(folder / "t.jsonl")), kind="tagging", options=options
    )
    vectors = write_vectors(folder / "vectors.txt")
    return make_text_plan(source, SMALL, {**SHORT, **recipe}, vectors, recipe_name="default")


def test_the_vocabulary_has_words_of_the_vectors(tmp_path: Path) -> None:
    words = plan_of(tmp_path).vocabulary.words
    assert words[-1] == "Eve"
    assert "T800" not in words, "text never has it: its digits are rewritten"
    paper = plan_of(tmp_path, embedding="table").vocabulary.words
    assert paper == words[:-1]


def test_only_training_words_make_suffixes() -> None:
    found = word_features(["walking", "eating", "oddest"], {}, n_training_words=2)
    assert found.suffixes[0, 2] == found.suffixes[1, 2] > 0
    assert found.suffixes[2].tolist() == [0, 0, 0]


def test_words_without_a_vector_take_that_of_another_form() -> None:
    vectors = {"no": np.array([3.0, 4.0]), "@": np.array([1.0, 0.0])}
    dense = word_features(["No", "17", "yes"], vectors, 0).dense
    assert torch.allclose(dense[:, :2], torch.tensor([[1.8, 2.4], [3, 0], [0, 0]]))


def test_logits_of_a_batch_are_those_of_all(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    space = Training.of(plan).space
    vector = initial_state(plan, space).parameters
    words = torch.tensor([0, 2, 5])
    some, whole = space.on_words(words).unpack(vector), space.unpack(vector)
    assert torch.allclose(some["embed.W_E"], whole["embed.W_E"][:, words], atol=1e-6)
    assert DENSE not in whole


def test_an_unseen_word_is_what_its_vector_says(tmp_path: Path) -> None:
    """Eve is in no training row; its vector lies between those of two names."""
    run_dir = tmp_path / "run"
    start_run(plan_of(tmp_path, n_epochs=12, dropout=0.0, lr=0.05, embed_lr=0.05), run_dir, silent)
    program = parse_program((run_dir / "program.tpir").read_text())
    words = ["<s>", "no", "Eve", "</s>"]
    assert run(program, words)[2] == "B-PER"


def test_a_run_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, n_epochs=3)
    start_run(plan, tmp_path / "whole", silent)

    def stop(metrics: object) -> None:
        if getattr(metrics, "epoch", 0) == 1:
            raise KeyboardInterrupt

    start_run(plan, tmp_path / "part", stop)
    assert json.loads((tmp_path / "part" / "run.json").read_text())["status"] == "interrupted"
    assert read_plan(tmp_path / "part").vocabulary == plan.vocabulary
    resume_run(tmp_path / "part", silent)
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("whole", "part")]
    assert weights[0] == weights[1]
