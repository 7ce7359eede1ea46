"""A C file under construction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backends.batch.plan import Plan
from backends.batch.storage import Storage
from backends.c.library import Library
from backends.c.literals import wrapped


@dataclass
class Writer:
    """The parts of a file, in the order in which they are written out.

    Args:
        plan: The program.
        names: C names of its variables.
        prefix: What public names start with.
        constants: Definitions of tables.
        members: Members of the state besides the variables.
        functions: Functions of this program.
        setup: Statements that fill the state once.
        body: Statements of `label_block`.
        library: Helpers that are used.
        columns: Of the classifier's tables in fixed point, if it has any.
        exact: Whether some labels are decided feature by feature.
    """

    plan: Plan
    names: Mapping[str, str]
    prefix: str
    constants: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    setup: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    library: Library = field(default_factory=Library)
    columns: int = 0
    exact: bool = False

    def storage(self, name: str) -> Storage:
        """The element type of a variable."""
        return self.plan.variables[name].storage

    def rows(self, name: str) -> str:
        """A variable's rows, one for each position."""
        return f"s->{self.names[name]}"

    def row(self, name: str) -> str:
        """A variable's row at position `i`."""
        return f"s->{self.names[name]}[i]"

    def keys(self, name: str) -> str:
        """The rows that keys are read from."""
        return f"{self.names[name]}_keys"

    def by_position(self, name: str) -> bool:
        """Whether a variable is the same in all sequences."""
        return name in self.plan.by_position

    def block(self, comment: str, *statements: str) -> None:
        """A variable's block: a comment, and a loop over positions."""
        self.body.append(f"    /* {comment} */")
        self.body.append("    for (int i = 0; i < length; i++) {")
        self.body += [line for statement in statements for line in wrapped(f"        {statement}")]
        self.body.append("    }")
