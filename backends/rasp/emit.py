"""A whole program as RASP text."""

from __future__ import annotations

import json
from pathlib import Path

from tpc import lowering, rasp
from tpc.backends.rasp.emitter import Emitter
from tpc.backends.rasp.heads import write_head, write_selector
from tpc.backends.rasp.perceptron import write_classifier, write_perceptron
from tpc.backends.rasp.tables import write_embedding, write_lookup
from tpc.backends.rasp.text import HELPERS, LABELS, MAX_ENTRIES, abbreviated, comment_safe, listed
from tpc.files import read_text
from tpc.ir.printer import digest
from tpc.ir.program import Program
from tpc.ir.words import PAD, UNK
from tpc.rasp.writing import escape, string
from tpc.runtime.rasp import LoadedRasp

EXAMPLE_LENGTH = 8


def emit(program: Program, stem: str) -> str:
    """As `tpc.runtime.backend.Backend.emit`."""
    return rasp_text(lowering.lower(program), stem, digest(program))


def load(program: Program, main: Path) -> LoadedRasp:
    """As `tpc.runtime.backend.Backend.load`: our own interpreter runs the file."""
    return loaded(program, rasp.load(read_text(main), str(main)))


def loaded(program: Program, text: rasp.RaspProgram) -> LoadedRasp:
    """A text that was emitted from this program."""
    emitter = Emitter(lowering.lower(program))
    sops = {name: emitter.variables[name] for name in emitter.lowered.columns}
    return LoadedRasp(program, text, sops | {program.result: LABELS})


def rasp_text(lowered: lowering.Lowered, stem: str, digest: str) -> str:
    """The RASP text of a program, to be saved as `stem`.rasp; the digest is the program's."""
    emitter = Emitter(lowered)
    if UNK in lowered.vocabulary:
        _write_known(emitter)
    for step in lowered.steps:
        _write_step(emitter, step)
        _say_origin(emitter, step)
    emitter.say("the answer: raw labels, at framing tokens too")
    emitter.define(LABELS, emitter.variables[lowered.result])
    example = _example(lowered)
    head = [*_heading(lowered, stem, example, digest), "", f"set example {example}"]
    used = [text for name, text in HELPERS.items() if name in emitter.helpers]
    helpers = [line for text in used for line in ("", text)]
    return "\n".join([*head, *helpers, *emitter.lines, ""])


def _write_step(emitter: Emitter, step: lowering.Step) -> None:
    name = emitter.variables[step.name]
    match step:
        case lowering.Positions():
            emitter.say(f"{name}: the index of each position, from 0")
            emitter.define(name, "indices")
        case lowering.Ones():
            emitter.say(f"{name}: 1 at every position")
            emitter.define(name, "(0 * indices) + 1")
        case lowering.Embedding():
            write_embedding(emitter, step)
        case lowering.Selector():
            write_selector(emitter, step)
        case lowering.Head():
            write_head(emitter, step)
        case lowering.Lookup():
            write_lookup(emitter, step)
        case lowering.Perceptron():
            write_perceptron(emitter, step)
        case lowering.Classifier():
            write_classifier(emitter, step)


def _write_known(emitter: Emitter) -> None:
    emitter.say(f"words that the program does not know are {UNK}")
    words = emitter.literals(lowering.TOKENS)
    pieces = (words[start : start + MAX_ENTRIES] for start in range(0, len(words), MAX_ENTRIES))
    table = emitter.long_list("words", *pieces)
    known = f"tokens if (tokens in {table}) else {string(UNK)}"
    emitter.define(emitter.variables[lowering.TOKENS], known)


def _say_origin(emitter: Emitter, step: lowering.Step) -> None:
    """Which variable of the network this is, where the name does not say it."""
    if isinstance(step, lowering.Selector):
        return
    origin = emitter.lowered.columns[step.name].origin
    if origin != (emitter.variables[step.name],):
        known = comment_safe(f"the network's {', '.join(origin)}")
        emitter.lines.append(f"# ({known if origin else 'no variable of the network'})")


def _example(lowered: lowering.Lowered) -> str:
    """A short input for the running example: a string of the language, or of the vocabulary."""
    ids = min(lowered.sample, key=lambda ids: (abs(len(ids) - EXAMPLE_LENGTH), ids))
    words = [lowered.vocabulary[index] for index in ids]
    return listed(map(string, words or [word for word in lowered.vocabulary if word != PAD][:1]))


def _heading(lowered: lowering.Lowered, stem: str, example: str, digest: str) -> list[str]:
    answer = "one label for a sequence, the same at every position"
    if not lowered.pooled:
        answer = "a label for each position, framing tokens included"
    classes = abbreviated(map(string, lowered.classes), 80)
    lines = [
        f"{lowered.name}: a Transformer Program in RASP, written by tpc.",
        f"{len(lowered.vocabulary)} tokens, at most {lowered.max_length} positions; {answer}.",
        f"Classes: {classes}",
        *_origin(lowered, digest),
        "",
        f"To try it in the RASP interpreter (tech-srl/RASP), beside {stem}.rasp:",
        f'    load "{stem}";',
        f"    labels({example});",
        f"or: tpc rasp {stem}.rasp --sop labels",
    ]
    if lowered.rewrite:
        steps = {"lower": "lower case", "digits": "runs of digits written @"}
        rewritten = ", then ".join(steps[step] for step in lowered.rewrite)
        lines += ["", f"Words are given as the program was trained to see them: {rewritten}."]
    if any(escape(word) != word for word in (*lowered.vocabulary, *lowered.classes)):
        lines += [
            "",
            "RASP has no escapes in strings. In inputs and labels alike a token is written with",
            r"\q for a double quote, \n and \r for line breaks, \\ for a backslash, \e if it is",
            r"empty, \{1b} for another control character of that code.",
        ]
    return [f"# {comment_safe(line)}".rstrip() for line in lines]


def _origin(lowered: lowering.Lowered, digest: str) -> list[str]:
    if not lowered.origin:
        return ["Origin: not recorded."]
    facts = [
        f"{name} {json.dumps(value, ensure_ascii=False)}"
        for name, value in lowered.origin.items()
        if isinstance(value, str | int | float)
    ]
    return [f"Origin: {', '.join(facts) or 'not recorded'}.", f"Program: {digest}"]
