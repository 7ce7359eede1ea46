"""A program on all files of a directory: JSON lines or Parquet, a file of answers for each file.

A file of answers is written whole when all of its rows have one, so that whatever stops the work,
what is missing is what is still to do.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from tpc.diagnostics import Location, TpcError, quoted
from tpc.files import JsonError, parse_json, write_atomic, writing_atomic
from tpc.ir.printer import digest
from tpc.runtime.answering import Answering, StreamOptions
from tpc.runtime.backend import LoadedProgram, run_with
from tpc.runtime.loaded import LoadedArrays
from tpc.runtime.streaming import answers_of
from tpc.sweep.engine import Engine

JSON_LINES, PARQUET = (".jsonl", ".ndjson", ".json"), ".parquet"
#: The column of answers, and rows that are answered together.
LABELS, ROWS = "labels", 4_096


@dataclass(frozen=True)
class FileWork:
    """A file to answer.

    Attributes:
        options: The program, and how it is run.
        source: The file.
        output: The file of answers.
        column: Of tokens, in rows that have columns.
    """

    options: StreamOptions
    source: Path
    output: Path
    column: str


def corpus_files(folder: Path, output: Path) -> list[tuple[Path, Path]]:
    """The files of a directory and of those in it, sorted, each with where its answers go.

    Raises:
        TpcError: There is none, or answers would go among them.
    """
    if output.resolve() == folder.resolve() or folder.resolve() in output.resolve().parents:
        raise TpcError(f"{output} lies in {folder}", hint="name a directory beside it with -o")
    kinds = {*JSON_LINES, PARQUET}
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in kinds)
    if not found:
        raise TpcError(f"{folder} has no files of JSON lines or Parquet")
    return [(path, output / path.relative_to(folder)) for path in found]


def answer_files(
    work: Sequence[FileWork],
    engine: Engine[FileWork, int],
    shown: Callable[[FileWork, int], None],
) -> None:
    """Answer what has no answers yet.

    Args:
        work: The files.
        engine: What runs `answer_file`.
        shown: Told each file that is done, and how many rows of it have no answer.

    Raises:
        TpcError: A row has no answer, and the work is to stop there; other files may be done.
    """
    waiting = iter([one for one in work if not one.output.exists()])
    for one in islice(waiting, engine.room):
        engine.submit(one)
    for done, failed in engine.results():
        if isinstance(failed, TpcError):
            raise failed
        shown(done, failed)
        for one in islice(waiting, 1):
            engine.submit(one)


def answer_file(work: FileWork) -> int:
    """Write the answers of a file; how many rows have none.

    Raises:
        TpcError: The file cannot be read, or a row has no answer and the work is to stop there.
    """
    work.output.parent.mkdir(parents=True, exist_ok=True)
    work = replace(work, options=replace(work.options, name=str(work.source)))
    if work.source.suffix.lower() == PARQUET:
        return _answer_parquet(work)
    with work.source.open("rb") as stream:
        start = stream.read(1 << 16).lstrip()[:1]
        stream.seek(0)
        if start == b"{":
            return _answer_objects(work, stream)
        failed = 0
        with writing_atomic(work.output) as sink, _loaded(work.options) as loaded:
            for answered in answers_of(work.options, loaded, stream):
                sink.write(answered.data)
                failed += len(answered.failures)
                if answered.error is not None:
                    raise answered.error
    return failed


class _Kept:
    """The program of the files before: to compile it takes longer than to answer a file."""

    of: tuple[str, str] | None = None
    loaded: LoadedProgram


@contextmanager
def _loaded(options: StreamOptions) -> Iterator[LoadedProgram]:
    """The program of some files, kept for the next one where all of it is in memory.

    Raises:
        TpcError: As for `run_with`.
    """
    key = digest(options.program), options.target
    if _Kept.of == key:
        yield _Kept.loaded
        return
    with run_with(options.program, options.target) as loaded:
        if not isinstance(loaded, LoadedArrays):
            yield loaded
            return
    _Kept.of, _Kept.loaded = key, loaded
    yield loaded


class _Rows:
    """Answers rows that have columns, in batches."""

    def __init__(self, work: FileWork, answering: Answering) -> None:
        self._work, self._answering = work, answering
        self._before = self.failed = 0

    def answers(self, sequences: Sequence[Any]) -> list[Any]:
        """The labels of each, `None` where there are none."""
        if not sequences:
            return []
        lines = [json.dumps(tokens, ensure_ascii=False) + "\n" for tokens in sequences]
        text = "".join(lines).encode("utf-8", "surrogatepass")
        answered = self._answering.answer(self._before, text)
        if answered.error is not None:
            raise answered.error
        self._before += len(sequences)
        self.failed += len(answered.failures)
        return list(map(json.loads, answered.text.splitlines()))


def _answer_objects(work: FileWork, stream: io.BufferedReader) -> int:
    with _loaded(work.options) as loaded:
        rows = _Rows(work, Answering(work.options, loaded))
        numbered = enumerate(stream, 1)
        with writing_atomic(work.output) as sink:
            while lines := list(islice(numbered, ROWS)):
                found = [_object(work, number, line) for number, line in lines]
                labels = rows.answers([row[work.column] for row in found])
                for row, label in zip(found, labels, strict=True):
                    sink.write(json.dumps({**row, LABELS: label}, ensure_ascii=False) + "\n")
    return rows.failed


def _object(work: FileWork, number: int, line: bytes) -> dict[str, Any]:
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    place = Location(str(work.source), number, 1, text, len(text))
    try:
        row = parse_json(line)
    except JsonError as error:
        raise TpcError(f"this line is not JSON: {error}", location=place) from None
    if not isinstance(row, dict):
        raise TpcError("this line is no object, as the first one is", location=place)
    _check_columns(list(row), work, place)
    return row


def _check_columns(names: Sequence[str], work: FileWork, place: Location | None) -> None:
    if work.column not in names:
        hint = f"name it: --column; there are {', '.join(names)}"
        raise TpcError(f"there is no column {quoted(work.column)}", location=place, hint=hint)
    if LABELS in names:
        raise TpcError(
            f"there is a column {quoted(LABELS)} already", location=place, hint="rename it"
        )


def _answer_parquet(work: FileWork) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    payload = io.BytesIO()
    try:
        with (
            parquet.ParquetFile(work.source) as source,
            _loaded(work.options) as loaded,
        ):
            _check_columns(source.schema_arrow.names, work, None)
            pooled = work.options.program.label_type.pooled
            kind = pa.string() if pooled else pa.list_(pa.string())
            schema = source.schema_arrow.append(pa.field(LABELS, kind))
            rows = _Rows(work, Answering(work.options, loaded))
            with parquet.ParquetWriter(payload, schema) as writer:
                for batch in _batches(source):
                    labels = rows.answers(batch.column(work.column).to_pylist())
                    columns = [*batch.columns, pa.array(labels, kind)]
                    writer.write_batch(pa.record_batch(columns, schema=schema))
    except pa.ArrowException as error:
        raise TpcError(f"{work.source} is not a Parquet file: {error}") from error
    write_atomic(work.output, payload.getvalue())
    return rows.failed


def _batches(source: Any) -> Iterator[Any]:  # noqa: ANN401 - untyped library
    yield from source.iter_batches(batch_size=ROWS)
