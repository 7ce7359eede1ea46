"""From a program to the text of a C file and its header."""

from __future__ import annotations

from backends.batch.plan import Plan, plan
from backends.batch.storage import smallest
from backends.c import frame
from backends.c.classifier import write_classifier
from backends.c.command import command
from backends.c.literals import TYPES, braces, comment, identifiers, prefix, string
from backends.c.statements import write_variables
from backends.c.writer import Writer
from tpc.ir.nodes import TOKENS
from tpc.ir.program import Program


def emit_files(program: Program, stem: str) -> tuple[str, str]:
    """The C file and its header.

    Raises:
        TpcError: The program counts beyond 32 bits, or has a table that is too large.
    """
    planned = plan(program)
    public = prefix(program.name)
    writer = Writer(planned, identifiers(planned.variables, public), public)
    write_variables(writer)
    if planned.classifier is not None:
        write_classifier(writer, planned.classifier)
    else:
        _write_label(writer)
    return _source(writer, stem), _header(writer)


def _write_label(writer: Writer) -> None:
    """The label comes from a lookup, and is there."""
    name = writer.plan.program.result
    writer.block(
        f"The label is {comment(name)}.",
        "for (int lane = 0; lane < LANES; lane++)",
        f"    s->labels[i][lane] = {writer.row(name)}[lane];",
    )


def _fields(writer: Writer) -> dict[str, object]:
    program = writer.plan.program
    return {
        "p": writer.prefix,
        "guard": writer.prefix.upper(),
        "title": comment(program.name),
        "max_length": program.max_length,
        "tokens": len(program.vocabulary),
        "classes": len(program.classes),
        "token_type": TYPES[writer.storage(TOKENS)],
        "class_type": TYPES[smallest(len(program.classes) - 1)],
        "length_type": TYPES[smallest(program.max_length)],
        "least": int(program.label_type.pooled),
        "indent": " " * len(f"int {writer.prefix}_run("),
    }


def _header(writer: Writer) -> str:
    program = writer.plan.program
    labels = "laid out as ids are, a class for each token; nothing is written behind the end."
    if program.label_type.pooled:
        labels = "one class for each sequence."
    return frame.HEADER.format(**_fields(writer), labels=labels)


def _source(writer: Writer, stem: str) -> str:
    fields = _fields(writer)
    parts = [
        _opening(writer, stem),
        frame.INCLUDES.format(**fields, stem=stem),
        _names(writer, "tokens", writer.plan.program.vocabulary),
        _names(writer, "classes", writer.plan.program.classes),
        *writer.constants,
        _state(writer, fields),
        *writer.library.used.values(),
        *_classifier(writer, fields),
        _label_block(writer),
        frame.CREATE.format(**fields, setup="\n".join(writer.setup)),
        _run(writer, fields),
        _trace(writer, fields),
        command(writer.plan.program, writer.prefix),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _opening(writer: Writer, stem: str) -> str:
    program = writer.plan.program
    promise = "the network's labels on every string over the vocabulary"
    if program.contract.scope == "language":
        promise = "the network's label at every scored position of every input of its task"
    return (
        f"/* The Transformer Program `{comment(program.name)}`: {promise}.\n"
        " * Written by `tpc compile --target c`. C99, no dependencies.\n"
        " *\n"
        f" *     cc -O3 -march=native {stem}.c -o {stem}    # JSON lines in, JSON lines out\n"
        f" *     cc -O3 -march=native -DTPC_NO_MAIN -c {stem}.c    # to link with; see {stem}.h\n"
        " *\n"
        " * `label_block` is the program: a block of code for each variable. Variables are held\n"
        " * position by position, the values of 64 sequences side by side. */"
    )


def _names(writer: Writer, what: str, names: tuple[str, ...]) -> str:
    size = f"{writer.prefix.upper()}_{what.upper()}"
    listed = braces([string(name) for name in names])
    return f"const char *const {writer.prefix}_{what}[{size}] = {listed};"


def _state(writer: Writer, fields: dict[str, object]) -> str:
    members = [
        f"    {TYPES[variable.storage]} {writer.names[name]}[MAX_LENGTH][LANES];"
        for name, variable in writer.plan.variables.items()
        if name != writer.plan.program.result or writer.plan.classifier is None
    ]
    pooled = writer.plan.program.label_type.pooled
    rows = "1" if pooled and writer.plan.classifier is not None else "MAX_LENGTH"
    return frame.STATE.format(
        **fields, members="\n".join([*members, *writer.members]), label_rows=rows
    )


def _classifier(writer: Writer, fields: dict[str, object]) -> list[str]:
    """Functions of the classifier, those of this program in their midst."""
    parts = list(writer.functions)
    if any(constant.startswith("/* The classes that can win") for constant in writer.constants):
        parts.insert(0, frame.WEIGHTS)
    if writer.exact:
        pooled = writer.plan.classifier is not None and writer.plan.classifier.pool == "sum"
        exact = frame.EXACT_SUM if pooled else frame.EXACT_EACH
        parts.append(exact.format(**fields))
    if writer.columns:
        transpose = "\n".join(
            f"        class_score[{c}][lane] = score[lane][{c}];" for c in range(writer.columns)
        )
        parts.append(frame.FIXED.format(**fields, transpose=transpose))
    return parts


def _label_block(writer: Writer) -> str:
    return "\n".join(
        [
            "/* The program: labels of a block of sequences, the longest of `length` tokens. */",
            f"static void label_block({writer.prefix}_state *s, int length, int ragged)",
            "{",
            "    (void)ragged;",
            *writer.body,
            "}",
        ]
    )


def _run(writer: Writer, fields: dict[str, object]) -> str:
    pooled = writer.plan.program.label_type.pooled
    return frame.RUN.format(
        **{**fields, "tokens": writer.names[TOKENS]},
        vocabulary=len(writer.plan.program.vocabulary),
        too_short="lengths[k] < 1 || " if pooled else "",
        store=frame.STORE_POOLED if pooled else frame.STORE_EACH,
    )


def _trace(writer: Writer, fields: dict[str, object]) -> str:
    names = traced(writer.plan)
    cases = "\n".join(
        f"    case {number}: *value = (double)s->{writer.names[name]}[position][0]; break;"
        for number, name in enumerate(names)
    )
    listed = braces([string(name) for name in names])
    return frame.TRACE.format(**fields, count=len(names), names=listed, cases=cases)


def traced(plan: Plan) -> list[str]:
    """The variables that a trace shows, in the order of their numbers."""
    return [
        name for name in plan.variables if name != plan.program.result or plan.classifier is None
    ]
