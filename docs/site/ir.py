"""The reference of the IR: its types and operations, from the classes that they are."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from docs.site.markdown import cell, docstring, table
from tpc.ir import nodes, types

ROOT = Path(__file__).parent.parent.parent
NODES: tuple[type, ...] = nodes.Node.__args__
PARTS = (nodes.TablePredicate, nodes.OffsetPredicate, nodes.Case, nodes.Weights, nodes.Feature)
TYPES: tuple[type, ...] = types.Type.__args__
_EXAMPLES = ("programs/*/*.tpir", "tests/corpus/*.tpir")


def pages() -> dict[str, str]:
    """Operations and types on a page, the grammar of the text form on another."""
    grammar = (ROOT / "ir_specs" / "tpir.lark").read_text(encoding="utf-8")
    return {
        "reference/ir.md": _operations(),
        "reference/grammar.md": "# Grammar of the text form\n\nThe parser is made from this file, "
        f"`ir_specs/tpir.lark`, in the notation of Lark.\n\n```text\n{grammar}```\n",
    }


def _operations() -> str:
    parts = [
        "# Operations and types\n\nWhat each operation computes is said in the "
        "[specification](spec.md#3-operations); this page shows how it is held in memory, by the "
        "classes of `tpc.ir.nodes` and `tpc.ir.types`. Programs in Python give theirs as "
        "`Program.ir`, which is not part of the stable interface.\n",
        "## Operations\n",
        *(_class(node, _example(node.__name__.lower())) for node in NODES),
        "## Parts of operations\n",
        *(_class(part, "") for part in PARTS),
        "## Types\n",
        *(_class(kind, "") for kind in (types.Domain, *TYPES)),
    ]
    return "\n".join(parts)


def _class(found: type, example: str) -> str:
    text = docstring(found).split("**Arguments**")[0].rstrip()
    meanings = dict(re.findall(r"- `(\w+)`: (.*)", docstring(found)))
    rows = [
        (f"`{field.name}`", f"`{field.type}`", cell(meanings.get(field.name, "")))
        for field in dataclasses.fields(found)
        if field.init
    ]
    if any(meaning for *_, meaning in rows):
        fields = table(("field", "type", "what it is"), rows)
    else:
        fields = table(("field", "type"), [row[:2] for row in rows]) if rows else ""
    return f"### {found.__name__}\n\n{text}\n\n{example}{fields}"


def _example(operation: str) -> str:
    """The shortest definition of an operation among programs of this repository."""
    pattern = re.compile(rf"^  (%\w+ = {operation}\b.*)$", re.MULTILINE)
    lines = [
        (len(line), line, path.relative_to(ROOT).as_posix())
        for glob in _EXAMPLES
        for path in sorted(ROOT.glob(glob))
        for line in pattern.findall(path.read_text(encoding="utf-8"))
        if not line.endswith("{")
    ]
    if not lines:
        return ""
    _, line, path = min(lines)
    return f"From `{path}`:\n\n```text\n{line}\n```\n\n"
