"""From a program to the text of a C file and its header."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from tpc.backends.c.classifier import write_classifier
from tpc.backends.c.command import command
from tpc.backends.c.library import PROGRAM
from tpc.backends.c.literals import BRACES, TYPES, identifiers, prefix, safe, string
from tpc.backends.c.statements import write_variables
from tpc.backends.c.writer import Writer
from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.lowering import TOKENS, about, lower
from tpc.lowering.arrays import arrays
from tpc.lowering.layout import WIDTH
from tpc.lowering.library import filled
from tpc.lowering.storage import smallest
from tpc.runtime.backend import EmittedFile

#: What differs where there is one label for each token, and one for a sequence.
_VARIANTS = {
    "least": ("0", "1"),
    "labels_are": (
        "laid out as ids are, a class for each token; nothing is written behind the end.",
        "one class for each sequence.",
    ),
    "too_short": ("", "lengths[k] < 1 || "),
    "store": (
        "for (int i = 0; i < (int)lengths[k]; i++)\n"
        "                    labels[k * stride + (size_t)i] = s->labels[i][lane];",
        "labels[k] = s->labels[0][lane];",
    ),
}


def emit(program: Program, stem: str) -> tuple[EmittedFile, ...]:
    """The C file and its header.

    Raises:
        TpcError: The program counts beyond 32 bits, or has a table that is too large; or no file of
            this name can be included.
    """
    _refuse_stem(stem)
    found = arrays(lower(program))
    public = prefix(program.name)
    writer = Writer(found, identifiers(found.variables, public), public)
    write_variables(writer)
    if found.lowered.classifier is not None:
        write_classifier(writer, found.lowered.classifier)
    else:
        name = found.lowered.result
        writer.block(
            f"The label is {name}.",
            "for (int lane = 0; lane < LANES; lane++)",
            f"    s->labels[i][lane] = {writer.row(name)}[lane];",
        )
    marks, header = _marks(writer, stem), PROGRAM["header"] + "\n"
    marks["digest"] = _digest(filled(header, {**marks, "digest": ""}))
    # All is ASCII but the name of the header, which is the file's own, byte by byte.
    return (
        EmittedFile(f"{stem}.c", _source(writer, marks).encode("utf-8", "surrogateescape")),
        EmittedFile(f"{stem}.h", filled(header, marks).encode("utf-8", "surrogateescape")),
    )


def _digest(header: str) -> str:
    """A constant by which a C file knows its header.

    Whoever compiles anew may be stopped after the first of the two.
    """
    return f"0x{sha256(header.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def _refuse_stem(stem: str) -> None:
    """Raise TpcError if no `#include` can name a file so."""
    if "??" in stem or any(sign in stem for sign in '"\\\n\r'):
        raise TpcError(
            f"a file called {stem!r} cannot be included in C",
            hint="choose a name without quotes, backslashes, line breaks and ??",
        )


def _marks(writer: Writer, stem: str) -> dict[str, object]:
    """What is put into the fixed parts of both files."""
    found, lowered = writer.arrays, writer.arrays.lowered
    said = "\n\n".join(about.paragraphs(lowered, WIDTH - 4))
    held = [name for name in found.variables if lowered.columns[name].source != "classifier"]
    members = [
        f"    {TYPES[found.storage(name)]} {writer.names[name]}[MAX_LENGTH][LANES];"
        for name in held
    ]
    return {
        **{what: texts[lowered.pooled] for what, texts in _VARIANTS.items()},
        "p": writer.prefix,
        "guard": writer.prefix.upper(),
        "stem": stem,
        "title": lowered.name,
        "about": "\n".join(f" * {safe(line)}".rstrip() for line in said.split("\n"))[3:],
        "max_length": lowered.max_length,
        "vocabulary": len(lowered.vocabulary),
        "classes": len(lowered.classes),
        "token_type": TYPES[found.storage(TOKENS)],
        "class_type": TYPES[smallest(len(lowered.classes) - 1)],
        "length_type": TYPES[smallest(lowered.max_length)],
        "indent": " " * len(f"int {writer.prefix}_run("),
        "tokens": writer.names[TOKENS],
        "token_names": BRACES.filled(list(map(string, lowered.vocabulary))),
        "class_names": BRACES.filled(list(map(string, lowered.classes))),
        "members": "\n".join([*members, *writer.members]),
        "label_rows": "1" if lowered.pooled and lowered.classifier else "MAX_LENGTH",
        "setup": "\n".join(writer.setup),
        "body": "\n".join(writer.body),
        "held": len(held),
        "held_names": BRACES.filled(list(map(string, held))),
        "cases": "\n".join(
            f"    case {number}: *value = (double)s->{writer.names[name]}[position][0]; break;"
            for number, name in enumerate(held)
        ),
    }


def _source(writer: Writer, marks: Mapping[str, object]) -> str:
    found = PROGRAM
    parts = [
        filled(found["opening"], marks),
        *writer.constants,
        filled(found["state"], marks),
        *writer.helpers.values(),
        *writer.functions,
        filled(found["closing"], marks),
        *command(writer.arrays.lowered, writer.prefix),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"
