"""An emitted module under construction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tpc.backends.numpy.literals import array, constant, keys, kind
from tpc.lowering.arrays import Arrays
from tpc.lowering.constants import Constant

#: What is named after its variable alone.
_ALONE = ("of_token", "table")


@dataclass
class Writer:
    """The parts of a module, in the order in which they are written out.

    Args:
        arrays: The program.
        names: Python names of its variables.
        constants: Blocks of constants that are plain data.
        helpers: Helpers that are used.
        functions: Lines of functions of this program.
        tables: Lines of constants that need helpers and functions to be computed.
        body: Lines of the function `label`.
        steps: Whether `label` needs the indices of positions under the name `steps`.
        room: Shape and type of the array that `label` works in.
    """

    arrays: Arrays
    names: Mapping[str, str]
    constants: list[str] = field(default_factory=list)
    helpers: set[str] = field(default_factory=set)
    functions: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    steps: bool = False
    room: str = "0"

    def kind(self, name: str) -> str:
        """The element type of a variable."""
        return kind(self.arrays.storage(name))

    def keys(self, name: str) -> str:
        """The name of a variable's masked copy, which keys are read from."""
        return keys(self.names[name])

    def define(self, found: Constant) -> str:
        """Define a constant, whose name is returned."""
        what = "" if found.what in _ALONE else found.what
        name = constant(self.names[found.owner], what)
        shown = array(found.values, labels=found.labels)
        if what == "offsets":
            shown = f"({', '.join(map(str, found.values.tolist()))},)"
        about = "".join(f"# {line}\n" for line in found.about)
        self.constants.append(f"{about}{name} = {shown}")
        return name

    def call(self, helper: str, *arguments: str) -> str:
        """A call of a helper, which the module will contain; empty arguments are left out."""
        self.helpers.add(helper)
        return f"{helper}({', '.join(argument for argument in arguments if argument)})"

    def position(self) -> str:
        """A variable that holds the indices of positions."""
        lowered = self.arrays.lowered
        known = next((n for n in self.arrays.by_position if lowered.is_positions(n)), None)
        if known is not None:
            return self.names[known]
        self.steps = True
        return "steps"
