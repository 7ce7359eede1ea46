"""Pages of what is registered: passes, targets, generated tasks, corpora."""

from __future__ import annotations

from docs.site.markdown import cell, table
from tpc.data.corpora import CORPORA
from tpc.data.tasks import TASKS
from tpc.passes.pipelines import PIPELINES
from tpc.passes.registry import find_pass, pass_names
from tpc.runtime.backend import backend_names, find_backend

_KEEPS = {
    "every_string": "every label on every string over the vocabulary",
    "language": "the scored labels on every string of the input language",
    "data": "measured on named data, within a budget",
}


def pages() -> dict[str, str]:
    """A page of passes, and one of targets, tasks and corpora."""
    return {"reference/passes.md": _passes(), "reference/lists.md": _lists()}


def _passes() -> str:
    rows = []
    for name in pass_names():
        found = find_pass(name)
        levels = [f"-O{level}" for level, text in PIPELINES.items() if name in text.split(",")]
        row = (f"`{name}`", cell(found.summary), _KEEPS[found.exactness], " ".join(levels))
        rows.append(row)
    heading = ("pass", "what it does", "what it keeps", "part of")
    pipelines = "\n".join(
        f"**-O{level}**\n\n```text\n{_wrapped(text)}\n```\n"
        for level, text in PIPELINES.items()
        if text
    )
    return (
        "# Passes\n\nA pass makes a program smaller or plainer and says what it keeps. `tpc opt` "
        "runs those of a level, or the ones named by `-p`; `--verify-each` compares the answers "
        "before and after each.\n\n"
        f"{table(heading, rows)}\n## What each level runs, in order\n\n{pipelines}"
    )


def _wrapped(text: str) -> str:
    lines = [""]
    for name in text.split(","):
        if len(lines[-1]) + len(name) > 78:
            lines.append("")
        lines[-1] += f"{name},"
    return "\n".join(lines).rstrip(",")


def _lists() -> str:
    targets = [(f"`{name}`", cell(find_backend(name).summary)) for name in backend_names()]
    tasks = [(f"`{name}`", cell(task.summary)) for name, task in TASKS.items()]
    corpora = [(f"`{name}`", cell(corpus.summary), corpus.kind) for name, corpus in CORPORA.items()]
    return (
        "# Targets, tasks, corpora\n\n## Targets of compile\n\n"
        f"{table(('target', 'what it writes'), targets)}\n"
        f"## Generated tasks\n\n{table(('task', 'what is learned'), tasks)}\n"
        f"## Corpora\n\n{table(('corpus', 'what it is', 'kind'), corpora)}"
    )
