"""The command reference: every command with every option, as `tpc` declares them."""

from __future__ import annotations

from typing import Any

import typer

from docs.site.markdown import cell, table
from tpc.cli.main import app


def pages() -> dict[str, str]:
    """A page with all commands, and one for each."""
    group: Any = typer.main.get_command(app)
    context = group.context_class(group, info_name="tpc")
    names = group.list_commands(context)
    found = {name: group.get_command(context, name) for name in names}
    contexts = {
        name: command.context_class(command, info_name=name, parent=context)
        for name, command in found.items()
    }
    made = {
        f"reference/commands/{name}.md": _page(name, command, contexts[name])
        for name, command in found.items()
    }
    return {"reference/commands/index.md": _overview(group, context, found)} | made


def _overview(group: Any, context: Any, found: dict[str, Any]) -> str:  # noqa: ANN401 - typer's own
    panels: dict[str, list[tuple[str, str]]] = {}
    for name, command in found.items():
        row = (f"[`tpc {name}`]({name}.md)", cell(command.help.split("\n\n")[0]))
        panels.setdefault(command.rich_help_panel, []).append(row)
    lines = ["# Commands\n"]
    for panel, rows in panels.items():
        lines.append(f"## {panel}\n\n{table(('command', 'what it does'), rows)}")
    lines.append(_options(group, context))
    lines.append(
        "## Exit status\n\n0 fine, 1 a difference or a finding, 2 bad usage or input. Messages go "
        "to standard error, results to standard output."
    )
    return "\n".join(lines) + "\n"


def _page(name: str, command: Any, context: Any) -> str:  # noqa: ANN401 - typer's own
    usage = command.get_usage(context).removeprefix("Usage: ")
    help_text = "\n\n".join(cell(part) for part in command.help.split("\n\n"))
    return f"# tpc {name}\n\n```text\n{usage}\n```\n\n{help_text}\n\n{_options(command, context)}"


def _options(command: Any, context: Any) -> str:  # noqa: ANN401 - typer's own
    """A table of arguments and one of options for each panel of `--help`."""
    panels: dict[str, list[tuple[str, str]]] = {}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None:
            continue
        usual = "Arguments" if parameter.param_type_name == "argument" else "Options"
        names, text = record
        row = (_names(names), cell(text))
        panels.setdefault(parameter.rich_help_panel or usual, []).append(row)
    return "\n".join(
        f"## {panel}\n\n{table((_heading(panel), 'what it does'), rows)}"
        for panel, rows in panels.items()
    )


def _heading(panel: str) -> str:
    return "argument" if panel == "Arguments" else "option"


def _names(text: str) -> str:
    """`-o, --output FILE` with each way to write it as code."""
    return ", ".join(f"`{part}`" for part in text.replace(" / ", ", ").split(", "))
