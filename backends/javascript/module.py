"""A lowered program as an ES module."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from tpc.backends.javascript.emitter import Emitter
from tpc.backends.javascript.text import comment, enclosed, key, literal
from tpc.ir.program import Program
from tpc.ir.words import BOS, EOS, PAD, UNK
from tpc.lowering import about, lower
from tpc.lowering.library import filled, sections
from tpc.lowering.storage import require_exact
from tpc.semantics import interpreter

_HELPERS = Path(__file__).with_name("helpers.mjs").read_text("utf-8").strip().split("\n\n")
_MODULE = sections(Path(__file__).with_name("module.mjs"))
_REWRITTEN = {"lower": ".toLowerCase()", "digits": '.replace(/[0-9]+/g, "@")'}


def module_text(program: Program, _stem: str) -> str:
    """The text of the module, whatever it is called; raises what `Backend.emit` does."""
    lowered = lower(program)
    require_exact(lowered)
    emitter = Emitter(lowered)
    introduction = about.introduction(lowered, partial(interpreter.run, program), 84, literal)
    marks = _marks(emitter)
    fixed = {name: filled(text, marks) for name, text in _MODULE.items()}
    parts = [comment("\n\n".join(introduction)), fixed["run"], fixed["trace"]]
    parts += [*emitter.functions, *emitter.tables, fixed["read"]]
    for helper in _HELPERS:
        name = helper.partition("function ")[2].partition("(")[0]
        parts += [helper] * any(f"{name}(" in part for part in parts)
    return "\n\n".join(parts) + "\n"


def _marks(emitter: Emitter) -> dict[str, object]:
    """What is put into the fixed parts."""
    lowered, columns, names = emitter.lowered, emitter.lowered.columns, emitter.name
    each = "the sequence" if lowered.pooled else "each token"
    each += "; framing tokens are answered by themselves, unless `raw`" * bool(lowered.echoed)
    echo = "".join(
        f'  if (!raw && tokens{at} === "{mark}") labels[{index}] = "{mark}";\n'
        for mark, at, index in ((BOS, "[0]", "0"), (EOS, ".at(-1)", "labels.length - 1"))
        if mark in lowered.echoed
    )
    network = {origin: names[name] for name in columns for origin in columns[name].origin}
    words = [word for word in lowered.vocabulary if word != PAD]
    rewritten = "".join(_REWRITTEN[step] for step in lowered.rewrite)
    if UNK in words:
        known = f'word === "{PAD}" || VOCABULARY.has(word)'
        rewritten += f').map((word) => ({known} ? word : "{UNK}")'
    return {
        "each": each,
        "echo": echo,
        "first": "[0]" * lowered.pooled,
        "statements": textwrap.indent("\n".join(emitter.statements), "  "),
        "variables": _object({name: names[name] for name in columns}),
        "network": _object(network | {"label": names[lowered.result]}),
        "chosen": _object({name: names[name] for name in names if name not in columns}),
        "vocabulary": literal(words),
        "too_short": "tokens.length < 1 || " * lowered.pooled,
        "least": int(lowered.pooled),
        "max_length": lowered.max_length,
        "rewritten": rewritten,
    }


def _object(properties: Mapping[str, str]) -> str:
    """An object; what is called as its value is written once."""
    items = [k if k == v else f"{key(k)}: {v}" for k, v in properties.items()]
    return textwrap.indent(enclosed("{ ", items, " }"), "    ").lstrip()
