"""What emitted files say about a program, in the words of its own text."""

from __future__ import annotations

from collections.abc import Callable

from backends.batch.plan import Head, Plan
from tpc.ir.printer import literal, print_node
from tpc.ir.types import Cat

#: Longer texts help nobody.
_MOST_CHARACTERS = 2_000
_MOST_ROWS = 64


def select_lines(plan: Plan, head: Head) -> list[str]:
    """The attention pattern as the program's text has it, unless it is very long."""
    text = print_node(plan.program, head.select)
    text = text.partition(" = ")[2]
    return text.split("\n") if len(text) <= _MOST_CHARACTERS else []


def row_labels(plan: Plan, name: str, shown: Callable[[str], str] = str) -> list[str]:
    """What each value of a categorical variable is called; nothing where there are many."""
    if not isinstance(plan.program.type_of(name), Cat):
        return []
    domain = plan.program.domain_of(name)
    if domain.size > _MOST_ROWS:
        return []
    return [shown(literal(domain, index)) for index in range(domain.size)]
