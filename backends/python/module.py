"""The emitted module as a whole."""

from __future__ import annotations

import json
import textwrap

from backends.python import helpers
from backends.python.classifier import classify
from backends.python.comments import comment
from backends.python.draft import Draft, Json, each
from backends.python.heads import head
from backends.python.lookups import lookup
from backends.python.perceptrons import mlp
from backends.python.prologue import checks, docstring, echo, echoed
from tpc.ir.nodes import Aggregate, Classify, Embed, Lookup, Mlp, Node, Ones, Positions, Select
from tpc.ir.printer import quote
from tpc.ir.program import Program
from tpc.ir.types import Real
from tpc.ir.words import BOS, EOS
from tpc.runtime.backend import EmittedFile

_DATA = '''
@cache
def data() -> Any:
    """The tables that are too long to read, from the file beside this one."""
    return json.loads(Path(__file__).with_name({name!r}).read_text("utf-8"))
'''


def emit(program: Program, stem: str) -> tuple[EmittedFile, ...]:
    """The module `stem.py` and, where some table is too long to read, `stem_data.json`."""
    draft = Draft(program, f"{stem}_data.json")
    checks(draft)
    for node in program.nodes:
        _write(draft, node)
    echo(draft)
    files = [EmittedFile(f"{stem}.py", _source(draft).encode("utf-8"))]
    if draft.data:
        files.append(EmittedFile(draft.data_name, _data(draft.data).encode("utf-8")))
    return tuple(files)


def _write(draft: Draft, node: Node) -> None:
    """The statements of one node; a pattern has none of its own."""
    name = node.name
    match node:
        case Select():
            return
        case Classify():
            classify(draft, node)
            return
        case Positions() | Ones():
            text = _ever_the_same(draft, node)
        case Embed():
            text = _embed(draft, node)
        case Aggregate():
            text = head(draft, node)
            draft.body.append(comment(draft, node))
        case Lookup():
            text = lookup(draft, node)
        case Mlp():
            text = mlp(draft, node)
    draft.body.append(f"{draft.names.variable(name)} = {text}")


def _ever_the_same(draft: Draft, node: Positions | Ones) -> str:
    """What depends on the length of the input alone."""
    length = f"len({draft.tokens_name})"
    return f"list(range({length}))" if isinstance(node, Positions) else f"[1] * {length}"


def _embed(draft: Draft, node: Embed) -> str:
    column, loop = draft.column("tokens"), draft.loop("tokens")
    if draft.embeddings:
        embeds = [other for other in draft.program.nodes if isinstance(other, Embed)]
        return f"[{draft.embeddings}[{loop}][{embeds.index(node)}] for {loop} in {column}]"

    def value(token: int) -> str | int | float:
        index = node.values[token]
        return index if isinstance(node.type, Real) else draft.value(node.name, int(index))

    table = draft.table("tokens", value)
    return each(draft.expression(table, loop, node.name), loop, column)


# Text.


def _source(draft: Draft) -> str:
    from black import format_str
    from black.mode import Mode, TargetVersion

    program = draft.program
    variables, functions = helpers.definitions(draft)
    if draft.data:
        functions.insert(0, _DATA.format(name=draft.data_name))
    answer = "str" if program.label_type.pooled else "list[str]"
    run = [
        f"def run(tokens: list[str], raw: bool = False) -> {answer}:",
        textwrap.indent(_run_docstring(program), "    "),
        *(textwrap.indent(line, "    ") for line in _used(draft)),
    ]
    parts = [
        docstring(program),
        *_imports(draft),
        "",
        *variables,
        *draft.constants,
        *functions,
        *draft.functions,
        "\n".join(run),
    ]
    mode = Mode(target_versions={TargetVersion.PY311}, line_length=88)
    return format_str("\n".join(parts) + "\n", mode=mode)


def _used(draft: Draft) -> list[str]:
    """The body of `run` without positions and ones that nothing reads."""
    unread = {
        f"{draft.names.variable(node.name)} = {_ever_the_same(draft, node)}"
        for node in draft.program.nodes
        if isinstance(node, Positions | Ones) and node.name not in draft.used
    }
    return [line for line in draft.body if line not in unread]


def _run_docstring(program: Program) -> str:
    what = "the sequence" if program.label_type.pooled else "each token"
    places = {BOS: "a first <s>", EOS: "a last </s>"}
    marks = [places[mark] for mark in echoed(program)]
    if not marks:
        return f'"""The class of {what}; `raw` changes nothing."""'
    verb = "is" if len(marks) == 1 else "are"
    return f'"""The class of {what}; {" and ".join(marks)} {verb} echoed unless `raw`."""'


def _imports(draft: Draft) -> list[str]:
    modules: dict[str, list[str]] = {}
    for module, name in sorted(draft.imports):
        modules.setdefault(module, []).append(name)
    plain = [f"import {module}" for module, names in modules.items() if names == [""]]
    return plain + [
        f"from {module} import {', '.join(names)}"
        for module, names in modules.items()
        if names != [""]
    ]


def _data(data: dict[str, Json]) -> str:
    """JSON with one row a line."""
    parts = [f"{quote(key)}: {_rows(value)}" for key, value in data.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _is_row(value: Json) -> bool:
    return value is None or isinstance(value, list | dict)


def _rows(value: Json) -> str:
    if isinstance(value, dict):
        rows = [f"{quote(key)}: {_rows(row)}" for key, row in value.items()]
        return "{\n" + ",\n".join(rows) + "\n}"
    if isinstance(value, list) and value and all(map(_is_row, value)):
        return "[\n" + ",\n".join(_rows(row) for row in value) + "\n]"
    return quote(value) if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
