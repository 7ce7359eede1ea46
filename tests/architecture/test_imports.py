"""Which room may import which, what may run when a command starts, and no cycles."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest

from tests.architecture.source import (
    FILES,
    MODULES,
    ROOT,
    dependencies,
    executed_on_import,
    imported,
    location,
    module,
    reaches,
    room,
    tree,
)

#: Every room, and all that it imports of the rest of the repository: no more, and no less.
ROOMS: dict[str, str] = {
    "tpc.ir_specs": "",
    "tpc": "tpc.api tpc.data tpc.diagnostics",
    "tpc.api": (
        "tpc.circuit tpc.compare tpc.diagnostics tpc.explain tpc.files tpc.frontends tpc.ir "
        "tpc.model tpc.oracle tpc.passes tpc.properties tpc.report tpc.runtime tpc.semantics "
        "tpc.training tpc.verification"
    ),
    "tpc.diagnostics": "",
    "tpc.files": "tpc.diagnostics",
    "tpc.plugins": "tpc.diagnostics",
    "tpc.ir": "tpc.ir_specs tpc.diagnostics tpc.files",
    "tpc.semantics": "tpc.diagnostics tpc.ir",
    "tpc.lowering": "tpc.diagnostics tpc.ir tpc.semantics",
    "tpc.proof": "tpc.diagnostics tpc.ir tpc.runtime tpc.semantics",
    "tpc.properties": "tpc.diagnostics tpc.ir tpc.proof tpc.semantics",
    "tpc.synthesis": "tpc.ir tpc.semantics",
    "tpc.data": "tpc.diagnostics tpc.files tpc.ir tpc.plugins",
    "tpc.rasp": "tpc.diagnostics tpc.files",
    "tpc.model": "tpc.data tpc.diagnostics tpc.files tpc.ir",
    "tpc.frontends": "tpc.diagnostics tpc.files tpc.ir tpc.model",
    "tpc.runtime": (
        "tpc.data tpc.diagnostics tpc.files tpc.ir tpc.model tpc.plugins tpc.rasp tpc.semantics"
    ),
    "tpc.evaluation": "tpc.data tpc.diagnostics tpc.files tpc.ir tpc.runtime tpc.semantics",
    "tpc.passes": (
        "tpc.data tpc.diagnostics tpc.evaluation tpc.ir tpc.plugins tpc.proof tpc.semantics "
        "tpc.synthesis"
    ),
    "tpc.explain": "tpc.diagnostics tpc.ir tpc.lowering tpc.proof tpc.semantics",
    "tpc.refit": (
        "tpc.data tpc.diagnostics tpc.evaluation tpc.ir tpc.passes tpc.runtime tpc.semantics"
    ),
    "tpc.story": (
        "tpc.data tpc.explain tpc.ir tpc.lowering tpc.passes tpc.runtime tpc.verification"
    ),
    "tpc.circuit": "tpc.diagnostics tpc.explain tpc.ir tpc.passes tpc.proof tpc.semantics",
    "tpc.compare": "tpc.diagnostics tpc.explain tpc.ir tpc.semantics",
    "tpc.training": (
        "tpc.data tpc.diagnostics tpc.evaluation tpc.files tpc.frontends tpc.ir tpc.model"
    ),
    "tpc.oracle": (
        "tpc.data tpc.diagnostics tpc.files tpc.frontends tpc.ir tpc.model tpc.proof "
        "tpc.properties tpc.semantics tpc.training tpc.verification"
    ),
    "tpc.sweep": (
        "tpc.diagnostics tpc.evaluation tpc.files tpc.frontends tpc.ir tpc.model tpc.passes "
        "tpc.runtime tpc.training tpc.verification"
    ),
    "tpc.verification": (
        "tpc.data tpc.diagnostics tpc.evaluation tpc.frontends tpc.ir tpc.model tpc.proof "
        "tpc.properties tpc.runtime tpc.semantics"
    ),
    "tpc.report": (
        "tpc.circuit tpc.compare tpc.diagnostics tpc.evaluation tpc.ir tpc.lowering tpc.passes "
        "tpc.runtime"
    ),
    "tpc.cli": (
        "tpc tpc.circuit tpc.compare tpc.data tpc.diagnostics tpc.evaluation tpc.explain tpc.files "
        "tpc.frontends tpc.ir tpc.model tpc.oracle tpc.passes tpc.proof tpc.properties tpc.rasp "
        "tpc.refit tpc.report tpc.runtime "
        "tpc.semantics tpc.story tpc.sweep "
        "tpc.training tpc.verification"
    ),
    "tpc.backends": "",
    "tpc.backends.c": "tpc.diagnostics tpc.ir tpc.lowering tpc.runtime",
    "tpc.backends.javascript": "tpc.ir tpc.lowering tpc.runtime tpc.semantics",
    "tpc.backends.numpy": "tpc.ir tpc.lowering tpc.runtime",
    "tpc.backends.python": "tpc.ir tpc.lowering tpc.runtime tpc.semantics",
    "tpc.backends.rasp": "tpc.files tpc.ir tpc.lowering tpc.rasp tpc.runtime",
}

#: Where a room may see only some modules of another.
ONLY = {("tpc.data", "tpc.ir"): {"tpc.ir.language", "tpc.ir.words"}}

#: What each room imports from outside the repository and the standard library.
PACKAGES: dict[str, str] = {
    "tpc.ir": "lark numpy platformdirs",
    "tpc.semantics": "numpy",
    "tpc.lowering": "numpy",
    "tpc.proof": "numpy ortools",
    "tpc.properties": "lark numpy",
    "tpc.synthesis": "numpy",
    "tpc.data": "datasets nltk numpy pyarrow",
    "tpc.rasp": "lark",
    "tpc.model": "numpy safetensors torch",
    "tpc.frontends": "numpy",
    "tpc.runtime": "numpy torch",
    "tpc.evaluation": "numpy",
    "tpc.passes": "numpy",
    "tpc.circuit": "numpy pygraphviz",
    "tpc.compare": "numpy",
    "tpc.explain": "numpy rich",
    "tpc.oracle": "numpy torch",
    "tpc.refit": "numpy torch",
    "tpc.sweep": "optuna pyarrow ray",
    "tpc.training": "matplotlib numpy safetensors torch",
    "tpc.verification": "numpy torch",
    "tpc.cli": "rich typer",
    "tpc.backends.c": "numpy",
    "tpc.backends.numpy": "numpy",
    "tpc.backends.python": "black",
}

#: Where torch may be imported when a module is loaded; elsewhere only inside functions.
TORCH = ("tpc.model", "tpc.training")
HEAVY = ("torch", "ortools", "lark", "black", "datasets", "safetensors", "numpy")


def _used() -> dict[str, set[str]]:
    """What each room does import of the others."""
    found: dict[str, set[str]] = {}
    for path in FILES:
        own = room(module(path))
        found.setdefault(own, set()).update(map(room, dependencies(path)))
    return {name: rooms - {name} for name, rooms in found.items()}


@pytest.mark.parametrize("name", sorted({room(name) for name in MODULES}))
def test_a_room_imports_what_the_table_says(name: str) -> None:
    """Add an edge only with a reason; most often the piece belongs in another room."""
    found = _used()[name]
    assert found == set(ROOMS[name].split())


@pytest.mark.parametrize(("name", "other"), ONLY)
def test_a_room_sees_only_part_of_another(name: str, other: str) -> None:
    paths = [path for module, path in MODULES.items() if room(module) == name]
    seen = {found for path in paths for found in dependencies(path) if room(found) == other}
    assert seen == ONLY[name, other]


def test_the_table_has_no_room_that_is_not_there() -> None:
    assert ROOMS.keys() <= _used().keys()
    assert PACKAGES.keys() <= ROOMS.keys()


def test_rooms_do_not_import_one_another() -> None:
    assert list(TopologicalSorter(_used()).static_order())


def _cycles(graph: Mapping[str, frozenset[str]]) -> Iterator[set[str]]:
    """Modules in a circle, one circle after another; each is cut before the next is looked for."""
    left = {name: set(names) for name, names in graph.items()}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = error.args[1]
            yield set(circle)
            for one, other in pairwise(circle):
                left[other].discard(one)
        else:
            return


def test_no_file_imports_itself_through_others() -> None:
    """Imports in functions and for type checkers count: one need not be able to run to confuse."""
    assert list(_cycles({name: dependencies(path) for name, path in MODULES.items()})) == []


def test_a_cycle_is_found() -> None:
    graph = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"a"}), "d": frozenset()}
    assert list(_cycles(graph)) == [{"a", "b", "c"}]


def test_renderers_see_no_nodes() -> None:
    """What a program means for a target is decided once, in `tpc.lowering`."""
    seeing = [
        location(path)
        for path in (ROOT / "backends").rglob("*.py")
        if reaches(imported(ast.walk(tree(path))), "tpc.ir.nodes")
    ]
    assert seeing == []


@pytest.mark.parametrize("name", sorted({room(name) for name in MODULES}))
def test_a_room_uses_the_packages_that_the_table_says(name: str) -> None:
    paths = [path for other, path in MODULES.items() if room(other) == name]
    names = {found for path in paths for found in imported(ast.walk(tree(path)))}
    own = {"tpc"} | sys.stdlib_module_names
    found = {name.split(".")[0] for name in names} - own
    allowed = set(PACKAGES.get(name, "").split())
    assert found == allowed


def test_torch_is_imported_only_where_a_network_is_used() -> None:
    importing = [
        location(path)
        for path in FILES
        if room(module(path)) not in TORCH
        and reaches(imported(executed_on_import(tree(path))), "torch")
    ]
    assert importing == []


def test_commands_start_fast() -> None:
    heavy = {
        location(path): [package for package in HEAVY if reaches(names, package)]
        for path in (ROOT / "tpc/cli").glob("*.py")
        for names in [imported(executed_on_import(tree(path)))]
    }
    assert not any(heavy.values()), heavy


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = project["dependencies"] + project["optional-dependencies"]["dev"]
    pinned = {
        line.split("==")[0].lower()
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    assert {re.split("[=>]=", name)[0].lower() for name in named} <= pinned
