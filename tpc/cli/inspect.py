"""`tpc inspect`: what is in a program?"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tpc.cli.common import JsonOption, ProgramArgument, print_json, read_program

if TYPE_CHECKING:
    from tpc.ir.program import Program

#: Items of a list that are shown before it is cut short; --json has them all.
MAX_SHOWN = 40


def inspect_program(program: ProgramArgument, as_json: JsonOption = False) -> None:
    """Show a program's size, interface and origin, and which MLPs are not tables."""
    loaded = read_program(program)
    facts = _facts(loaded)
    if as_json:
        print_json(facts)
    else:
        _print(facts)


def _facts(program: Program) -> dict[str, object]:
    from tpc.ir.nodes import Classify, Lookup, Mlp, kind
    from tpc.ir.tables import table_of

    classifiers = [node for node in program.nodes if isinstance(node, Classify)]
    tables = [node for node in program.nodes if isinstance(node, Lookup)]
    return {
        "name": program.name,
        "digest": program.digest,
        "nodes": dict(sorted(Counter(map(kind, program.nodes)).items())),
        "features": sum(len(f.rows) for node in classifiers for f in node.features),
        "table_entries": sum(len(table_of(program, node)) for node in tables),
        "not_tabulated": [node.name for node in program.nodes if isinstance(node, Mlp)],
        "max_length": program.max_length,
        "pooled": program.label_type.pooled,
        "causal": program.causal,
        "rewrite": list(program.rewrite),
        "contract": {
            "scope": program.contract.scope,
            "proved_against": program.contract.proved_against,
        },
        "language_size": program.language.count(program.max_length),
        "vocabulary": list(program.vocabulary),
        "classes": list(program.classes),
        "metadata": program.metadata,
    }


def _print(facts: dict[str, object]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(name.replace("_", " "), _readable(value))
    Console().print(table)


def _readable(value: object) -> str:
    from rich.markup import escape

    if isinstance(value, dict):
        return escape(", ".join(f"{key}: {_readable(item)}" for key, item in value.items()))
    if isinstance(value, list):
        shown = " ".join(map(str, value[:40]))
        return (
            escape(shown + (f" ... ({len(value):,} in all)" if len(value) > 40 else "")) or "none"
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escape(f"{value:,}" if isinstance(value, int) else str(value))
