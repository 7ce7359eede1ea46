"""How large a program is, defined once: for `tpc inspect` and before/after in `tpc opt`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from tpc.evaluation.python_tokens import python_tokens, string_pieces
from tpc.ir.nodes import Classify, Embed, Lookup
from tpc.ir.program import Program
from tpc.ir.types import Cat
from tpc.runtime.backend import EmittedFile, find_backend
from tpc.semantics.dense_tables import entries


@dataclass(frozen=True)
class Size:
    """The size of a program.

    Args:
        nodes: Operations.
        features: Rows of weights that the classifier has.
        table_entries: Combinations of operand values in all lookups.
    """

    nodes: int
    features: int
    table_entries: int


@dataclass(frozen=True)
class EmittedSize:
    """The size of the emitted Python, all its files but which class each word has in embeddings.

    Args:
        tokens: Python's, as `python_tokens` counts them; one for each number of a data file, and
            for each word or number in its strings.
        bytes: Of the files; of a data file what is left without the entries of its words.
        lines: Likewise.
        embedding: What is not in `tokens`: words of a data file, and for each word one class index
            for each embedded variable. Nothing else is left out.
    """

    tokens: int
    bytes: int
    lines: int
    embedding: int


def program_size(program: Program) -> Size:
    """The size of the program itself, in the IR."""
    classifiers = [node for node in program.nodes if isinstance(node, Classify)]
    tables = [node for node in program.nodes if isinstance(node, Lookup)]
    return Size(
        nodes=len(program.nodes),
        features=sum(len(feature.rows) for node in classifiers for feature in node.features),
        # What a formula says is not listed: its cases are all there is.
        table_entries=sum(
            len(node.cases) if node.has_formulas else entries(program, node) for node in tables
        ),
    )


def emitted_size(program: Program) -> EmittedSize:
    """The size of the Python that the program compiles to.

    Raises:
        TpcError: The Python backend is missing or cannot express the program.
    """
    files = find_backend("python").emit(program, program.name)
    sizes = [astuple(file_size(program, file)) for file in files]
    return EmittedSize(*map(sum, zip(*sizes, strict=True)))


def file_size(program: Program, file: EmittedFile) -> EmittedSize:
    """The size of one emitted file: Python source, or data as JSON."""
    text = file.content.decode("utf-8")
    if file.name.endswith(".py"):
        return EmittedSize(python_tokens(text), len(file.content), text.count("\n"), 0)
    data = json.loads(text)
    classed = [isinstance(node.type, Cat) for node in program.nodes if isinstance(node, Embed)]
    embedding = tokens = 0
    for name in [name for name in data if name in ("vocabulary", "embeddings")]:
        rows = data.pop(name)
        text = _without(text, name, rows)
        indices = sum(_indices(row, classed) for row in rows.values())
        embedding += len(rows) + indices
        tokens += sum(map(_leaves, rows.values())) - indices
    tokens += _leaves(data)
    return EmittedSize(tokens, len(text.encode("utf-8")), text.count("\n"), embedding)


def _indices(row: Sequence[Any], classed: Sequence[bool]) -> int:
    """The class indices of a word: of each embedded variable one, none of learned numbers."""
    return sum(of and type(value) is int for value, of in zip(row, classed, strict=False))


def _without(text: str, name: str, value: Any) -> str:  # noqa: ANN401 - JSON
    """The text of a data file without one of its entries, everything else as it stands."""
    key = f"{json.dumps(name, ensure_ascii=False)}: "
    start = text.index(key)
    found, end = json.JSONDecoder().raw_decode(text, start + len(key))
    assert found == value, "the file is written with one entry after the other"
    return text[:start] + text[end:].removeprefix(",\n")


def _leaves(value: Any) -> int:  # noqa: ANN401 - JSON
    """Numbers, and words and numbers of strings, keys among them."""
    if isinstance(value, dict):
        return sum(string_pieces(key) + _leaves(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(map(_leaves, value))
    return string_pieces(value) if isinstance(value, str) else 1
