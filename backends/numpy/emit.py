"""From a program to the text of one NumPy module."""

from __future__ import annotations

import ast
from functools import cache
from itertools import pairwise
from pathlib import Path

from backends.batch.plan import Plan, plan
from backends.batch.storage import smallest
from backends.numpy import frame
from backends.numpy.classifier import write_classifier
from backends.numpy.literals import ascii_string, identifiers, storage_kind, words
from backends.numpy.statements import write_variables
from backends.numpy.writer import Writer
from tpc.ir.nodes import TOKENS, Classify
from tpc.ir.program import Program
from tpc.ir.words import PAD, UNK

#: Positions that are worked on at a time, so that a few dozen variables stay in the cache; and
#: sequences that are sorted by length together.
CHUNK, SPAN = 49_152, 131_072


_SCATTER_POOLED = "labels[rows] = found"
_SCATTER_EACH = "whole_rows(labels)[rows] = whole_rows(found)"
_STORE_POOLED = "labels[:] = found"
_STORE_EACH = "labels[:, :length] = found.T if padding is None else (found * ~padding).T"


def emit_module(program: Program) -> str:
    """The text of the module.

    Raises:
        TpcError: The program counts beyond 32 bits, or has a table that is too large.
    """
    planned = plan(program)
    names = identifiers((name for name in planned.variables if name != TOKENS), _library()[0])
    writer = Writer(planned, names | {TOKENS: TOKENS})
    write_variables(writer)
    node = planned.program.by_name[program.result]
    if isinstance(node, Classify):
        write_classifier(writer, node)
    parts = [
        _opening(program),
        _constants(program),
        *writer.constants,
        *_helpers(writer.helpers),
        *(["\n".join(writer.functions)] if writer.functions else []),
        *(["\n".join(writer.tables).rstrip()] if writer.tables else []),
        _label(writer),
        *_frame(planned, writer.room),
    ]
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    """Two empty lines around functions, one elsewhere."""
    text = parts[0].strip("\n")
    for before, part in pairwise(parts):
        function = any(p.lstrip("\n").startswith(("def ", "class ")) for p in (before, part))
        text += ("\n\n\n" if function else "\n\n") + part.strip("\n")
    return text + "\n"


def _opening(program: Program) -> str:
    unit = "one label for each sequence" if program.label_type.pooled else "one label a token"
    promise = "the labels of the network on every string over the vocabulary"
    if program.contract.scope == "language":
        promise = "the network's label at every scored position of every input of its task"
    return f'''"""The Transformer Program `{program.name}`, on many sequences at once.

    run_batch([[{_example(program)}]])    # words in, {unit} out
    run_array(ids, lengths)    # padded token ids [sequences, positions] in, class ids out

It gives {promise}.
Written by `tpc compile --target numpy`. In `label`, variables are arrays [positions, sequences];
what does not depend on the sequence has one column. Sequences are worked on in pieces that fit
the cache, so that memory does not grow with their number.
"""

import numpy as np'''


def _example(program: Program) -> str:
    known = [word for word in program.vocabulary if word not in (PAD, UNK)]
    shown = [ascii_string(word).replace("\\", "\\\\") for word in known[:3]]
    return ", ".join(shown[: program.max_length])


def _constants(program: Program) -> str:
    return (
        f"VOCABULARY = {words(program.vocabulary)}\n"
        f"CLASSES = {words(program.classes)}\n"
        f"MAX_LENGTH = {program.max_length}\n"
        "IDS = {word: index for index, word in enumerate(VOCABULARY)}\n"
        "# Positions that are worked on at a time; sequences that are sorted by length together.\n"
        f"CHUNK, SPAN = {CHUNK}, {SPAN}"
    )


def _label(writer: Writer) -> str:
    plan = writer.plan
    pooled = plan.program.label_type.pooled
    lines = [
        "def label(",
        "    tokens: np.ndarray,",
        "    lengths: np.ndarray,",
        "    padding: np.ndarray | None,",
        "    room: np.ndarray,",
        "    trace: dict[str, np.ndarray],",
        ") -> np.ndarray:",
        f'    """The class of each {"sequence" if pooled else "position"}: this is the program.',
        "",
        "    Args:",
        "        tokens: Token ids [positions, sequences], 0 behind the end of a sequence.",
        "        lengths: Of the sequences, or the one that all of them have.",
        "        padding: Which positions lie behind the end, if any.",
        "        room: Made by `make_room`, to be overwritten.",
        "        trace: Where variables are written to.",
        '    """',
    ]
    if writer.steps:
        lines.append("    steps = np.arange(len(tokens))[:, None]")
    lines += writer.body
    if plan.classifier is None:
        name = writer.names[plan.program.result]
        lines.append(f"    return {name}[0]" if pooled else f"    return {name}")
    return "\n".join(lines)


def _frame(plan: Plan, room: str) -> list[str]:
    program = plan.program
    pooled = program.label_type.pooled
    tokens = storage_kind(plan.variables[TOKENS].storage)
    arrays = frame.ARRAYS.format(
        returns="[sequences]." if pooled else "[sequences, positions]; 0 behind the end.",
        shape="len(ids)" if pooled else "ids.shape",
        label_type=storage_kind(smallest(len(program.classes) - 1)),
        length_type=storage_kind(smallest(program.max_length)),
        token_type=tokens,
        least=int(pooled),
        store=_STORE_POOLED if pooled else _STORE_EACH,
        room=room,
        scatter=_SCATTER_POOLED if pooled else _SCATTER_EACH,
    )
    if not pooled:
        arrays += frame.WHOLE_ROWS
    return [arrays, *_words(program, tokens)]


def _words(program: Program, token_type: str) -> list[str]:
    pooled = program.label_type.pooled
    word = "word"
    for step in program.rewrite:
        word = f"{word}.lower()" if step == "lower" else f"digits_as_at({word})"
    lookup = "IDS[word]"
    if UNK in program.vocabulary:
        lookup = f"IDS.get(word, {program.vocabulary.index(UNK)})"
    empty_check = (
        "    if len(lengths) and lengths.min() == 0:\n"
        '        raise ValueError("a sequence is empty, and has no label")\n'
    )
    pad_check = (
        f"    if {ascii_string(PAD)} in words:\n"
        f'        raise ValueError("{PAD} is no input: sequences may differ in length")\n'
    )
    echo = "\n    The tokens `<s>` at the start and `</s>` at the end are echoed unless `raw`.\n"
    text = frame.WORDS.format(
        answer="str" if pooled else "list[str]",
        labels="label" if pooled else "labels",
        raw_doc="" if pooled else echo,
        or_empty=", a sequence is empty" if pooled else "",
        empty_check=empty_check if pooled else "",
        pad_check=pad_check,
        word=word,
        lookup=lookup,
        token_type=token_type,
    )
    parts = [frame.REWRITE_DIGITS] if "digits" in program.rewrite else []
    return [*parts, text, frame.DECODE_POOLED if pooled else frame.DECODE_EACH]


def _helpers(used: set[str]) -> list[str]:
    """The source of the helpers used, with those that they use, in the order of their file."""
    sources, calls = _library()
    needed, queue = set(used), list(used)
    while queue:
        for name in calls[queue.pop()] - needed:
            needed.add(name)
            queue.append(name)
    return [source for name, source in sources.items() if name in needed]


@cache
def _library() -> tuple[dict[str, str], dict[str, set[str]]]:
    """The source of every helper, and which helpers it uses."""
    text = Path(__file__).with_name("helpers.py").read_text(encoding="utf-8")
    functions = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
    sources = {f.name: ast.get_source_segment(text, f) or "" for f in functions}
    calls = {
        f.name: {n.id for n in ast.walk(f) if isinstance(n, ast.Name) and n.id in sources}
        for f in functions
    }
    return sources, calls
