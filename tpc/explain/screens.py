"""A program, a node, its tables and its dependencies as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from tpc.explain.dependencies import NodeView, definition, with_tables
from tpc.explain.overview import Described, grouped
from tpc.explain.tables import in_words, visible
from tpc.ir.nodes import Classify
from tpc.ir.printer import print_language
from tpc.ir.program import Program
from tpc.ir.words import PAD
from tpc.lowering.lower import lower
from tpc.semantics.interpreter import present_column

#: Variables of a layer, and lines of a definition, that are shown before the rest is counted.
MAX_LINES, MAX_DEFINITION = 12, 40

#: Lines of an overview, which is to fit a screen.
SCREEN = 50

#: Characters of a list of tokens, or of a language.
_MAX_LIST = 140

#: Columns of a name, and the fewest of the text beside it.
_LEFT, _LEAST = 10, 40


def overview_text(
    program: Program,
    described: Sequence[Described],
    facts: Sequence[tuple[str, str]],
    width: int,
    *,
    everything: bool = False,
) -> str:
    """What goes in and comes out, layer by layer what each variable is, and what is known of it.

    What does not fit a screen is told shorter: without tables, then with fewer variables a layer.

    Args:
        program: The program.
        described: Its variables.
        facts: Names and values: size, accuracy, proof, origin.
        width: Of a line.
        everything: All variables with all tables, however long that is.
    """
    around = _interface(program, width), [line for fact in facts for line in _entry(*fact, width)]
    room = SCREEN - sum(map(len, around)) - 2
    if everything:
        inner = _variables(program, described, width, len(described), tables=True)
    else:
        inner = _variables(program, described, width, MAX_LINES, tables=True)
        for most in range(MAX_LINES, 2, -1):
            if len(inner) <= room:
                break
            inner = _variables(program, described, width, most, tables=False)
    return "\n".join([*around[0], "", *inner, "", *around[1]])


def _interface(program: Program, width: int) -> list[str]:
    """What goes in and comes out."""
    labels = "one label" if program.label_type.pooled else "a label at every position"
    words = [word for word in program.vocabulary if word != PAD]
    most = f"up to {program.max_length:,} tokens"
    lines = _entry("in", f"{most}, each one of {_listed(words)}", width)
    language = " ".join(print_language(program).removeprefix("language ").split())
    lines += _entry("", _cut(language), width)
    if program.rewrite:
        lines += _entry("", f"each word rewritten first: {', '.join(program.rewrite)}", width)
    lines += _entry("out", f"{labels}, one of {_listed(_answers(program))}", width)
    return lines


def _variables(
    program: Program, described: Sequence[Described], width: int, most: int, *, tables: bool
) -> list[str]:
    """What each variable is, layer by layer, for at most so many groups of each."""
    lines = []
    for title, members in _sections(program, described):
        rows = list(grouped(members, tables=tables))
        texts = [f"{name}: {text}" for name, text in rows[:most]]
        if len(rows) > most:
            texts.append(f"and {len(rows) - most} more (--all, --node NAME)")
        for number, text in enumerate(texts):
            lines += _entry("" if number else title, text, width)
    if not tables:
        lines += _entry("", "(without tables: --all, --node NAME, --tables)", width)
    return lines


def _sections(
    program: Program, described: Sequence[Described]
) -> Iterator[tuple[str, tuple[Described, ...]]]:
    """Embeddings, each layer, and the answer; positions and ones are known to everybody."""
    rest = [one for one in described if one.source not in ("positions", "ones")]
    inner = [one for one in rest if one.name != program.result]
    for layer in sorted({one.layer for one in inner}):
        members = tuple(one for one in inner if one.layer == layer)
        yield ("words" if layer < 0 else f"layer {layer}"), members
    yield "answer", tuple(one for one in rest if one.name == program.result)


def _answers(program: Program) -> list[str]:
    """The classes that can be answered."""
    node = program.by_name[program.result]
    never = node.never if isinstance(node, Classify) else ()
    values = lower(program).columns[program.result].values
    return [program.classes[index] for index in values if index not in never]


def node_text(program: Program, view: NodeView, width: int) -> str:
    """What a node is, where it stands and how it is defined."""
    kind = view.type if view.operation in ("input", "select") else f"{view.operation}: {view.type}"
    rows = [(f"%{view.name}", view.words), ("kind", kind)]
    if view.origin:
        rows.append(("network", ", ".join(map(visible, view.origin))))
    if view.operation != "select" and (values := _values(program, view.name)):
        rows.append(("values", values))
    rows += [("reads", _names(view.reads)), ("read by", _names(view.read_by))]
    return "\n".join([*_rows(rows, width), "", *_shortened(view.definition, view.name)])


def uses_text(program: Program, view: NodeView, width: int) -> str:
    """What a node depends on, and what depends on it."""
    needed = program.result in (view.name, *view.needed_by)
    rows = [
        (f"%{view.name}", view.words),
        ("reads", _names(view.reads)),
        ("depends on", _names(view.depends_on)),
        ("read by", _names(view.read_by)),
        ("needed by", _names(view.needed_by)),
        ("answer", "depends on it" if needed else "does not depend on it"),
    ]
    return "\n".join(_rows(rows, width))


def tables_text(program: Program, width: int) -> str:
    """Every table of a program: lookups, and predicates that are no formula."""
    parts = []
    for one in with_tables(program):
        lines = _entry(f"%{one.name}", one.text, width)
        parts.append("\n".join([*lines, *_shortened(definition(program, one.name), one.name)]))
    return "\n\n".join(parts) or "it has no tables"


def _values(program: Program, name: str) -> str:
    """The values that can occur; nothing of real numbers."""
    column = lower(program).columns[name]
    values = present_column(program, name, list(column.values))
    if column.labels is None and values:
        low, high = values[0], values[-1]
        return f"{low}..{high}" if len(values) > 1 else str(low)
    return _cut(" ".join(map(in_words, values)))


def _shortened(text: str, name: str) -> list[str]:
    lines = [f"  {line}" for line in text.split("\n")]
    more = len(lines) - MAX_DEFINITION
    if more <= 0:
        return [_cut(line, 4 * _MAX_LIST) for line in lines]
    note = f"  ... {more:,} more lines (--node {visible(name)} --json)"
    return [*(_cut(line, 4 * _MAX_LIST) for line in lines[:MAX_DEFINITION]), note]


def _rows(rows: Sequence[tuple[str, str]], width: int) -> list[str]:
    left = max(_LEFT, *(len(name) for name, _ in rows))
    return [line for name, text in rows for line in _entry(name, text, width, left)]


def _entry(name: str, text: str, width: int, left: int = _LEFT) -> list[str]:
    """A name, and beside it text in lines of at most a width."""
    room = max(width - left - 1, _LEAST)
    lines = textwrap.wrap(
        text, room, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    names = [name, *[""] * len(lines)]
    return [f"{name:<{left}} {line}".rstrip() for name, line in zip(names, lines, strict=False)]


def _listed(words: Sequence[str]) -> str:
    """How many words there are, and the first of them."""
    return f"{len(words):,}: {_cut(' '.join(map(visible, words)))}"


def _cut(text: str, most: int = _MAX_LIST) -> str:
    return text if len(text) <= most else f"{text[:most]} ..."


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"
