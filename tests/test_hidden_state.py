"""Frozen dataclasses hide nothing: all that they hold is declared, and set when they are made."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(path for folder in ("tpc", "backends") for path in (ROOT / folder).rglob("*.py"))


#: Classes that still keep what they have computed, and should not.
LEFT = {"Rules", "Classifier", "Evaluation"}


def names(node: ast.AST) -> set[str]:
    return {found.id for found in ast.walk(node) if isinstance(found, ast.Name)} | {
        found.attr for found in ast.walk(node) if isinstance(found, ast.Attribute)
    }


def is_frozen(node: ast.ClassDef) -> bool:
    return any(
        isinstance(decorator, ast.Call)
        and any(keyword.arg == "frozen" for keyword in decorator.keywords)
        for decorator in node.decorator_list
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_frozen_dataclasses_have_no_hidden_state(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and is_frozen(node) and node.name not in LEFT:
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    assert "cached_property" not in names(method), (node.name, method.name)
                    if method.name != "__post_init__":
                        assert "__setattr__" not in names(method), (node.name, method.name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_written_into_an_objects_dictionary(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "__dict__":
            # Modules are executed in their dictionary; nothing else has a reason to look there.
            assert isinstance(node.value, ast.Name), ast.unparse(node)
            assert node.value.id == "module", ast.unparse(node)
