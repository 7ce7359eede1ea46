"""A program learns from what proof finds wrong with it, until nothing is."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

import tpc
from tpc.data.kept_rows import read_rows
from tpc.diagnostics import TpcError
from tpc.frontends.program_file import read_program_file
from tpc.oracle.imitation import imitate
from tpc.oracle.proving import proof_of
from tpc.oracle.report import Imitation, imitation_lines
from tpc.proof.verdict import Refuted
from tpc.properties.parser import parse_properties

#: So few rows that some counts are not among them.
SMALL: dict[str, Any] = {
    "n_layers": 1,
    "n_heads_cat": 0,
    "n_heads_num": 2,
    "n_cat_mlps": 0,
    "n_num_mlps": 1,
    "d_mlp": 8,
    "search": 6,
    "n_epochs": 0,
    "vocab_size": 5,
    "max_length": 7,
    "dataset_size": 60,
}


def learned(path: Path, limit: int, *texts: str, rounds: int = 8) -> tuple[Imitation, list[str]]:
    files = [parse_properties(text) for text in texts]
    question, options, given = proof_of("hist", rounds, files, SMALL)
    said: list[str] = []
    options = dataclasses.replace(options, limit=limit, tries=200, fresh=200)
    return imitate(question, path, given, options, say=said.append), said


@pytest.mark.parametrize("limit", [400_000, 0])
def test_it_ends_with_a_program_that_is_right(limit: int, tmp_path: Path) -> None:
    """Whether its inputs are listed, or searched and then decided."""
    found, said = learned(tmp_path / "run", limit)
    assert found.kept.settled is not None
    assert found.kept.settled.verdict.word == "proved"
    assert len(found.rounds) > 1
    assert said[-1].endswith("proved")
    first = read_rows(tmp_path / "run" / "round-1").train
    last = read_rows(tmp_path / "run").train
    assert set(first) < set(last)
    assert all(tags[1:] == tuple(str(t.count(w)) for w in t[1:]) for t, tags in last)
    line = imitation_lines(found, "p.tpir")[-1]
    assert line.startswith("proved: p.tpir is right on every input of hist: all ")


def test_it_says_what_it_could_not_settle(tmp_path: Path) -> None:
    found, _ = learned(tmp_path / "run", 400_000, rounds=1)
    assert found.kept.settled is not None
    verdict, mistake = found.kept.settled.verdict, found.kept.settled.mistake
    assert isinstance(verdict, Refuted)
    assert mistake is not None
    assert mistake.found is not None
    assert verdict.position == mistake.position > 0, "the first token is asked nothing"
    assert mistake.found[verdict.position] != mistake.expected[verdict.position]
    lines = imitation_lines(found, "p.tpir")
    assert lines[-2].startswith("the program is wrong on ")
    assert lines[-1] == "refuted: p.tpir is not right on every input of hist"


def test_properties_are_learned_from_too(tmp_path: Path) -> None:
    text = "property long: forall i: length = 6 implies out[i] = count(j: in[j] = in[i])"
    found, _ = learned(tmp_path / "run", 0, text)
    assert found.kept.settled is not None
    assert found.kept.settled.verdict.word == "proved"
    program = read_program_file(tmp_path / "run" / "program.tpir")
    assert imitation_lines(found, program.name)[-1].startswith("proved: hist is so that long")


def test_a_property_that_the_task_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TpcError, match="the task itself does not have this property"):
        learned(tmp_path / "run", 400_000, 'property none: forall i: out[i] != "1"')


def test_in_python(tmp_path: Path) -> None:
    options = {**SMALL, "min_length": 1}
    program = tpc.train("hist", output=tmp_path / "run", until_proved=True, **options)
    assert program.prove("property hist: forall i: out[i] = count(j: in[j] = in[i])")
    with pytest.raises(TpcError, match="takes a task, and no oracle"):
        tpc.train(output=tmp_path / "other", until_proved=True, oracle=len)
