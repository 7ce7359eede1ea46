"""How large an emitted program is: what is counted, and what is not."""

import json
import re
from pathlib import Path

import pytest

from tpc.evaluation.sizes import file_size, program_size
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.runtime.backend import EmittedFile, find_backend

CORPUS = Path(__file__).parents[1] / "corpus"


def emitted_data(text: str) -> tuple[Program, EmittedFile]:
    program = parse_program(text)
    _, data = find_backend("python").emit(program, "e")
    return program, data


def test_a_formula_has_as_many_entries_as_cases() -> None:
    text = (CORPUS.parent / "ir" / "versions" / "1.1.tpir").read_text("utf-8")
    program = parse_program(text)
    assert program_size(program).table_entries == 2 + 1  # `mirrored` and the answer.
    listed = parse_program(text.partition("\nseal")[0].replace("_ => %label}", '_ => "a"}'))
    assert program_size(listed).table_entries == 2 + len(program.vocabulary)


def test_a_data_file_counts_without_the_classes_of_its_words() -> None:
    program, data = emitted_data((CORPUS / "embedded_words.tpir").read_text("utf-8"))
    text = data.content.decode("utf-8")
    start, end = text.index('"embeddings": {'), text.index('"mlp_0_0": [')
    size = file_size(program, data)
    assert size.bytes == len(text) - (end - start)
    assert size.lines == text.count("\n") - text[start:end].count("\n")
    rows = json.loads(text)["embeddings"]
    # Two variables have classes, the third learned numbers, which count.
    assert size.embedding == 3 * len(rows)
    rest = text[:start] + text[end:]
    assert size.tokens == len(re.findall(r'"[^"]*"|-?[0-9.]+|null', rest)) + len(rows)


@pytest.mark.parametrize(
    ("entry", "counted"),
    [("word65", [3, 1, 0.6, 7, 8]), ("word65", [3, "1 2", 0.6]), ("word65", [[3, 1, 4], 1, 0.6])],
)
def test_what_else_stands_beside_a_word_counts(entry: str, counted: list[object]) -> None:
    program, data = emitted_data((CORPUS / "embedded_words.tpir").read_text("utf-8"))
    before, tables = file_size(program, data), json.loads(data.content)
    tables["embeddings"][entry] = counted
    tables["var0"] = {"word65": 3}
    text = json.dumps(tables, indent=0)
    changed = file_size(program, EmittedFile(data.name, text.encode()))
    more = {"[3, 1, 0.6, 7, 8]": 2, "[3, '1 2', 0.6]": 2, "[[3, 1, 4], 1, 0.6]": 3}[str(counted)]
    # A second table of the words is no exemption, whatever it is called.
    assert changed.tokens == before.tokens + more + 3
