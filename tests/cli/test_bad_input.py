"""Everything a user can get wrong: one paragraph, exit status 2, no traceback, no half files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Outcome, Tpc
from tests.conftest import MakeRun


def assert_polite(outcome: Outcome, *fragments: str) -> None:
    assert outcome.status == 2, outcome
    assert "Traceback" not in outcome.err
    assert "error" in outcome.err.lower()
    for fragment in fragments:
        assert fragment in outcome.err


@pytest.mark.parametrize(
    ("line", "fragments"),
    [
        ('["<s>", "12", "</s>"]', ("'12'", "<stdin>:1:1", "did you mean")),
        ('["<pad>"]', ("<pad>", "<stdin>:1:1")),
        (json.dumps(["1"] * 7), ("7 tokens", "at most 6")),
        ('["1", ', ("not JSON", "<stdin>:1:")),
        ('{"tokens": []}', ("not a list of tokens",)),
        ("[1, 2]", ("not a list of tokens",)),
        ("[" * 100_000, ("not JSON",)),
        (b"\xff\xfe", ("not UTF-8",)),
    ],
)
@pytest.mark.parametrize("target", ["interpreter", "python"])
def test_bad_lines(
    tpc: Tpc, sort_program: Path, line: str | bytes, fragments: tuple[str, ...], target: str
) -> None:
    assert_polite(tpc("run", sort_program, "-t", target, stdin=line), *fragments)


def test_the_line_number_counts_from_the_start_of_the_input(tpc: Tpc, sort_program: Path) -> None:
    outcome = tpc("run", sort_program, stdin='["1"]\n\n["2"]\n["x"]\n')
    assert_polite(outcome, "<stdin>:4:1", "'x'")
    assert len(outcome.out.splitlines()) == 2


def test_an_empty_pooled_sequence(tpc: Tpc, make_run: MakeRun, tmp_path: Path) -> None:
    path = tmp_path / "pooled.tpir"
    tpc("import", make_run(pool_outputs=1), "-o", path)
    assert_polite(tpc("run", path, stdin="[]\n"), "empty")


def newer(text: str) -> str:
    return text.replace("tpir 1.0", "tpir 2.0")


def truncated(text: str) -> str:
    return text[: len(text) // 2]


def tampered(text: str) -> str:
    return text.replace("max_length 6", "max_length 5")


@pytest.mark.parametrize(
    ("damage", "fragment"),
    [
        (newer, "version"),
        (truncated, "cut short"),
        (tampered, "seal"),
        (str.upper, "not a program"),
    ],
)
@pytest.mark.parametrize("command", ["run", "compile", "inspect", "eval"])
def test_damaged_programs(
    tpc: Tpc, sort_program: Path, damage: Callable[[str], str], fragment: str, command: str
) -> None:
    sort_program.write_text(damage(sort_program.read_text()))
    assert_polite(tpc(command, sort_program), fragment)


def test_programs_that_are_not_there_or_not_text(tpc: Tpc, tmp_path: Path) -> None:
    assert_polite(tpc("inspect", tmp_path / "none.tpir"), "none.tpir")
    assert_polite(tpc("inspect", tmp_path), "cannot read")
    (tmp_path / "binary.tpir").write_bytes(b"\x80\x81")
    assert_polite(tpc("inspect", tmp_path / "binary.tpir"), "UTF-8")


@pytest.mark.parametrize("name", ["args.json", "model.pt"])
def test_run_directories_that_lack_a_file(tpc: Tpc, sort_run: Path, name: str) -> None:
    (sort_run / name).unlink()
    assert_polite(tpc("import", sort_run), name)


@pytest.mark.parametrize(
    "change",
    [
        {"n_layers": 3},
        {"n_heads_cat": 3},
        {"d_var": 9},
        {"d_mlp": 5},
        {"mlp_vars_in": 3},
        {"max_length": 5},
        {"n_layers": "two"},
        {"rel_pos_bias": "bent"},
    ],
)
def test_run_directories_whose_shapes_disagree(
    tpc: Tpc, sort_run: Path, change: dict[str, object], tmp_path: Path
) -> None:
    options = json.loads((sort_run / "args.json").read_text())
    (sort_run / "args.json").write_text(json.dumps({**options, **change}))
    output = tmp_path / "out.tpir"
    assert_polite(tpc("import", sort_run, "-o", output))
    assert not output.exists()


def test_a_missing_vocabulary(tpc: Tpc, sort_run: Path) -> None:
    options = json.loads((sort_run / "args.json").read_text())
    (sort_run / "args.json").write_text(json.dumps({**options, "dataset": "conll_ner"}))
    assert_polite(tpc("import", sort_run), "--vocabulary")


@pytest.mark.parametrize("text", ["[]", "{", '{"vocabulary": ["<pad>"]}', '{"vocabulary": 3}'])
def test_bad_vocabularies(tpc: Tpc, sort_run: Path, tmp_path: Path, text: str) -> None:
    vocabulary = tmp_path / "vocabulary.json"
    vocabulary.write_text(text)
    assert_polite(tpc("import", sort_run, "--vocabulary", vocabulary))


def test_a_standard_transformer(tpc: Tpc, make_run: MakeRun) -> None:
    assert_polite(tpc("import", make_run(standard=True)), "standard Transformer")


def test_a_package_that_is_not_installed(
    tpc: Tpc, sort_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "black", None)
    found = tpc("compile", sort_program, "-t", "python", "-o", "-")
    assert_polite(found, "this needs the package black", "pip install black")


def test_pickles_are_not_executed(tpc: Tpc, sort_run: Path, tmp_path: Path) -> None:
    import pickle

    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "executed",))  # type: ignore[return-value]

    (sort_run / "model.pt").write_bytes(pickle.dumps({"embed.W_E": Bomb()}))
    assert_polite(tpc("import", sort_run), "model.pt")
    assert not (tmp_path / "executed").exists()


def test_unknown_targets_commands_and_options(tpc: Tpc, sort_program: Path) -> None:
    assert_polite(tpc("compile", sort_program, "-t", "pyhton"), "did you mean python")
    assert_polite(tpc("run", sort_program, "-t", "pyhton", stdin="[]"), "did you mean python")
    assert tpc("frobnicate").status == 2
    assert tpc("run", sort_program, "--frob").status == 2


def test_output_that_cannot_be_written(tpc: Tpc, sort_run: Path, tmp_path: Path) -> None:
    assert_polite(tpc("import", sort_run, "-o", tmp_path / "no" / "out.tpir"), "cannot write")


def test_rows_that_are_no_rows(tpc: Tpc, sort_program: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    for text in ("[", '["a"]', '[["1"], ["1", "2"]]', "[[1], [2]]"):
        rows.write_text(text)
        assert_polite(tpc("eval", sort_program, "--data", rows), "rows.jsonl:1:")


def test_inputs_that_an_optimised_program_was_not_proved_on(tpc: Tpc, sort_program: Path) -> None:
    text = sort_program.read_text()
    optimised = text[: text.rindex("\nseal ")].replace(
        "contract every_string", 'contract language "sha256:0"'
    )
    sort_program.write_text(optimised)
    assert_polite(tpc("run", sort_program, stdin='["1"]'), "--unchecked", "<stdin>:1:1")
    assert tpc("run", sort_program, "--unchecked", stdin='["1"]').status == 0
    assert tpc("run", sort_program, stdin='["<s>", "1", "</s>"]\n[]').status == 0
