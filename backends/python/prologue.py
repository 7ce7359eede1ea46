"""What an emitted module says about itself, and how it checks its input."""

from __future__ import annotations

from tpc.backends.python.emitter import Emitter
from tpc.backends.python.literals import number, set_of
from tpc.ir.printer import MAX_READABLE_VOCABULARY
from tpc.ir.words import BOS, PAD, UNK
from tpc.lowering import Embedding, Lowered, about
from tpc.lowering.about import Answer
from tpc.lowering.cases import Json

#: Lines of docstrings are not longer than this.
_WIDTH = 84


# Docstrings.


def docstring(lowered: Lowered, answer: Answer) -> str:
    """The module's docstring: what it is, where it came from, what it promises, an example."""
    paragraphs = about.introduction(lowered, answer, _WIDTH, repr)
    return '"""' + about.in_docstring("\n\n".join(paragraphs)) + '\n"""'


# Inputs.


def vocabulary(emitter: Emitter) -> str:
    """Define the tokens that are known; the expression for a set or dictionary of them."""
    words = emitter.lowered.vocabulary
    if len(words) <= MAX_READABLE_VOCABULARY:
        return emitter.inline("VOCABULARY", set_of([word for word in words if word != PAD]))
    embeddings = [step for step in emitter.lowered.steps if isinstance(step, Embedding)]
    rows: dict[str, Json] = {
        word: [number(step.values[index]) for step in embeddings]
        for index, word in enumerate(words)
        if word != PAD
    }
    if not embeddings:
        return emitter.store("vocabulary", rows)
    emitter.embeddings = emitter.names.fresh("embeddings")
    emitter.body.append(f"{emitter.embeddings} = {emitter.store('embeddings', rows)}")
    return emitter.embeddings


def checks(emitter: Emitter) -> None:
    """Write the statements that refuse bad input and bring tokens into the form of the tables."""
    _length(emitter)
    known = vocabulary(emitter)
    tokens, loop = "tokens", "token"
    if emitter.lowered.rewrite:
        emitter.body.append(f"words = [{_rewritten(emitter)} for token in tokens]")
        emitter.tokens_name, tokens, loop = "words", "words", "word"
    if UNK not in emitter.lowered.vocabulary:
        known = f"{known}.keys()" if emitter.data else known
        emitter.body.append(
            f"if unknown := set({tokens}) - {known}:\n"
            '    raise ValueError(f"unknown tokens: {sorted(unknown)}")'
        )
        return
    emitter.body.append(f'if "{PAD}" in {tokens}:\n    raise ValueError("{PAD} is no input")')
    emitter.body.append(
        f'words = [{loop} if {loop} in {known} else "{UNK}" for {loop} in {tokens}]'
    )
    emitter.tokens_name = "words"


def _length(emitter: Emitter) -> None:
    most, count = emitter.lowered.max_length, "{len(tokens)} tokens"
    if emitter.lowered.pooled:
        emitter.body.append(
            f"if not 1 <= len(tokens) <= {most}:\n"
            f'    raise ValueError(f"{count}: it takes 1 to {most}")'
        )
    else:
        emitter.body.append(
            f'if len(tokens) > {most}:\n    raise ValueError(f"{count}: it takes at most {most}")'
        )


def _rewritten(emitter: Emitter) -> str:
    text = "token"
    for step in emitter.lowered.rewrite:
        if step == "lower":
            text += ".lower()"
        else:
            emitter.import_from("re", "")
            text = f're.sub("[0-9]+", "@", {text})'
    return text


def echo(emitter: Emitter) -> None:
    """Write the statements that give framing tokens back, and return the answer."""
    label = emitter.names.variables[emitter.lowered.result]
    if emitter.lowered.echoed:
        lines = []
        for mark in emitter.lowered.echoed:
            place, index = (":1", 0) if mark == BOS else ("-1:", -1)
            lines.append((f'"{mark}" in tokens[{place}]:', f'{label}[{index}] = "{mark}"'))
        if len(lines) == 1:
            [(condition, statement)] = lines
            emitter.body.append(f"if not raw and {condition}\n    {statement}")
        else:
            marked = "".join(f"\n    if {c}\n        {s}" for c, s in lines)
            emitter.body.append(f"if not raw:{marked}")
    emitter.body.append(f"return {label}")
