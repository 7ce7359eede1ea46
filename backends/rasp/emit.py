"""A whole program as RASP text."""

from __future__ import annotations

import json

from backends.rasp.classifier import write_classify, write_labels
from backends.rasp.draft import Draft
from backends.rasp.heads import write_aggregate, write_select
from backends.rasp.helpers import helper_texts
from backends.rasp.perceptron import write_mlp
from backends.rasp.tables import vocabulary_list, write_embed, write_lookup
from backends.rasp.text import abbreviated, comment_safe, escape, listed, string
from tpc.ir.nodes import (
    TOKENS,
    Aggregate,
    Classify,
    Embed,
    Lookup,
    Mlp,
    Node,
    Ones,
    Positions,
    Select,
)
from tpc.ir.printer import digest
from tpc.ir.program import Program
from tpc.ir.words import PAD, UNK

EXAMPLE_LENGTH = 8


def rasp_text(program: Program, stem: str) -> str:
    """The RASP text of a program, to be saved as `stem`.rasp."""
    draft = Draft(program)
    if draft.replaces_unknown:
        _write_known(draft)
    for node in program.nodes:
        _write_node(draft, node)
        _say_origin(draft, node)
    write_labels(draft)
    example = _example(program)
    head = [*_heading(program, stem, example), "", f"set example {example}"]
    helpers = [line for text in helper_texts(draft.helpers) for line in ("", text)]
    return "\n".join([*head, *helpers, *draft.lines, ""])


def _write_node(draft: Draft, node: Node) -> None:
    match node:
        case Positions():
            draft.say(f"{draft.variables[node.name]}: the index of each position, from 0")
            draft.define(draft.variables[node.name], "indices")
        case Ones():
            draft.say(f"{draft.variables[node.name]}: 1 at every position")
            draft.define(draft.variables[node.name], "(0 * indices) + 1")
        case Embed():
            write_embed(draft, node)
        case Select():
            write_select(draft, node)
        case Aggregate():
            write_aggregate(draft, node)
        case Lookup():
            write_lookup(draft, node)
        case Mlp():
            write_mlp(draft, node)
        case Classify():
            write_classify(draft, node)


def _write_known(draft: Draft) -> None:
    draft.say(f"words that the program does not know are {UNK}")
    words = vocabulary_list(draft)
    draft.define(draft.variables[TOKENS], f"tokens if (tokens in {words}) else {string(UNK)}")


def _say_origin(draft: Draft, node: Node) -> None:
    """Which variable of the network this is, where the name does not say it."""
    if isinstance(node, Select) or node.origin == (draft.variables[node.name],):
        return
    origin = f"the network's {', '.join(node.origin)}"
    draft.lines.append(
        f"# ({comment_safe(origin) if node.origin else 'no variable of the network'})"
    )


def _example(program: Program) -> str:
    """A short input for the running example: a string of the language, or of the vocabulary."""
    ids = min(program.language.sample(program.max_length, 20, seed=0), key=_example_key)
    words = [program.vocabulary[index] for index in ids] or [
        word for word in program.vocabulary if word != PAD
    ][:1]
    return listed(string(word) for word in words)


def _example_key(ids: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Close to the wished length, then in a fixed order."""
    return abs(len(ids) - EXAMPLE_LENGTH), ids


def _heading(program: Program, stem: str, example: str) -> list[str]:
    answer = "one label for a sequence, the same at every position"
    if not program.label_type.pooled:
        answer = "a label for each position, framing tokens included"
    classes = abbreviated((string(name) for name in program.classes), 80)
    lines = [
        f"{program.name}: a Transformer Program in RASP, written by tpc.",
        f"{len(program.vocabulary)} tokens, at most {program.max_length} positions; {answer}.",
        f"Classes: {classes}",
        *_origin(program),
        "",
        f"To try it in the RASP interpreter (tech-srl/RASP), beside {stem}.rasp:",
        f'    load "{stem}";',
        f"    labels({example});",
        f"or: tpc rasp {stem}.rasp --sop labels",
    ]
    if program.rewrite:
        steps = {"lower": "lower case", "digits": "runs of digits written @"}
        rewritten = ", then ".join(steps[step] for step in program.rewrite)
        lines += ["", f"Words are given as the program was trained to see them: {rewritten}."]
    if any(escape(word) != word for word in (*program.vocabulary, *program.classes)):
        lines += [
            "",
            "RASP has no escapes in strings. In inputs and labels alike a token is written with",
            r"\q for a double quote, \n and \r for line breaks, \\ for a backslash, \e if it is",
            r"empty, \{1b} for another control character of that code.",
        ]
    return [f"# {comment_safe(line)}".rstrip() for line in lines]


def _origin(program: Program) -> list[str]:
    origin = program.metadata.get("origin")
    if not isinstance(origin, dict):
        return ["Origin: not recorded."]
    facts = [
        f"{name} {json.dumps(value, ensure_ascii=False)}"
        for name, value in origin.items()
        if isinstance(value, str | int | float)
    ]
    return [f"Origin: {', '.join(facts) or 'not recorded'}.", f"Program: {digest(program)}"]
