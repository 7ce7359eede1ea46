"""`tpc inspect`: what is in a program, and what does it mean?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tpc.cli.common import (
    JsonOption,
    ProgramArgument,
    print_json,
    print_table,
    read_program,
    terminal_width,
)
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from tpc.explain.features import FeatureStrength, WordsByValue
    from tpc.explain.usage import Usage
    from tpc.ir.program import Program

#: Items of a list that are shown before it is cut short; --json has them all.
MAX_SHOWN = 40
ALL = "all"


def inspect_program(
    program: ProgramArgument,
    words: Annotated[
        str | None,
        typer.Option(
            metavar="VARIABLE", help="The words behind each value of an embedding variable, or all."
        ),
    ] = None,
    class_name: Annotated[
        str | None,
        typer.Option("--class", metavar="CLASS", help="The features that favour a class most."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="CLASS", help="With --class: compared with this class alone."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="With --class: how many features.")] = 20,
    rules: Annotated[
        bool,
        typer.Option(
            "--rules", help="The classifier as a list of scored rules, the strongest first."
        ),
    ] = False,
    show_usage: Annotated[
        bool,
        typer.Option("--usage", help="How much of its heads and tables the program makes use of."),
    ] = False,
    node: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="One variable or pattern: what it is, its table, its users."
        ),
    ] = None,
    tables: Annotated[
        bool, typer.Option("--tables", help="All tables: lookups, and what heads look for.")
    ] = False,
    uses: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What a variable depends on, and what depends on it."),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option("--all", help="The overview with every variable and table, however long."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is in a program: what goes in and comes out, and what each layer looks at.

    Below that, what is known of it: its size, accuracy, proof and origin. With an option, show what
    its values, features, heads and tables mean instead.
    """
    from tpc.explain.features import strongest_features
    from tpc.explain.usage import usage

    if against is not None and class_name is None:
        raise TpcError("--against compares the class of --class with another; say --class too")
    loaded = read_program(program)
    if node is not None or uses is not None or tables:
        _show_nodes(loaded, node, uses, tables=tables, as_json=as_json)
        return
    if rules:
        _show_rules(loaded, as_json=as_json)
        return
    if words is None and class_name is None and not show_usage:
        _show_overview(loaded, everything=everything, as_json=as_json)
        return
    by_value = _words(loaded, words) if words is not None else None
    features = strongest_features(loaded, class_name, against, top=top) if class_name else None
    used = usage(loaded) if show_usage else None
    if as_json:
        print_json(_explanation_json(by_value, features, used))
        return
    if by_value is not None:
        _print_words(by_value)
    if features is not None:
        _print_features(features, str(class_name), against)
    if used is not None:
        _print_usage(used)


def _show_overview(program: Program, *, everything: bool, as_json: bool) -> None:
    from tpc.explain.overview import overview
    from tpc.explain.screens import overview_text
    from tpc.report.facts import facts

    described = overview(program)
    if as_json:
        print_json({**_facts(program), "variables": [one.to_json() for one in described]})
    else:
        # What goes in and comes out is said above all facts already.
        known = dict(facts(program))
        known.pop("interface")
        rows = [("inputs", f"{known.pop('inputs of its language')} in its language")]
        rows += known.items()
        width = terminal_width()
        typer.echo(overview_text(program, described, rows, width, everything=everything))


def _show_rules(program: Program, *, as_json: bool) -> None:
    from dataclasses import asdict

    from tpc.explain.rules import scored_rules

    found = scored_rules(program)
    if as_json:
        print_json({"rules": [asdict(rule) for rule in found]})
        return
    rows = [(f"{rule.weight:+g}", rule.label, f"if {rule.condition}") for rule in found]
    print_table(("votes", "for", ""), rows)


def _show_nodes(
    program: Program, node: str | None, uses: str | None, *, tables: bool, as_json: bool
) -> None:
    from tpc.explain.dependencies import definition, node_view, with_tables
    from tpc.explain.screens import node_text, tables_text, uses_text

    width = terminal_width()
    found: dict[str, object] = {}
    shown: list[str] = []
    if node is not None:
        view = node_view(program, node)
        found["node"] = view.to_json()
        shown.append(node_text(program, view, width))
    if uses is not None:
        view = node_view(program, uses)
        found["uses"] = view.to_json()
        shown.append(uses_text(program, view, width))
    if tables:
        found["tables"] = [
            {**one.to_json(), "definition": definition(program, one.name)}
            for one in with_tables(program)
        ]
        shown.append(tables_text(program, width))
    if as_json:
        print_json(found)
    else:
        typer.echo("\n\n".join(shown))


def _words(program: Program, variable: str) -> dict[str, WordsByValue]:
    from tpc.explain.features import embedding_variables, words_by_value

    names = embedding_variables(program) if variable == ALL else (variable.removeprefix("%"),)
    if not names:
        raise TpcError(f"%{program.name} has no embedding variables: it reads tokens as they are")
    return {name: words_by_value(program, name) for name in names}


def _explanation_json(
    words: dict[str, WordsByValue] | None,
    features: Sequence[FeatureStrength] | None,
    used: Usage | None,
) -> dict[str, object]:
    found: dict[str, object] = {}
    if words is not None:
        found["words"] = {
            name: {str(value): list(members) for value, members in by_value.items()}
            for name, by_value in words.items()
        }
    if features is not None:
        found["features"] = [feature.to_json() for feature in features]
    if used is not None:
        found["usage"] = used.to_json()
    return found


def _print_words(words: dict[str, WordsByValue]) -> None:
    rows = [
        (name, str(value), f"{len(members):,}", _shortened(members))
        for name, by_value in words.items()
        for value, members in by_value.items()
    ]
    print_table(("variable", "value", "words", ""), rows)


def _print_features(
    features: Sequence[FeatureStrength], class_name: str, against: str | None
) -> None:
    rows = [
        (
            feature.variable,
            "(per unit)" if feature.value is None else str(feature.value),
            f"{feature.strength:+.3f}",
            f"{feature.weight:+.3f}",
            f"{feature.against:+.3f}",
            _shortened(feature.words),
        )
        for feature in features
    ]
    print_table(("variable", "value", "strength", class_name, against or "others", "words"), rows)


def _print_usage(used: Usage) -> None:
    heads = [
        (
            head.name,
            head.kind,
            head.rule,
            f"{head.query}, {head.key}",
            head.value,
            f"{head.statements:,} of {head.max_statements:,}",
            f"{head.lines:,}",
        )
        for head in used.heads
    ]
    print_table(("head", "", "rule", "query, key", "value", "statements", "lines"), heads)
    tables = [
        (
            table.name,
            ", ".join(table.operands),
            "not tabulated" if table.cases is None else f"{table.cases:,} of {table.max_cases:,}",
            "" if table.branches is None else f"{table.branches:,} of {table.max_branches:,}",
        )
        for table in used.tables
    ]
    print_table(("table", "reads", "cases", "branches"), tables)


def _shortened(words: Sequence[str]) -> str:
    shown = " ".join(words[:MAX_SHOWN])
    return shown + (" ..." if len(words) > MAX_SHOWN else "")


def _facts(program: Program) -> dict[str, object]:
    from tpc.evaluation.sizes import program_size
    from tpc.ir.nodes import Mlp, kind
    from tpc.ir.printer import digest

    size = program_size(program)
    return {
        "name": program.name,
        "digest": digest(program),
        "nodes": dict(sorted(Counter(map(kind, program.nodes)).items())),
        "features": size.features,
        "table_entries": size.table_entries,
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
