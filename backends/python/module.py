"""The emitted module as a whole."""

from __future__ import annotations

import json
import re
import textwrap
from functools import partial
from hashlib import sha256
from pathlib import Path

from tpc import lowering
from tpc.backends.python.classifier import classify
from tpc.backends.python.emitter import Emitter, each
from tpc.backends.python.heads import head
from tpc.backends.python.literals import literal
from tpc.backends.python.lookups import lookup, mlp
from tpc.backends.python.pointwise import Pointwise
from tpc.backends.python.prologue import checks, docstring, echo
from tpc.backends.python.window import vote, window
from tpc.ir.printer import quote
from tpc.ir.program import Program
from tpc.ir.words import BOS, EOS
from tpc.lowering.about import Answer
from tpc.lowering.cases import Json
from tpc.lowering.functions import function
from tpc.lowering.library import library
from tpc.lowering.predicates import sentence
from tpc.runtime.backend import EmittedFile
from tpc.runtime.modules import FunctionModule
from tpc.semantics import interpreter

_DATA = '''
@cache
def data() -> Any:
    """The tables that are too long to read, from the file beside this one."""
    text = Path(__file__).with_name({name!r}).read_text("utf-8")
    if sha256(text.encode()).hexdigest()[:16] != {digest!r}:
        raise OSError({wrong!r})
    return json.loads(text)
'''
_WRONG_DATA = "{name} is not this program's: compile it again"

#: The type variables of helpers.
_TYPE_VARIABLES = {"N": 'N = TypeVar("N", int, float)', "V": 'V = TypeVar("V")'}
_TYPE_VARIABLE = re.compile(r"\b[NV]\b")


def emit(program: Program, stem: str) -> tuple[EmittedFile, ...]:
    """The module `stem.py` and, where some table is too long to read, `stem_data.json`.

    The module takes no other data than its own: whoever compiles anew may be stopped after the
    first of two files.
    """
    emitter = _module(program, stem)
    data = f"{_rows(emitter.data)}\n".encode()
    source = _source(emitter, partial(interpreter.run, program), data)
    main = EmittedFile(f"{stem}.py", source.encode("utf-8"))
    return (main, EmittedFile(emitter.data_name, data)) if emitter.data else (main,)


def load(program: Program, main: Path) -> FunctionModule:
    """As `tpc.runtime.backend.Backend.load`."""
    emitter = _module(program, main.stem)
    texts = {
        name: emitter.listed(value)
        for name, value in emitter.pointwise.items()
        if emitter.inlined(name)
    }
    for name, other in emitter.same.items():
        listed = "tokens" if other == lowering.TOKENS else emitter.names.variables[other]
        texts[name] = texts.get(other, listed)
    found = window(emitter.lowered) if emitter.embeddings else None
    if found is not None:
        texts |= {name: found.column(name) for name in found.sources}
    return FunctionModule(program, main, {**emitter.names.variables, **texts})


def _module(program: Program, stem: str) -> Emitter:
    """Everything that will be in the files. Once written, it is known what is read how often."""
    lowered, data_name = lowering.lower(program), f"{stem}_data.json"
    earlier = _written(Emitter(lowered, data_name))
    return _written(Emitter(lowered, data_name, earlier=earlier))


def _written(emitter: Emitter) -> Emitter:
    """The module, its functions and statements written."""
    checks(emitter)
    found = window(emitter.lowered) if emitter.embeddings else None
    for step in emitter.lowered.steps:
        if found is None:
            _write(emitter, step)
        elif step is found.classifier:
            vote(emitter, found)
    echo(emitter)
    return emitter


def _write(emitter: Emitter, step: lowering.Step) -> None:
    """The statements of one step; a selector has none of its own."""
    text: str | Pointwise
    match step:
        case lowering.Selector():
            return
        case lowering.Classifier():
            classify(emitter, step)
            return
        case lowering.Positions() | lowering.Ones():
            text = _by_length(emitter, step)
        case lowering.Embedding():
            text = _embed(emitter, step)
        case lowering.Head():
            text = head(emitter, step)
            emitter.remark(step.name, text, sentence(emitter.lowered, step, literal))
        case lowering.Lookup():
            text = lookup(emitter, step)
        case lowering.Perceptron():
            text = mlp(emitter, step)
    emitter.assign(step.name, text)


def _by_length(emitter: Emitter, step: lowering.Positions | lowering.Ones) -> str:
    """What depends on the length of the input alone."""
    length = f"len({emitter.tokens_name})"
    return f"list(range({length}))" if isinstance(step, lowering.Positions) else f"[1] * {length}"


def _embed(emitter: Emitter, step: lowering.Embedding) -> str:
    lowered, result = emitter.lowered, emitter.lowered.columns[step.name]
    column, loop = emitter.column(lowering.TOKENS), emitter.loop(lowering.TOKENS)
    if emitter.embeddings:
        embeddings = [other for other in lowered.steps if isinstance(other, lowering.Embedding)]
        return f"[{emitter.embeddings}[{loop}][{embeddings.index(step)}] for {loop} in {column}]"

    def value(token: int) -> str | int | float:
        found = step.values[token]
        return found if result.kind == "real" else result.value(int(found))

    table = function(lowered, lowering.TOKENS, value)
    return each(emitter.expression(table, loop, step.name), loop, column)


# Text.


def _source(emitter: Emitter, answer: Answer, data: bytes) -> str:
    from black import format_str
    from black.mode import Mode, TargetVersion

    lowered = emitter.lowered
    variables, functions = _helpers(emitter)
    if emitter.data:
        name, digest = emitter.data_name, sha256(data).hexdigest()[:16]
        wrong = _WRONG_DATA.format(name=name)
        functions.insert(0, _DATA.format(name=name, digest=digest, wrong=wrong))
    returned = "str" if lowered.pooled else "list[str]"
    run = [
        f"def run(tokens: list[str], raw: bool = False) -> {returned}:",
        textwrap.indent(_run_docstring(lowered), "    "),
        *(textwrap.indent(line, "    ") for line in _used(emitter)),
    ]
    parts = [
        docstring(lowered, answer),
        *_imports(emitter),
        "",
        *variables,
        *emitter.constants,
        *functions,
        *emitter.functions,
        "\n".join(run),
    ]
    mode = Mode(target_versions={TargetVersion.PY311}, line_length=88)
    return format_str("\n".join(parts) + "\n", mode=mode)


def _helpers(emitter: Emitter) -> tuple[list[str], list[str]]:
    """Type variables and functions, typed for the values that heads call them with."""
    found = library(Path(__file__).with_name("helpers.py"))
    variables: dict[str, str] = {}
    functions = []
    for name in found.closure(emitter.helpers):
        emitter.import_from("collections.abc", "Sequence")
        kinds, source = emitter.helpers.get(name, set()), found.sources[name]
        if len(kinds) == 1:
            source = _TYPE_VARIABLE.sub(next(iter(kinds)), source)
        elif kinds:
            emitter.import_from("typing", "TypeVar")
            [variable] = set(_TYPE_VARIABLE.findall(source))
            variables[variable] = _TYPE_VARIABLES[variable]
        functions.append(source)
    return list(variables.values()), functions


def _used(emitter: Emitter) -> list[str]:
    """The body of `run` without positions and ones that nothing reads."""
    unread = {
        f"{emitter.names.variables[step.name]} = {_by_length(emitter, step)}"
        for step in emitter.lowered.steps
        if isinstance(step, lowering.Positions | lowering.Ones) and step.name not in emitter.used
    }
    return [line for line in emitter.body if line not in unread]


def _run_docstring(lowered: lowering.Lowered) -> str:
    what = "the sequence" if lowered.pooled else "each token"
    said = {BOS: "a first <s>", EOS: "a last </s>"}
    marks = [said[mark] for mark in lowered.echoed]
    if not marks:
        return f'"""The class of {what}; `raw` changes nothing."""'
    verb = "is" if len(marks) == 1 else "are"
    return f'"""The class of {what}; {" and ".join(marks)} {verb} echoed unless `raw`."""'


def _imports(emitter: Emitter) -> list[str]:
    modules: dict[str, list[str]] = {}
    for module, name in sorted(emitter.imports):
        modules.setdefault(module, []).append(name)
    plain = [f"import {module}" for module, names in modules.items() if names == [""]]
    return plain + [
        f"from {module} import {', '.join(names)}"
        for module, names in modules.items()
        if names != [""]
    ]


def _is_row(value: Json) -> bool:
    return value is None or isinstance(value, list | dict)


def _rows(value: Json) -> str:
    """JSON with one row a line."""
    if isinstance(value, dict):
        rows = [f"{quote(key)}: {_rows(row)}" for key, row in value.items()]
        return "{\n" + ",\n".join(rows) + "\n}"
    if isinstance(value, list) and value and all(map(_is_row, value)):
        return "[\n" + ",\n".join(_rows(row) for row in value) + "\n]"
    return quote(value) if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
