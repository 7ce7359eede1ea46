"""Iteration over syntax trees, without recursion so that any depth is fine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import TypeVar

from tpc.rasp.syntax import Expression, Statement

Tree = Expression | Statement
Kind = TypeVar("Kind", bound=Tree)


def children(node: Tree) -> list[Tree]:
    """The expressions and statements directly inside a node, in the order they are written."""
    found: list[Tree] = []
    for field in fields(node):
        if field.name != "place":
            _gather(getattr(node, field.name), found)
    return found


def _gather(value: object, found: list[Tree]) -> None:
    if isinstance(value, Expression | Statement):
        found.append(value)
    elif isinstance(value, tuple):
        for item in value:
            _gather(item, found)


def walk(roots: Iterable[Tree]) -> Iterator[Tree]:
    """Every node below and including the roots, each before what is inside it."""
    stack = list(roots)[::-1]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def find(roots: Iterable[Tree], kind: type[Kind]) -> Iterator[Kind]:
    """The nodes of one class."""
    return (node for node in walk(roots) if isinstance(node, kind))
