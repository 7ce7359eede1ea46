"""What the architecture tests read: every file of the code as a module and as a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("tpc", "backends", "ir_specs")
FILES = sorted(path for folder in CODE for path in (ROOT / folder).rglob("*.py"))


def location(path: Path) -> str:
    """Where a file is, from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def module(path: Path) -> str:
    """What a file is imported as: a package by its own name, and all of it under `tpc`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts if parts[0] == "tpc" else ("tpc", *parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path): path for path in FILES}


def room(name: str) -> str:
    """The folder that a module is in; a module beside the folders is a room of its own."""
    parts = name.split(".")
    return ".".join(parts[: 3 if parts[1:2] == ["backends"] else 2])


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(nodes: Iterator[ast.AST]) -> set[str]:
    """The dotted names that import statements name, with and without what they take from it."""
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def executed_on_import(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is loaded: no function bodies, nothing for type checkers only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from executed_on_import(child)


@cache
def dependencies(path: Path) -> frozenset[str]:
    """The modules of this repository that a file imports, wherever in the file it does."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                found.add(name if name in MODULES else node.module)
    return frozenset(found & MODULES.keys() - {module(path)})


def reaches(names: set[str], package: str) -> bool:
    """Whether one of some dotted names is in a package."""
    return any(name == package or name.startswith(f"{package}.") for name in names)
