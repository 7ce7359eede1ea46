"""Training on text: corpora, own data, word vectors, and the whole chain to a program."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.cli.conftest import Tpc, tpc
from tests.cli.test_bad_input import assert_polite
from tpc.data.corpus import Corpus
from tpc.data.splits import SPLIT_NAMES
from tpc.data.text_source import TextSource, text_source
from tpc.data.vectors import initial_vectors
from tpc.diagnostics import TpcError
from tpc.ir.parser import parse_program
from tpc.model.run_dir import load_run
from tpc.training.encoding import Encoded, encode
from tpc.training.loss import Score, discrete_score, score
from tpc.training.parameters import ParameterSpace
from tpc.training.plan import Plan, read_plan
from tpc.training.planning import make_text_plan
from tpc.training.session import resume_run, start_run
from tpc.training.state import Best, initial_state

__all__ = ["tpc"]

SMALL: dict[str, Any] = {"n_layers": 1, "n_heads_cat": 2, "n_vars_cat": 2, "d_var": 12, "d_mlp": 8}
SHORT: dict[str, Any] = {"n_epochs": 2, "batch_size": 16}
POOLED = Path(__file__).parents[1] / "corpus" / "pooled_sum.tpir"

FLAGS = [
    *("--n-layers", "1", "--n-heads-cat", "2", "--n-vars-cat", "2", "--d-var", "12"),
    *("--d-mlp", "8", "--n-epochs", "2", "--batch-size", "16"),
]


def write_tagged(path: Path, rows: int = 60) -> Path:
    stream = random.Random(0)
    lines = []
    for _ in range(rows):
        words = stream.choices(["Ann", "Bob", "sees", "no", "42", "7"], k=stream.randint(1, 7))
        tags = ["B-PER" if word in ("Ann", "Bob") else "O" for word in words]
        lines.append(json.dumps({"tokens": words, "tags": tags}))
    path.write_text("\n".join(lines))
    return path


def write_classified(path: Path, rows: int = 60) -> Path:
    stream = random.Random(1)
    lines = ["text,label"]
    for _ in range(rows):
        words = stream.choices(["good", "bad", "day", "isn't"], k=stream.randint(1, 6))
        lines.append(f"{' '.join(words)}.,{'yes' if 'good' in words else 'no'}")
    path.write_text("\n".join(lines))
    return path


def tagging_source(folder: Path, **options: Any) -> TextSource:
    path = write_tagged(folder / "train.jsonl")
    return text_source(None, str(path), kind="tagging", options=options)


def tagging_plan(folder: Path, recipe: dict[str, Any] | None = None) -> Plan:
    return make_text_plan(tagging_source(folder), SMALL, {**SHORT, **(recipe or {})})


def silent(_: object) -> None:
    pass


def test_the_kind_decides_the_network(tmp_path: Path) -> None:
    tagging = make_text_plan(tagging_source(tmp_path), {}, {})
    assert (tagging.model.d_var, tagging.model.n_vars_cat, tagging.model.n_heads_cat) == (32, 4, 8)
    assert (tagging.recipe.n_epochs, tagging.recipe.batch_size, tagging.recipe.lr) == (50, 32, 0.01)
    assert not tagging.model.pool_outputs
    assert not tagging.model.one_hot_embed
    source = text_source(
        None, str(write_classified(tmp_path / "c.csv")), kind="classification", options={}
    )
    pooled = make_text_plan(source, {}, {"lr": 0.5})
    assert (pooled.model.d_var, pooled.model.n_heads_cat) == (64, 4)
    assert pooled.model.pool_outputs
    assert (pooled.recipe.n_epochs, pooled.recipe.batch_size, pooled.recipe.lr) == (10, 128, 0.5)


def test_long_sentences_get_enough_values(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_text("\n".join(json.dumps([["w"] * 50, ["T"] * 50]) for _ in range(9)))
    plan = make_text_plan(text_source(None, str(path), kind="tagging", options={}), {}, {})
    assert (plan.model.n_ctx, plan.model.d_var) == (52, 52)


def test_plans_are_read_back(tmp_path: Path) -> None:
    plan = tagging_plan(tmp_path)
    plan.write(tmp_path)
    assert read_plan(tmp_path) == plan
    (tmp_path / "train.jsonl").write_text(
        (tmp_path / "train.jsonl").read_text().replace("sees", "saw")
    )
    with pytest.raises(TpcError, match="not what it was"):
        read_plan(tmp_path)
    (tmp_path / "train.jsonl").unlink()
    with pytest.raises(TpcError, match="no such file"):
        read_plan(tmp_path)


def test_unknown_words_and_labels_are_unknown(tmp_path: Path) -> None:
    source = tagging_source(tmp_path, vocab_size=4)
    plan = make_text_plan(source, SMALL, SHORT)
    data = encode(plan.dataset, "test")
    assert set(plan.vocabulary.words[:2]) == {"<pad>", "<unk>"}
    assert len(plan.vocabulary.words) == 6
    for row, (words, _) in enumerate(plan.dataset.splits.test):
        for position, word in enumerate(words):
            known = word in plan.vocabulary.words
            expected = plan.vocabulary.words.index(word) if known else 1
            assert data.ids[position, row] == expected
    assert bool((data.ids == 1).any())


def test_batches_are_cut_to_their_longest_row(tmp_path: Path) -> None:
    plan = tagging_plan(tmp_path)
    data = encode(plan.dataset, "train")
    lengths = (data.ids != 0).sum(0)
    for batch in data.batches(7):
        assert batch.ids.shape[0] == int((batch.ids != 0).sum(0).max()) == batch.tags.shape[0]
    assert data.ids.shape[0] == int(lengths.max()) == plan.dataset.max_length


@pytest.mark.parametrize("kind", ["tagging", "classification"])
def test_resumed_runs_end_with_the_same_bits(tmp_path: Path, kind: str) -> None:
    class KilledError(BaseException):
        pass

    def kill(_: object) -> None:
        raise KilledError

    path = write_tagged(tmp_path / "t.jsonl")
    if kind == "classification":
        path = write_classified(tmp_path / "c.csv")
    source = text_source(None, str(path), kind=kind, options={})
    plan = make_text_plan(source, SMALL, {**SHORT, "sample_fn": "gumbel_hard"})
    whole = start_run(plan, tmp_path / "whole", silent)
    with pytest.raises(KilledError):
        start_run(plan, tmp_path / "killed", kill)
    resumed = resume_run(tmp_path / "killed", silent)
    assert torch.equal(whole.best.parameters, resumed.best.parameters)
    for name in ("model.safetensors", "metrics.csv", "program.tpir", "config.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "killed" / name).read_bytes()


def test_spans_are_scored_every_epoch_and_choose_the_network(tmp_path: Path) -> None:
    outcome = start_run(tagging_plan(tmp_path), tmp_path / "run", silent)
    with (tmp_path / "run/metrics.csv").open() as stream:
        lines = list(csv.DictReader(stream))
    found = [float(line["discrete_val_f1"]) for line in lines]
    assert outcome.best.score.f1 == pytest.approx(max(found), rel=1e-5)
    summary = json.loads((tmp_path / "run/run.json").read_text())
    assert 0 <= summary["accuracy"]["test"]["f1"] <= 1
    better = Best(0, torch.zeros(1), Score(1.0, 0.9, 0.5, 1, 1, f1=0.1))
    assert better.beaten_by(Score(1.0, 0.5, 0.5, 1, 1, f1=0.2))
    assert not better.beaten_by(Score(1.0, 0.99, 0.9, 1, 1, f1=0.05))


def test_scores_of_spans() -> None:
    names = ("<pad>", "B-A", "I-A", "O")
    tags = torch.tensor([[1, 0], [2, 3], [0, 1]])
    labels = torch.tensor([[1, 1], [3, 3], [1, 1]])
    logits = torch.nn.functional.one_hot(labels, 4).permute(0, 2, 1).double()
    found = score(logits, Encoded(tags, tags, names), "per_token")
    # The first sentence is B-A I-A against B-A O, the second O B-A against O B-A.
    assert (found.precision, found.recall, found.f1) == (0.5, 0.5, 0.5)
    assert score(logits, Encoded(tags, tags), "per_token").f1 is None


def test_embeddings_start_from_word_vectors(tmp_path: Path) -> None:
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("Ann 1 2 3\nsees 4 5 6\n")
    plan = make_text_plan(tagging_source(tmp_path), SMALL, {**SHORT, "seed": 3}, vectors)
    space = ParameterSpace.of(plan.model)
    weights = space.unpack(initial_state(plan, space).parameters)
    expected = initial_vectors(vectors, plan.vocabulary.words, 24, seed=3).matrix.T
    assert torch.equal(weights["embed.W_E"], torch.tensor(expected, dtype=torch.float32))
    random_start = tagging_plan(tmp_path, {"seed": 3})
    plain = space.unpack(initial_state(random_start, space).parameters)
    assert not torch.equal(weights["embed.W_E"], plain["embed.W_E"])
    for name in space.shapes:
        assert name == "embed.W_E" or torch.equal(weights[name], plain[name])


@pytest.mark.parametrize("kind", ["tagging", "classification"])
def test_the_whole_chain(tpc: Tpc, tmp_path: Path, kind: str) -> None:
    data = write_tagged(tmp_path / "train.jsonl")
    if kind == "classification":
        data = write_classified(tmp_path / "train.csv")
    run = tmp_path / "run"
    options = ["--data", data, "--kind", kind, "-o", run, "--replace-numbers", "--do-lower"]
    outcome = tpc("train", *options, *FLAGS, "--vocab-size", "6")
    assert outcome.status == 0, outcome.err
    assert ("F1" in outcome.out) == (kind == "tagging")
    program = parse_program((run / "program.tpir").read_text())
    assert program.rewrite == ("lower", "digits")
    assert program.metadata["origin"]["data"]["tokenizer"] == (
        "space" if kind == "tagging" else "treebank"
    )
    # The program's scores are the discretised network's, on the splits that training made.
    summary = json.loads((run / "run.json").read_text())["accuracy"]
    found = tpc("eval", run / "program.tpir", "--data", data, "--split", "all", "--json").json()
    for name in SPLIT_NAMES:
        for metric in ("token_accuracy", "sequence_accuracy"):
            assert found[name][metric] == pytest.approx(summary[name][metric], abs=1e-12)
        if kind == "tagging":
            assert found[name]["spans"]["f1"] == pytest.approx(summary[name]["f1"], abs=1e-12)
    targets = ["--target", "interpreter", "--target", "python", "--target", "numpy"]
    sampled = ["--samples", "100", "--limit", "0"]
    checked = tpc("verify", run / "program.tpir", "--against", run, *sampled, *targets)
    assert checked.status == 0, checked.out
    assert "held-out split" in checked.out
    text = "Ann isn't 42.\ngood day\n"
    answers = [
        tpc("run", run / "program.tpir", "--format", "text", "-t", target, stdin=text)
        for target in ("interpreter", "python", "numpy")
    ]
    assert answers[0].status == 0
    assert answers[0].out == answers[1].out == answers[2].out
    assert_polite(tpc("eval", run / "program.tpir"), "--data PATH")


def test_one_label_a_row_is_searched(tpc: Tpc, tmp_path: Path) -> None:
    """Whether an a is followed by a b, from 400 rows and no options of training."""
    stream, data, run = random.Random(2), tmp_path / "contains.csv", tmp_path / "run"
    rows = [" ".join(stream.choices("abcd", k=stream.randint(1, 8))) for _ in range(400)]
    lines = [f"{row},{'yes' if 'a b' in row else 'no'}" for row in rows]
    data.write_text("\n".join(["text,label", *lines]))
    options = ["--data", data, "--kind", "classification", "--tokenizer", "space", "-o", run]
    outcome = tpc("train", *options)
    assert outcome.status == 0, outcome.err
    assert "4 different tokens in rows of at most 8: a search over discrete choices" in outcome.err
    summary = json.loads((run / "run.json").read_text())
    assert (summary["epochs"], summary["accuracy"]["test"]["token_accuracy"]) == (0, 1)
    assert 0 < summary["rounds"] <= 6
    sampled = ["--samples", "500", "--limit", "0"]
    checked = tpc("verify", run / "program.tpir", "--against", run, *sampled)
    assert checked.status == 0, checked.out
    scores = tpc("eval", run / "program.tpir", "--data", data, "--split", "all", "--json").json()
    for name in SPLIT_NAMES:
        expected = summary["accuracy"][name]["token_accuracy"]
        assert scores[name]["token_accuracy"] == pytest.approx(expected, abs=1e-12)
    answers = tpc("run", run / "program.tpir", "--format", "text", stdin="a c b\nd a b\nb a\n")
    assert answers.out.split() == ["no", "yes", "no"], answers.out


def test_corpora_by_name(tpc: Tpc, tmp_path: Path) -> None:
    folder = tmp_path / "conll"
    folder.mkdir()
    for name in ("train", "test"):
        (folder / f"{name}.txt").write_text("Ann N O B-PER\n1999 C O O\n\nno D O O\n\n" * 10)
    run = tmp_path / "run"
    outcome = tpc("train", "conll_ner", "--data", folder, "-o", run, *FLAGS)
    assert outcome.status == 0, outcome.err
    program = parse_program((run / "program.tpir").read_text())
    assert program.name == "conll_ner"
    assert program.rewrite == ("digits",)
    assert "@" in program.vocabulary
    scores = tpc("eval", run / "program.tpir", "--data", folder, "--json").json()
    summary = json.loads((run / "run.json").read_text())["accuracy"]
    for name in SPLIT_NAMES:
        assert scores[name]["token_accuracy"] == pytest.approx(summary[name]["token_accuracy"])


def test_sentences_left_out_are_counted(tpc: Tpc, tmp_path: Path) -> None:
    data = write_tagged(tmp_path / "train.jsonl")
    options = ["--data", data, "--kind", "tagging", "-o", tmp_path / "run", "--max-length", "6"]
    outcome = tpc("train", *options, "--long-rows", "leave_out", *FLAGS)
    assert outcome.status == 0
    assert "left out, with more than 4 or too few words:" in outcome.err


def test_long_sentences_are_answered_by_windows(tpc: Tpc, tmp_path: Path) -> None:
    data, run = write_tagged(tmp_path / "train.jsonl"), tmp_path / "run"
    options = ["--data", data, "--kind", "tagging", "-o", run, "--max-length", "6"]
    outcome = tpc("train", *options, *FLAGS)
    assert "cut into windows of 4 words: " in outcome.err
    program = run / "program.tpir"
    rows = [json.loads(line)["tokens"] for line in data.read_text().splitlines()]
    (found,) = tpc("eval", program, "--data", data, "--windows", "--json").json().values()
    assert (found["rows"], found["too_long"]) == (len(rows), 0)
    text = "".join(" ".join(words) + "\n" for words in rows)
    whole = tpc("run", program, "--format", "text", "--windows", stdin=text)
    assert whole.status == 0
    assert whole.out.count("\t") == sum(map(len, rows)) == found["tokens"]
    lines = "".join(json.dumps(["<s>", *words, "</s>"]) + "\n" for words in rows)
    labels = tpc("run", program, "--windows", stdin=lines).out
    assert tpc("run", program, "--windows", "-t", "numpy", "-j", 2, stdin=lines).out == labels
    answered = [label for line in labels.splitlines() for label in json.loads(line)[1:-1]]
    assert [line.split("\t")[1] for line in whole.out.splitlines() if line] == answered


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("run", "--windows", "--skip-long"), "leave out --skip-long"),
        (("eval", "--windows", "--any-length"), "exclude each other"),
        (("run", "--windows"), "windows of one have no label"),
        (("eval", "--windows"), "windows of one have no label"),
    ],
)
def test_windows_that_make_no_sense(tpc: Tpc, command: tuple[str, ...], why: str) -> None:
    name, *options = command
    outcome = tpc(name, POOLED, *options, stdin="")
    assert outcome.status == 2
    assert why in outcome.err


@pytest.mark.parametrize(
    ("tags", "marks"),
    [
        (("B-PER", "I-PER"), "mark spans by IOB2, which F1 counts"),
        (("I-PER", "I-PER"), "mark spans by IO, which F1 counts"),
        (("B-PER", "E-PER"), "mark spans by BIOES, which F1 counts"),
        (("NAME", "NAME"), "mark no spans: no F1"),
    ],
)
def test_the_scheme_of_the_tags_is_said(
    tpc: Tpc, tmp_path: Path, tags: tuple[str, str], marks: str
) -> None:
    row = {"tokens": ["Ann", "Lee", "sees", "Bob"], "tags": [*tags, "O", "O"]}
    rows = [{**row, "tokens": [*row["tokens"][:3], f"w{number}"]} for number in range(40)]
    data = tmp_path / "train.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)))
    outcome = tpc("train", "--data", data, "--kind", "tagging", "-o", tmp_path / "run", *FLAGS)
    assert outcome.status == 0
    assert f"the tags {marks}\n" in outcome.err
    assert ("F1" in outcome.out) == ("F1 counts" in marks)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--recipe", "paper"], "2 of 6 words"),
        (["--recipe", "paper", "--seeds", "0-1"], "2 of 6 words"),
        ([], "4 of 6 words"),
        (["--seeds", "0-1"], "4 of 6 words"),
    ],
)
def test_how_many_words_have_vectors_is_said(
    tpc: Tpc, tmp_path: Path, options: list[str], found: str
) -> None:
    """Features are of forms with digits as @, too: 42 and 7 then have a vector, as @."""
    data, vectors = write_tagged(tmp_path / "train.jsonl"), tmp_path / "vectors.txt"
    vectors.write_text("ann 1 2\nsees 4 5\nelsewhere 6 7\n@ 1 1\n")
    words = ["--data", data, "--kind", "tagging", "-o", tmp_path / "run", "--vectors", vectors]
    outcome = tpc("train", *words, *FLAGS, *options)
    assert outcome.status == 0, outcome.err
    assert outcome.err.count(f"{found} have vectors in {vectors}\n") == 1


def test_epochs_are_counted_without_the_fit(tpc: Tpc, tmp_path: Path) -> None:
    data = write_tagged(tmp_path / "train.jsonl")
    options = ["--data", data, "--kind", "tagging", "--overwrite", "-o", tmp_path / "run"]
    outcome = tpc("train", *options, *FLAGS, "--n-epochs", "3")
    assert outcome.out.startswith("3 epochs and a fit of the classifier in ")
    found = tpc("train", *options, *FLAGS, "--n-epochs", "3", "--json").json()
    assert isinstance(found, dict)
    assert (found["epochs"], found["rounds"]) == (3, 0)
    outcome = tpc("train", *options, *FLAGS, "--n-epochs", "3", "--no-refit", "--seeds", "0-1")
    assert [line.split()[:3] for line in outcome.out.splitlines()[:3]] == [
        ["seed", "epochs", "rounds"],
        ["0", "3", "0"],
        ["1", "3", "0"],
    ]


def test_discrete_scores_of_pooled_networks(tmp_path: Path) -> None:
    source = text_source(
        None, str(write_classified(tmp_path / "c.csv")), kind="classification", options={}
    )
    plan = make_text_plan(source, SMALL, SHORT)
    start_run(plan, tmp_path / "run", silent)
    run = load_run(tmp_path / "run")
    assert isinstance(run.dataset(), Corpus)
    found = discrete_score(run.config, run.weights, encode(plan.dataset, "test"), "per_token")
    assert found.rows == found.tokens == len(plan.dataset.splits.test)
    assert found.token_accuracy == found.sequence_accuracy


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (["sort", "-o", "RUN", "--data", "DATA"], ("--data is for text",)),
        (["sort", "-o", "RUN", "--do-lower"], ("--do-lower is for text",)),
        (["sort", "-o", "RUN", "--vectors", "DATA"], ("--vectors is for text",)),
        (["sort", "-o", "RUN", "--val-data", "DATA"], ("--val-data is for text",)),
        (["conl_ner", "-o", "RUN"], ("no task 'conl_ner'", "conll_ner")),
        (["trec", "-o", "RUN", "--data", "DATA", "--dataset-size", "9"], ("generated tasks",)),
        (["trec", "-o", "RUN", "--data", "DATA", "--no-unique"], ("--unique",)),
        (["trec", "-o", "RUN", "--kind", "tagging"], ("classification, not of tagging",)),
        (["trec", "-o", "RUN", "--val-data", "DATA"], ("--data",)),
        (["DATA", "-o", "RUN"], ("t.jsonl is a file of rows", "tpc train --data")),
        (["-o", "RUN", "--data", "UNCLEAR"], ("which column has the label", "--label-column")),
        (["-o", "RUN", "--data", "DATA", "--kind", "parsing"], ("no kind 'parsing'",)),
        (["-o", "RUN", "--data", "NONE.csv", "--kind", "tagging"], ("no such file",)),
        (
            ["-o", "RUN", "--data", "DATA", "--kind", "classification"],
            ("which is tagging", "--kind"),
        ),
        (
            ["-o", "RUN", "--data", "DATA", "--kind", "tagging", "--text-column", "tokns"],
            ("did you mean tokens",),
        ),
        (
            ["-o", "RUN", "--data", "DATA", "--kind", "tagging", "--tokenizer", "moses"],
            ("no tokenizer 'moses'",),
        ),
        (
            ["-o", "RUN", "--data", "DATA", "--kind", "tagging", "--tokenizer", "space"],
            ("t.jsonl, line 1", "tokens", "split into words already"),
        ),
        (
            ["-o", "RUN", "--data", "DATA", "--kind", "tagging", "--vectors", "NONE.txt"],
            ("no such file",),
        ),
        (
            ["-o", "RUN", "--data", "DATA", "--kind", "tagging", "--vectors", "DATA"],
            ("t.jsonl, line 2", "first line"),
        ),
        (
            [
                *("-o", "RUN", "--data", "DATA", "--kind", "tagging", "--vectors", "DATA"),
                *("--one-hot-embed", "--n-vars-cat", "1"),
            ],
            ("word vectors",),
        ),
        (["--resume", "RUN", "--data", "DATA"], ("takes no other options",)),
    ],
)
def test_what_does_not_fit(
    tpc: Tpc, tmp_path: Path, arguments: list[str], fragments: tuple[str, ...]
) -> None:
    names = {"RUN": tmp_path / "run", "DATA": write_tagged(tmp_path / "t.jsonl")}
    names["UNCLEAR"] = tmp_path / "u.csv"
    names["UNCLEAR"].write_text("text,label,labels\n" + "a b,x,y\n" * 9)
    found = [names.get(word, word) for word in arguments]
    assert_polite(tpc("train", *found), *fragments)
    assert not (tmp_path / "run").exists()
