"""Which way imports point, and what must stay out of a fast start."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(
    path for folder in ("tpc", "backends", "ir_specs") for path in (ROOT / folder).rglob("*.py")
)

#: Folder, and what nothing in it may import.
FORBIDDEN = {
    "ir_specs": ("tpc", "backends", "numpy", "torch", "lark"),
    "tpc/ir": (
        "backends",
        "torch",
        "tpc.model",
        "tpc.passes",
        "tpc.cli",
        "tpc.data",
        "tpc.semantics",
    ),
    "tpc/rasp": ("tpc.ir", "backends", "torch", "tpc.model"),
    "tpc/data": ("tpc.ir.program", "tpc.ir.nodes", "tpc.model", "backends", "tpc.cli"),
    "tpc/semantics": ("backends", "tpc.cli", "tpc.model", "torch"),
    "tpc/passes": ("backends", "tpc.cli", "tpc.model", "torch"),
    "tpc": ("backends",),
    "backends": ("tpc.cli", "tpc.model", "tpc.training", "tpc.passes", "tpc.frontends", "torch"),
}
#: Where torch may be imported when a module is loaded; elsewhere only inside functions.
TORCH = ("tpc/model", "tpc/training")
HEAVY = ("torch", "lark", "black", "datasets", "safetensors")


def imported(tree: ast.AST, top_level_only: bool = False) -> set[str]:
    names = set()
    nodes = ast.walk(tree) if not top_level_only else _executed_on_import(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _executed_on_import(tree: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        found += [node, *_executed_on_import(node)]
    return found


def reaches(names: set[str], module: str) -> bool:
    return any(name == module or name.startswith(module + ".") for name in names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    names = imported(ast.parse(path.read_text(encoding="utf-8")))
    for folder, modules in FORBIDDEN.items():
        if place.startswith(folder + "/"):
            assert not [module for module in modules if reaches(names, module)]


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if not path.relative_to(ROOT).as_posix().startswith(TORCH)],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_torch_is_imported_only_where_a_network_is_used(path: Path) -> None:
    names = imported(ast.parse(path.read_text(encoding="utf-8")), top_level_only=True)
    assert not reaches(names, "torch")


@pytest.mark.parametrize(
    "path", [path for path in FILES if "cli" in path.parts], ids=lambda path: path.stem
)
def test_commands_start_fast(path: Path) -> None:
    names = imported(ast.parse(path.read_text(encoding="utf-8")), top_level_only=True)
    assert not [module for module in (*HEAVY, "numpy") if reaches(names, module)]


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    pinned = {
        line.split("==")[0].lower()
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    assert {name.split(">=")[0].lower() for name in wanted} <= pinned
