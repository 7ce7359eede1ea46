"""A directory of files: one answer a row, columns kept, what is done left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from tests.backends.conftest import corpus_program, inputs
from tpc.cli.main import app
from tpc.diagnostics import TpcError
from tpc.ir.printer import print_program
from tpc.ir.program import Contract
from tpc.runtime.answering import StreamOptions
from tpc.semantics.interpreter import Interpreter
from tpc.sweep.corpora import FileWork, answer_file, answer_files, corpus_files

PROGRAM = corpus_program("kitchen_sink").replace(contract=Contract())
SEQUENCES = [tokens for tokens in inputs(PROGRAM) if tokens][:60]
ANSWERS = list(Interpreter(PROGRAM).run_many(SEQUENCES))
OPTIONS = StreamOptions(PROGRAM, "numpy", "corpus")


class HereEngine:
    remote = False
    room = 2

    def __init__(self) -> None:
        self.waiting: list[FileWork] = []
        self.ran: list[str] = []

    def submit(self, work: FileWork) -> None:
        self.waiting.append(work)

    def results(self) -> Iterator[tuple[FileWork, Any]]:
        while self.waiting:
            work = self.waiting.pop(0)
            self.ran.append(work.source.name)
            yield work, answer_file(work)

    def close(self) -> None:
        self.waiting.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sequences three times: as lists, as objects and as rows of Parquet."""
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    lists = "".join(json.dumps(tokens) + "\n" for tokens in SEQUENCES)
    (folder / "lists.jsonl").write_text(lists)
    rows = [{"id": k, "tokens": tokens} for k, tokens in enumerate(SEQUENCES)]
    objects = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "objects.jsonl").write_text(objects)
    parquet.write_table(pa.Table.from_pylist(rows), folder / "deep/rows.parquet")
    return folder


def work_of(folder: Path, output: Path, options: StreamOptions = OPTIONS) -> list[FileWork]:
    return [FileWork(options, *pair, "tokens") for pair in corpus_files(folder, output)]


def test_each_row_has_its_answer_and_keeps_its_columns(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    answer_files(work_of(folder, output), HereEngine(), lambda *_: None)
    lists = (output / "lists.jsonl").read_text().splitlines()
    assert list(map(json.loads, lists)) == ANSWERS
    expected = [
        {"id": k, "tokens": tokens, "labels": answer}
        for k, (tokens, answer) in enumerate(zip(SEQUENCES, ANSWERS, strict=True))
    ]
    objects = (output / "objects.jsonl").read_text().splitlines()
    assert list(map(json.loads, objects)) == expected
    assert parquet.read_table(output / "deep/rows.parquet").to_pylist() == expected


def test_files_with_answers_are_left_alone(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    answer_files(work_of(folder, output), HereEngine(), lambda *_: None)
    before = (output / "lists.jsonl").read_bytes()
    (output / "lists.jsonl").unlink()
    again = HereEngine()
    answer_files(work_of(folder, output), again, lambda *_: None)
    assert again.ran == ["lists.jsonl"]
    assert (output / "lists.jsonl").read_bytes() == before


def test_a_row_without_an_answer_stops_or_has_null(folder: Path, tmp_path: Path) -> None:
    bad = {"id": 1, "tokens": ["nobody"]}
    for name in ("objects.jsonl", "deep/rows.parquet"):
        rows = [{"id": 0, "tokens": SEQUENCES[0]}, bad]
        if name.endswith("parquet"):
            parquet.write_table(pa.Table.from_pylist(rows), folder / name)
        else:
            (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
        output = tmp_path / "out" / name
        with pytest.raises(TpcError, match="nobody") as error:
            answer_file(FileWork(OPTIONS, folder / name, output, "tokens"))
        assert error.value.location is not None
        assert error.value.location.line == 2
        assert not output.exists()
        options = StreamOptions(PROGRAM, "numpy", "corpus", on_error="null")
        assert answer_file(FileWork(options, folder / name, output, "tokens")) == 1
        if name.endswith("parquet"):
            found = parquet.read_table(output).to_pylist()
        else:
            found = list(map(json.loads, output.read_text().splitlines()))
        assert [row["labels"] for row in found] == [ANSWERS[0], None]


def test_what_is_no_corpus_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(TpcError, match="lies in"):
        corpus_files(folder, folder / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(TpcError, match="no files"):
        corpus_files(tmp_path / "empty", tmp_path / "out")
    work = FileWork(OPTIONS, folder / "objects.jsonl", tmp_path / "x", "words")
    with pytest.raises(TpcError, match="no column 'words'"):
        answer_file(work)
    (folder / "objects.jsonl").write_text('{"tokens": ["a"], "labels": 1}\n')
    with pytest.raises(TpcError, match="column 'labels' already"):
        answer_file(work_of(folder, tmp_path / "out")[-1])
    (folder / "objects.jsonl").write_text('{"tokens": ["a"]}\n["a"]\n')
    with pytest.raises(TpcError, match="no object"):
        answer_file(work_of(folder, tmp_path / "out")[-1])
    (folder / "deep/rows.parquet").write_bytes(b"PAR1")
    with pytest.raises(TpcError, match="not a Parquet file"):
        answer_file(work_of(folder, tmp_path / "out")[0])


def test_the_command_answers_by_processes(folder: Path, tmp_path: Path) -> None:
    program, output = tmp_path / "p.tpir", tmp_path / "out"
    program.write_text(print_program(PROGRAM))
    words = ["run", str(program), str(folder), "-o", str(output), "-j", "2", "-t", "numpy"]
    for said in ("3 files answered", "3 of 3 files have answers"):
        done = CliRunner().invoke(app, words, catch_exceptions=False)
        assert done.exit_code == 0
        assert said in done.stderr
    lines = (output / "lists.jsonl").read_text().splitlines()
    assert list(map(json.loads, lines)) == ANSWERS
