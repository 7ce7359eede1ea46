"""No state hides in what says that it is frozen, and each special token is defined once."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.architecture.source import FILES, location, tree

#: Files that still hide something.
HIDING: set[str] = set()

SPECIAL = {"<pad>", "<unk>", "<s>", "</s>"}
CHANGING = {"clear", "pop", "popitem", "setdefault", "update", "__setitem__", "__delitem__"}


def _is_namespace(node: ast.AST) -> bool:
    """`x.__dict__` or `vars(x)`."""
    match node:
        case ast.Attribute(attr="__dict__"):
            return True
        case ast.Call(func=ast.Name(id="vars"), args=[_]):
            return True
    return False


def _is_frozen(node: ast.ClassDef) -> bool:
    return any("frozen=True" in ast.unparse(decorator) for decorator in node.decorator_list)


def _derived_fields(code: ast.AST) -> set[ast.AST]:
    """Where `__post_init__` sets a field that its class declares: that is not hidden."""
    found: set[ast.AST] = set()
    for owner in ast.walk(code):
        if not isinstance(owner, ast.ClassDef):
            continue
        fields = {ast.unparse(n.target) for n in owner.body if isinstance(n, ast.AnnAssign)}
        for method in owner.body:
            if getattr(method, "name", "") != "__post_init__":
                continue
            for node in ast.walk(method):
                match node:
                    case ast.Call(func=function, args=[_, ast.Constant(value=name), _]) if (
                        name in fields
                    ):
                        found.add(function)
    return found


def hidden_state(code: ast.AST) -> Iterator[str]:
    """Where code writes into an object behind its class's back."""
    derived = _derived_fields(code)
    for node in ast.walk(code):
        if node in derived:
            continue
        match node:
            case ast.Subscript(value=held, ctx=ast.Store() | ast.Del()) if _is_namespace(held):
                yield f"line {node.lineno} writes into the attributes of an object"
            case ast.Call(func=ast.Attribute(value=held, attr=method)) if (
                method in CHANGING and _is_namespace(held)
            ):
                yield f"line {node.lineno} writes into the attributes of an object"
            case ast.Attribute(value=ast.Name(id="object"), attr="__setattr__" | "__delattr__"):
                yield f"line {node.lineno} changes a frozen object"
            case ast.ClassDef() if _is_frozen(node):
                for inner in ast.walk(node):
                    if "cached_property" in {getattr(inner, "id", ""), getattr(inner, "attr", "")}:
                        yield f"line {node.lineno}: {node.name} is frozen and has a cached property"


def token_definitions(code: ast.AST) -> Iterator[str]:
    """The special tokens that code gives a name."""
    for node in ast.walk(code):
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if not any(isinstance(target, ast.Name | ast.Tuple) for target in targets):
            continue
        values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        for value in values:
            if isinstance(value, ast.Constant) and value.value in SPECIAL:
                yield value.value


def test_nothing_is_hidden_in_objects() -> None:
    found = {location(path): list(hidden_state(tree(path))) for path in FILES}
    assert {name: lines for name, lines in found.items() if lines and name not in HIDING} == {}


@pytest.mark.parametrize(
    "code",
    [
        "program.__dict__['_ids'] = 1",
        "del program.__dict__['_ids']",
        "program.__dict__.setdefault('_ids', {})",
        "vars(program)['_ids'] = 1",
        "object.__setattr__(self, '_ids', 1)",
        "@dataclass(frozen=True)\nclass A:\n    @cached_property\n    def b(self): pass",
        "@dataclass(frozen=True)\nclass A:\n    @functools.cached_property\n    def b(self): pass",
    ],
)
def test_hidden_state_is_found(code: str) -> None:
    assert list(hidden_state(ast.parse(code)))


def test_a_declared_field_is_not_hidden() -> None:
    code = """
class A:
    b: int
    def __post_init__(self): object.__setattr__(self, "{}", 1)
"""
    assert list(hidden_state(ast.parse(code.format("b")))) == []
    assert list(hidden_state(ast.parse(code.format("_b"))))


def test_a_special_token_is_defined_once() -> None:
    found = defaultdict(list)
    for path in FILES:
        for token in token_definitions(tree(path)):
            found[token].append(location(path))
    assert found.keys() == SPECIAL
    assert {token: paths for token, paths in found.items() if len(paths) > 1} == {}


@pytest.mark.parametrize("code", ['PAD = "<pad>"', 'A, PAD = "<s>", "<pad>"', 'PAD: str = "<pad>"'])
def test_a_definition_is_found(code: str) -> None:
    assert "<pad>" in token_definitions(ast.parse(code))
