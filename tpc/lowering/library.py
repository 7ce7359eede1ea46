"""What emitted files have of files beside their emitter: the functions they use, fixed text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Library:
    """The functions of a file.

    Args:
        sources: Their text by name, in the order of the file.
        calls: For each the functions of the file that it uses.
    """

    sources: Mapping[str, str]
    calls: Mapping[str, tuple[str, ...]]

    def closure(self, used: Iterable[str]) -> list[str]:
        """The functions used and those that they use, in the order of first use."""
        found: dict[str, None] = {}
        pending = list(used)
        while pending:
            name = pending.pop(0)
            if name not in found:
                found[name] = None
                pending = [*self.calls[name], *pending]
        return list(found)


@cache
def library(path: Path) -> Library:
    """The functions of a file."""
    text = path.read_text(encoding="utf-8")
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    lines = text.split("\n")
    sources = {f.name: "\n".join(lines[f.lineno - 1 : f.end_lineno]) for f in functions}
    calls = {f.name: tuple(name for name in _read(f) if name in sources) for f in functions}
    return Library(sources, calls)


def _read(function: ast.FunctionDef) -> dict[str, None]:
    """The names that a function reads and does not define, in order."""
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    own = {name.id for name in names if isinstance(name.ctx, ast.Store)} | {function.name}
    return dict.fromkeys(name.id for name in names if name.id not in own)


@cache
def sections(path: Path) -> Mapping[str, str]:
    """The sections of a text by name: each comes below a line `//// name` or `#### name`."""
    _, *parts = re.split(r"^(?:////|####) (\w+)\n", path.read_text("utf-8"), flags=re.MULTILINE)
    return {part: body.strip("\n") for part, body in zip(parts[::2], parts[1::2], strict=True)}


def filled(text: str, marks: Mapping[str, object]) -> str:
    """A text with something in the place of each of its `@marks@`."""
    return re.sub(r"@(\w+)@", lambda mark: str(marks[mark[1]]), text)
