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
from tpc.lowering import Lowered, about, lower
from tpc.lowering.storage import require_exact
from tpc.semantics import interpreter

_HELPERS = Path(__file__).with_name("helpers.mjs").read_text("utf-8").strip().split("\n\n")
_REWRITTEN = {"lower": ".toLowerCase()", "digits": '.replace(/[0-9]+/g, "@")'}


def module_text(program: Program, _stem: str) -> str:
    """The text of the module, whatever it is called; raises what `Backend.emit` does."""
    lowered = lower(program)
    require_exact(lowered)
    emitter = Emitter(lowered)
    introduction = about.introduction(lowered, partial(interpreter.run, program), 84, literal)
    parts = [comment("\n\n".join(introduction)), _run(lowered), _trace(emitter)]
    parts += [*emitter.functions, *emitter.tables, _read(lowered)]
    for helper in _HELPERS:
        name = helper.partition("function ")[2].partition("(")[0]
        parts += [helper] * any(f"{name}(" in part for part in parts)
    return "\n\n".join(parts) + "\n"


def _run(lowered: Lowered) -> str:
    """The functions that answer, from what another one traces."""
    each = "the sequence" if lowered.pooled else "each token"
    each += "; framing tokens are answered by themselves, unless `raw`" * bool(lowered.echoed)
    echo = "".join(
        f'  if (!raw && tokens{at} === "{mark}") labels[{index}] = "{mark}";\n'
        for mark, at, index in ((BOS, "[0]", "0"), (EOS, ".at(-1)", "labels.length - 1"))
        if mark in lowered.echoed
    )
    return f"""\
/** The class of {each}. */
export function run(tokens, raw = false) {{
  const labels = [...trace(tokens).network.label];
{echo}  return labels{"[0]" * lowered.pooled};
}}

/** The answers for several sequences, in order. */
export function runBatch(sequences, raw = false) {{
  return sequences.map((tokens) => run(tokens, raw));
}}"""


def _trace(emitter: Emitter) -> str:
    """The program: a statement for each variable, then all of them."""
    columns, names = emitter.lowered.columns, emitter.name
    network = {origin: names[name] for name in columns for origin in columns[name].origin}
    statements = textwrap.indent("\n".join(emitter.statements), "  ")
    return f"""\
/**
 * All that is computed on the way, by position: `variables` by their names in this program and, as
 * `network`, by those in the network; the positions that each head's pattern has `chosen`; and the
 * `logits` of `CLASSES`.
 */
export function trace(input) {{
  const tokens = read(input);
{statements}
  return {{
    variables: {_object({name: names[name] for name in columns})},
    network: {_object(network | {"label": names[emitter.lowered.result]})},
    chosen: {_object({name: names[name] for name in names if name not in columns})},
    logits,
  }};
}}"""


def _object(properties: Mapping[str, str]) -> str:
    """An object; what is called as its value is written once."""
    items = [k if k == v else f"{key(k)}: {v}" for k, v in properties.items()]
    return textwrap.indent(enclosed("{ ", items, " }"), "    ").lstrip()


def _read(lowered: Lowered) -> str:
    """The function that checks an input, and its vocabulary."""
    words = [word for word in lowered.vocabulary if word != PAD]
    least, text = int(lowered.pooled), "".join(_REWRITTEN[step] for step in lowered.rewrite)
    if UNK in words:
        text += f').map((word) => (word === "{PAD}" || VOCABULARY.has(word) ? word : "{UNK}")'
    return f"""\
const VOCABULARY = new Set({literal(words)});

/** The tokens as the tables have them. */
function read(tokens) {{
  if ({"tokens.length < 1 || " * least}tokens.length > {lowered.max_length}) {{
    throw new RangeError(`${{tokens.length}} tokens: it takes {least} to {lowered.max_length}`);
  }}
  const words = tokens.map((token) => token{text});
  const unknown = words.filter((word) => !VOCABULARY.has(word));
  if (unknown.length > 0) throw new RangeError(`unknown tokens: ${{JSON.stringify(unknown)}}`);
  return words;
}}"""
