"""An emitted module under construction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backends.batch.plan import Plan
from backends.numpy.literals import wrapped
from tpc.ir.nodes import Positions


@dataclass
class Writer:
    """The parts of a module, in the order in which they are written out.

    Args:
        plan: The program.
        names: Python names of its variables.
        constants: Blocks of constants that are plain data.
        helpers: Helpers that are used.
        functions: Lines of functions of this program.
        tables: Lines of constants that need helpers and functions to be computed.
        body: Lines of the function `label`.
        steps: Whether `label` needs the indices of positions under the name `steps`.
        room: Shape and type of the array that `label` works in.
    """

    plan: Plan
    names: Mapping[str, str]
    constants: list[str] = field(default_factory=list)
    helpers: set[str] = field(default_factory=set)
    functions: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    steps: bool = False
    room: str = "0"

    def call(self, helper: str, *arguments: str) -> str:
        """A call of a helper, which the module will contain; empty arguments are left out."""
        self.helpers.add(helper)
        return f"{helper}({', '.join(argument for argument in arguments if argument)})"

    def assign(self, name: str, comment: str, value: str) -> None:
        """A variable's block: a comment that says what it is, and the assignment."""
        shown = self.names[name]
        self.body += [f"    # {comment}", *wrapped(f'trace["{name}"] = {shown} = ', value, 4)]

    def position(self) -> str:
        """A variable that holds the indices of positions."""
        for node in self.plan.nodes:
            if isinstance(node, Positions):
                return self.names[node.name]
        self.steps = True
        return "steps"
