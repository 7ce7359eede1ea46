"""How large a program is, defined once: for `tpc inspect` and before/after in `tpc opt`."""

from __future__ import annotations

import io
import json
import tokenize
from dataclasses import astuple, dataclass
from typing import Any

from tpc.ir.nodes import Classify, Embed, Lookup
from tpc.ir.program import Program
from tpc.runtime.backend import EmittedFile, find_backend
from tpc.semantics.dense_tables import entries

#: What is between the tokens of Python source: it does not count.
_BETWEEN = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
    }
)


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
    """The size of the emitted Python, all its files but the word-to-value embedding data.

    Args:
        tokens: Python's tokens without comments, newlines and indentation; one for each number
            or string in a data file.
        bytes: Of the files; of a data file what is left when embeddings are taken out.
        lines: Likewise.
    """

    tokens: int
    bytes: int
    lines: int


def program_size(program: Program) -> Size:
    """The size of the program itself, in the IR."""
    classifiers = [node for node in program.nodes if isinstance(node, Classify)]
    tables = [node for node in program.nodes if isinstance(node, Lookup)]
    return Size(
        nodes=len(program.nodes),
        features=sum(len(feature.rows) for node in classifiers for feature in node.features),
        table_entries=sum(entries(program, node) for node in tables),
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
        return EmittedSize(python_tokens(text), len(file.content), text.count("\n"))
    data = json.loads(text)
    embeddings = {node.name for node in program.nodes if isinstance(node, Embed)}
    left_out = embeddings | {"vocabulary", "embeddings"}
    for name in [name for name in data if name in left_out]:
        text = _without(text, name, data.pop(name))
    return EmittedSize(_leaves(data), len(text.encode("utf-8")), text.count("\n"))


def _without(text: str, name: str, value: Any) -> str:  # noqa: ANN401 - JSON
    """The text of a data file without one of its entries, everything else as it stands."""
    key = f"{json.dumps(name, ensure_ascii=False)}: "
    start = text.index(key)
    found, end = json.JSONDecoder().raw_decode(text, start + len(key))
    assert found == value, "the file is written with one entry after the other"
    return text[:start] + text[end:].removeprefix(",\n")


def python_tokens(source: str) -> int:
    """How many tokens Python source has, without comments and layout.

    An f-string is one token. Python 3.12 and later cut it into parts, with tokens of their own.
    """
    count = inside = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]
        inside += (kind == "FSTRING_START") - (kind == "FSTRING_END")
        count += inside == 0 and token.type not in _BETWEEN
    return count


def _leaves(value: Any) -> int:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return sum(1 + _leaves(item) for item in value.values())
    if isinstance(value, list):
        return sum(map(_leaves, value))
    return 1
