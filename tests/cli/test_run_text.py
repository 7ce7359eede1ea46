"""`tpc run` on text and CoNLL columns, and the details of its answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc
from tests.cli.test_bad_input import assert_polite
from tests.cli.test_eval_text import SENTENCES, write_tagger
from tpc.ir.parser import parse_program
from tpc.semantics import interpreter

POOLED = """tpir 1.0

domain @token = ["<pad>", "<unk>", "<s>", "</s>", "good", "bad"]
domain @label = ["<pad>", "<unk>", "no", "yes"]

max_length 6
language unscored "<s>", ["<unk>", "good", "bad"]{1..4}, unscored "</s>"

program @mood(%tokens: cat<@token>) -> pooled<@label> {
  %ones = ones : num<1..1>
  %same_pattern = select.all(query=%tokens, key=%tokens) where key == query
  %same = aggregate(%same_pattern, %ones) : num<0..6>
  %label = classify.sum never ["<pad>", "<unk>"] {
    %tokens: {"good" => [9, 9, -1, 1], "bad" => [0, 0, 3, 0], _ => [0, 0, 0.5, 0]},
    %same: [0, 0, 0, 0.25]
  } : pooled<@label>
  return %label
}
"""


@pytest.fixture
def mood(tmp_path: Path) -> Path:
    path = tmp_path / "mood.tpir"
    path.write_text(POOLED)
    return path


@pytest.mark.parametrize("target", ["interpreter", "python"])
def test_conll_columns_come_back_with_the_label(tpc: Tpc, tmp_path: Path, target: str) -> None:
    lines = "-DOCSTART- -X- O O\n\n" + SENTENCES + "\n\nIn IN O O\n"
    outcome = tpc(
        "run", write_tagger(tmp_path), "--format", "conll", "--target", target, stdin=lines
    )
    assert outcome.status == 0
    assert outcome.out == (
        "-DOCSTART- -X- O O\n\n"
        "Ann NNP B-NP B-PER B-PER\nLee NNP I-NP I-PER I-PER\nin IN B-PP O O\n1999 CD B-NP O O\n\n"
        "In IN O O O\n\n"
    )


def test_text_is_split_framed_and_rewritten_as_in_training(tpc: Tpc, tmp_path: Path) -> None:
    program = write_tagger(tmp_path, "somebody_elses")
    outcome = tpc("run", program, "--format", "text", stdin="Ann's in\n\nIN 19.\n")
    # Nobody trained on periods: it is an unknown word.
    assert outcome.out == "Ann\tB-PER\n's\tI-PER\nin\tO\n\nIN\tO\n19\tO\n.\tI-PER\n\n"
    spaced = tpc("run", program, "--format", "text", "--tokenizer", "space", stdin="Ann's in\n")
    assert spaced.out == "Ann's\tI-PER\nin\tO\n\n"


def test_the_tokenizer_of_training_is_part_of_the_program(tpc: Tpc, tmp_path: Path) -> None:
    path = write_tagger(tmp_path, "mine")
    text = path.read_text().replace('"mine"', '"mine", "data": {"tokenizer": "space"}')
    path.write_text(text)
    assert tpc("run", path, "--format", "text", stdin="Ann's\n").out == "Ann's\tI-PER\n\n"


def test_pooled_programs_answer_a_line_for_a_sentence(tpc: Tpc, mood: Path) -> None:
    outcome = tpc("run", mood, "--format", "text", stdin="good good\nbad day\n")
    assert outcome.out == "yes\nno\n"
    assert tpc("run", mood, "--format", "conll", stdin="bad JJ\n").out == "no\n"


def test_details_add_up_to_the_logits(tpc: Tpc, mood: Path) -> None:
    tokens = ["<s>", "good", "good", "bad", "</s>"]
    outcome = tpc("run", mood, "--details", stdin=json.dumps(tokens) + "\n")
    found = json.loads(outcome.out)
    program = parse_program(POOLED)
    assert found["label"] == interpreter.run(program, tokens)
    for token in found["tokens"]:
        for name, logit in token["logits"].items():
            parts = [part["weights"][name] for part in token["contributions"]]
            assert logit == pytest.approx(sum(parts), abs=1e-12)
    for name, logit in found["logits"].items():
        own = [token["logits"][name] for token in found["tokens"]]
        assert logit == pytest.approx(sum(own), abs=1e-12)
    # Every token has its own opinion, which `never` keeps from being <pad>.
    assert [token["label"] for token in found["tokens"]] == ["no", "yes", "yes", "no", "no"]
    same = found["tokens"][1]["contributions"][1]
    assert (same["variable"], same["value"], same["weights"]["yes"]) == ("same", 2, 0.5)


def test_details_of_taggers_agree_with_the_labels(tpc: Tpc, sort_program: Path) -> None:
    line = '["<s>", "2", "0", "1", "</s>"]\n'
    labels = json.loads(tpc("run", sort_program, "--raw", stdin=line).out)
    found = json.loads(tpc("run", sort_program, "--details", stdin=line).out)
    assert [token["label"] for token in found["tokens"]] == labels
    assert [token["token"] for token in found["tokens"]] == json.loads(line)
    assert "label" not in found


def test_details_of_text_name_the_words_as_the_program_knows_them(tpc: Tpc, tmp_path: Path) -> None:
    outcome = tpc("run", write_tagger(tmp_path), "--format", "text", "--details", stdin="ANN 7 x\n")
    found = json.loads(outcome.out)
    assert [token["token"] for token in found["tokens"]] == ["<s>", "ann", "@", "<unk>", "</s>"]


def test_long_sequences_are_named_and_can_be_left_out(tpc: Tpc, tmp_path: Path) -> None:
    program, text = write_tagger(tmp_path), "ann\n\nin in in in in\nin\n"
    outcome = tpc("run", program, "--format", "text", stdin=text)
    assert_polite(outcome, "<stdin>:3:1", "at most 6")
    outcome = tpc("run", program, "--format", "text", "--skip-long", stdin=text)
    assert outcome.status == 0
    assert outcome.out == "ann\tB-PER\n\nin\tO\n\n"
    assert "1 sequences are too long: <stdin>:3" in outcome.err


@pytest.mark.parametrize(
    ("options", "stdin", "fragments"),
    [
        (["--format", "xml"], "", ("no format 'xml'", "conll")),
        (["--format", "text", "--raw"], "", ("--raw",)),
        (["--format", "conll", "--tokenizer", "space"], "", ("--tokenizer",)),
        (["--format", "text", "--tokenizer", "moses"], "", ("no tokenizer 'moses'",)),
        (["--details", "--target", "python"], "", ("--details",)),
        (["--format", "conll"], "a O\nb\n", ("<stdin>, line 2", "1 columns")),
        (["--format", "conll"], b"a O\n\xff O\n", ("<stdin>:2:1", "not UTF-8")),
        (["--format", "text"], "a <pad>\n", ("<pad>", "<stdin>:1:1")),
    ],
)
def test_what_does_not_fit(
    tpc: Tpc,
    tmp_path: Path,
    options: list[str],
    stdin: str | bytes,
    fragments: tuple[str, ...],
) -> None:
    assert_polite(tpc("run", write_tagger(tmp_path), *options, stdin=stdin), *fragments)


def test_programs_without_a_classifier_have_no_details(tpc: Tpc) -> None:
    path = Path(__file__).parent.parent / "corpus" / "ranges.tpir"
    assert_polite(tpc("run", path, "--details", stdin='["a"]\n'), "no classifier")
