"""What an emitted module says about itself, and how it checks its input."""

from __future__ import annotations

import textwrap

from backends.python.draft import Draft, Json
from backends.python.literals import number, set_of
from tpc.ir.nodes import Embed
from tpc.ir.printer import MAX_READABLE_VOCABULARY
from tpc.ir.program import Program
from tpc.ir.words import BOS, EOS, PAD, UNK, rewrite
from tpc.semantics import interpreter

#: Lines of docstrings are not longer than this.
_WIDTH = 84

#: The example in the docstring has no longer lines than this.
_MOST_SHOWN = 80

#: What is said about the network, by key of the metadata's `origin`.
_FACTS = {"layers": " of depth {}", "trainer": " trained by {}", "task": " for the task {}"}


# Docstrings.


def docstring(program: Program) -> str:
    """The module's docstring: what it is, where it came from, what it promises, an example."""
    parts = [f"{program.name}: a Transformer Program.", *_origin(program), _promise(program)]
    example = _example(program)
    if example:
        parts.append(example)
    return '"""' + "\n\n".join(parts) + '\n"""'


def _origin(program: Program) -> list[str]:
    origin = program.metadata.get("origin")
    if not isinstance(origin, dict):
        return []
    facts = [
        text.format(origin[key])
        for key, text in _FACTS.items()
        if isinstance(origin.get(key), str | int)
    ]
    return [_wrapped(f"Exported from a network{''.join(facts)}.")] if facts else []


def _promise(program: Program) -> str:
    what = "its label is" if program.label_type.pooled else "its labels are"
    if program.contract.scope == "every_string":
        return _wrapped(
            f"For every sequence of at most {program.max_length} tokens {what} the network's."
        )
    proof = program.contract.proved_against
    if program.contract.scope == "data":
        return _wrapped(f"An approximation of the network, measured on {proof or 'data'}.")
    text = f"On the inputs of its task {what} the network's, elsewhere they may differ."
    return _wrapped(text) + (f"\nProved against {proof}." if proof else "")


def _wrapped(text: str) -> str:
    return _escaped(textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False))


def _escaped(text: str) -> str:
    """Text that can stand between triple quotes."""
    printable = "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)
    return printable.replace("\\", "\\\\").replace('"', '\\"')


def _example(program: Program) -> str:
    """A short input of the language, and the answer."""
    samples = program.language.sample(program.max_length, 20, seed=0)
    for ids in sorted(samples, key=len, reverse=True):
        tokens = [program.vocabulary[i] for i in ids]
        call = f"run({tokens!r})"
        # Words that rewriting changes may be unknown once they are rewritten.
        if len(call) > _MOST_SHOWN or any(
            rewrite(token, program.rewrite) != token for token in tokens
        ):
            continue
        text = f"{call}\n== {interpreter.run(program, tokens)!r}"
        return textwrap.indent(_escaped(text), "    ")
    return ""


# Inputs.


def vocabulary(draft: Draft) -> str:
    """Define the tokens that are known; the expression for a set or dictionary of them."""
    program = draft.program
    words = program.vocabulary
    if len(words) <= MAX_READABLE_VOCABULARY:
        return draft.inline("VOCABULARY", set_of([word for word in words if word != PAD]))
    embeddings = [node for node in program.nodes if isinstance(node, Embed)]
    rows: dict[str, Json] = {
        word: [number(node.values[index]) for node in embeddings]
        for index, word in enumerate(words)
        if word != PAD
    }
    if not embeddings:
        return draft.store("vocabulary", rows)
    draft.embeddings = draft.names.fresh("embeddings")
    draft.body.append(f"{draft.embeddings} = {draft.store('embeddings', rows)}")
    return draft.embeddings


def checks(draft: Draft) -> None:
    """Write the statements that refuse bad input and bring tokens into the form of the tables."""
    program = draft.program
    _length(draft)
    known = vocabulary(draft)
    tokens, loop = "tokens", "token"
    if program.rewrite:
        draft.body.append(f"words = [{_rewritten(draft)} for token in tokens]")
        draft.tokens_name, tokens, loop = "words", "words", "word"
    if UNK not in program.vocabulary:
        known = f"{known}.keys()" if draft.data else known
        draft.body.append(
            f"if unknown := set({tokens}) - {known}:\n"
            '    raise ValueError(f"unknown tokens: {sorted(unknown)}")'
        )
        return
    draft.body.append(f'if "{PAD}" in {tokens}:\n    raise ValueError("{PAD} is no input")')
    draft.body.append(f'words = [{loop} if {loop} in {known} else "{UNK}" for {loop} in {tokens}]')
    draft.tokens_name = "words"


def _length(draft: Draft) -> None:
    most, count = draft.program.max_length, "{len(tokens)} tokens"
    if draft.program.label_type.pooled:
        draft.body.append(
            f"if not 1 <= len(tokens) <= {most}:\n"
            f'    raise ValueError(f"{count}: it takes 1 to {most}")'
        )
    else:
        draft.body.append(
            f'if len(tokens) > {most}:\n    raise ValueError(f"{count}: it takes at most {most}")'
        )


def _rewritten(draft: Draft) -> str:
    text = "token"
    for step in draft.program.rewrite:
        if step == "lower":
            text += ".lower()"
        else:
            draft.import_from("re", "")
            text = f're.sub("[0-9]+", "@", {text})'
    return text


def echoed(program: Program) -> list[str]:
    """The framing tokens that an input can have, and that are answered by themselves."""
    if program.label_type.pooled:
        return []
    known = program.vocabulary
    return [mark for mark in (BOS, EOS) if mark in known or UNK in known]


def echo(draft: Draft) -> None:
    """Write the statements that give framing tokens back, and return the answer."""
    program = draft.program
    label = draft.names.variable(program.result)
    marks = echoed(program)
    if marks:
        lines = ["if not raw:"]
        for mark in marks:
            place, index = (":1", 0) if mark == BOS else ("-1:", -1)
            lines += [
                f'    if tokens[{place}] == ["{mark}"]:',
                f'        {label}[{index}] = "{mark}"',
            ]
        draft.body.append("\n".join(lines))
    draft.body.append(f"return {label}")
