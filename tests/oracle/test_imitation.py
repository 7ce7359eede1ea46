"""A program learns what an oracle answers, and joins to its rows what it got wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tpc
from tpc.data.kept_rows import read_rows
from tpc.diagnostics import TpcError
from tpc.oracle.imitation import ImitationOptions, imitate
from tpc.oracle.options import imitation_of
from tpc.oracle.report import Imitation, imitation_lines
from tpc.training.plan import read_plan

NOTHING: dict[str, Any] = dict.fromkeys(
    (
        *("oracle", "oracle_command", "oracle_run", "alphabet", "lengths"),
        *("rounds", "oracle_limit", "oracle_tries", "oracle_timeout"),
    )
)
SMALL: dict[str, Any] = {
    "n_layers": 1,
    "n_heads_cat": 1,
    "n_cat_mlps": 1,
    "d_mlp": 8,
    "search": 4,
    "n_epochs": 0,
    "dataset_size": 12,
}


def opposite(tokens: list[str]) -> list[str]:
    return ["b" if token == "a" else "a" for token in tokens]


def odd(tokens: list[str]) -> list[str]:
    """As `opposite`, but for one rare input."""
    return tokens if tokens == ["b", "b", "a", "b"] else opposite(tokens)


def imitated(path: Path, function: Any, **changes: Any) -> Imitation:
    asked = {**NOTHING, "oracle": function, "alphabet": "a,b", "lengths": "1-4", **changes}
    question, options, given = imitation_of(asked, SMALL)
    return imitate(question, path, given, options)


def test_what_differs_joins_the_rows(tmp_path: Path) -> None:
    said: list[str] = []
    asked = {**NOTHING, "oracle": odd, "alphabet": "a,b", "lengths": "1-4", "rounds": 2}
    question, options, given = imitation_of(asked, SMALL)
    found = imitate(question, tmp_path / "run", given, options, say=said.append)
    first, second = found.rounds
    assert first.search.mistakes
    assert second.rows > first.rows
    assert len(said) == 2
    rows = read_rows(tmp_path / "run" / "round-2").train
    assert {mistake.tokens for mistake in first.search.mistakes} <= {tokens for tokens, _ in rows}
    assert ("<s>", "b", "b", "a", "b", "</s>") in {tokens for tokens, _ in rows}
    report = json.loads((tmp_path / "run" / "run.json").read_text())["oracle"]
    assert report == json.loads((tmp_path / "run" / "oracle.json").read_text())
    assert report["inputs"] == 30
    assert report["method"] == "exhaustive"
    assert [line["differences"] for line in report["rounds"]] == [
        len(done.search.mistakes) for done in found.rounds
    ]


def test_the_same_oracle_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        imitated(tmp_path / name, opposite)
    for file in ("program.tpir", "oracle.json", "config.json", "rows-train.jsonl"):
        one, two = ((tmp_path / name / file).read_bytes() for name in ("one", "two"))
        assert one == two, file


def test_an_exact_imitation_says_so(tmp_path: Path) -> None:
    found = imitated(tmp_path / "run", opposite)
    assert found.exact
    lines = imitation_lines(found, "P")
    assert lines[0].startswith("all 30 inputs: 100.00 % of 98 labels alike, 0 inputs differ")
    assert lines[1] == "proved: P answers as the function opposite on every input"


def test_where_inputs_are_many_fresh_ones_are_counted(tmp_path: Path) -> None:
    found = imitated(tmp_path / "run", opposite, oracle_limit=10, oracle_tries=1_000)
    assert not found.exact
    assert found.kept.compared.method == "sampled"
    assert "fresh inputs" in imitation_lines(found, "P")[0]
    train = {tokens for tokens, _ in read_rows(tmp_path / "run").train}
    assert found.kept.compared.inputs <= 30 - len(train)


def test_from_python(tmp_path: Path) -> None:
    path = tmp_path / "run"
    program = tpc.train(oracle=opposite, alphabet="ab", lengths=(1, 3), output=path, **SMALL)
    assert program.run(["<s>", "a", "b", "</s>"]) == ["<s>", "b", "a", "</s>"]
    assert program.name == "opposite"
    with pytest.raises(TpcError, match="takes the place of a task"):
        tpc.train("sort", oracle=opposite, output=path)


def test_options_of_imitations_have_defaults() -> None:
    asked = {**NOTHING, "oracle": opposite, "alphabet": "a,b", "lengths": "1-4"}
    _, options, given = imitation_of(asked, {"seed": 3, "n_layers": 1})
    assert options == ImitationOptions(seed=3)
    assert given == {"seed": 3, "n_layers": 1}


def test_many_words_are_learned_as_text(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(320)]
    data = tmp_path / "inputs.jsonl"
    data.write_text("".join(json.dumps(words[n : n + 4]) + "\n" for n in range(0, 320, 4)))

    def even(tokens: list[str]) -> str:
        return "even" if int(tokens[0][1:]) % 8 else "odd"

    asked = {**NOTHING, "oracle": even, "oracle_tries": 1_000, "rounds": 1}
    small = {"n_layers": 1, "n_heads_cat": 1, "n_cat_mlps": 0, "n_epochs": 1, "dataset_size": 80}
    question, options, given = imitation_of(asked, {"data": str(data), **small})
    found = imitate(question, tmp_path / "run", given, options)
    assert found.kept.compared.inputs == 8
    lines = (tmp_path / "run" / "rows-1" / "test.jsonl").read_text().splitlines()
    first = json.loads(lines[0])
    assert first["label"] == even(first["tokens"])
    assert len(lines) == 8
    assert read_plan(tmp_path / "run").dataset.pooled


def test_rounds_that_get_no_further_are_the_last(tmp_path: Path) -> None:
    """No network without heads knows how many tokens stood before."""

    def parity(tokens: list[str]) -> list[str]:
        return [str(tokens[: i + 1].count("a") % 2) for i in range(len(tokens))]

    asked = {**NOTHING, "oracle": parity, "alphabet": "a,b", "lengths": "1-4", "rounds": 5}
    small = {"n_layers": 1, "n_heads_cat": 0, "n_cat_mlps": 0, "search": 1, "dataset_size": 12}
    question, options, given = imitation_of(asked, small)
    rounds = imitate(question, tmp_path / "run", given, options).rounds
    assert 1 < len(rounds) < 5
    wrong = [done.compared.wrong_labels for done in rounds]
    assert wrong[-1] >= wrong[-2]
    assert rounds[-1].search.mistakes
