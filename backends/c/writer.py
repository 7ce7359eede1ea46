"""A C file under construction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tpc.backends.c.library import helper
from tpc.backends.c.literals import BRACES, TYPES, comment, safe
from tpc.lowering.arrays import Array, Arrays
from tpc.lowering.constants import Constant
from tpc.lowering.layout import broken
from tpc.lowering.storage import STORAGES, Storage


@dataclass
class Writer:
    """The parts of a file, in the order in which they are written out.

    Args:
        arrays: The program.
        names: C names of its variables.
        prefix: What public names start with.
        constants: Definitions of tables.
        members: Members of the state besides the variables.
        functions: Functions of this program.
        setup: Statements that fill the state once.
        body: Statements of `label_block`.
        helpers: Those that are used, by name.
    """

    arrays: Arrays
    names: Mapping[str, str]
    prefix: str
    constants: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    setup: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    helpers: dict[str, str] = field(default_factory=dict)

    def rows(self, name: str) -> str:
        """A variable's rows, to be read only."""
        return f"{self.arrays.storage(name).upper()}(s->{self.names[name]})"

    def row(self, name: str) -> str:
        """A variable's row at position `i`."""
        return f"s->{self.names[name]}[i]"

    def use(self, name: str, *storages: Storage) -> str:
        """The name of a helper for some element types, which the file will contain."""
        definitions = helper(name, *storages)
        self.helpers |= definitions
        return list(definitions)[-1]

    def define(self, constant: Constant, sizes: Sequence[int] = ()) -> str:
        """Define a constant, whose name is returned; it may be larger than its values."""
        name = f"{self.names[constant.owner]}_{constant.what}"
        self.constants.append(
            f"{comment(*constant.about)}\n{array(name, constant.values, sizes, constant.labels)}"
        )
        return name

    def block(self, about: str, *statements: str, positions: str = "length") -> None:
        """A variable's block: a comment, and a loop over positions."""
        self.body.append(f"    {comment(about)}")
        self.body.append(f"    for (int i = 0; i < {positions}; i++) {{")
        self.body += [line for statement in statements for line in broken(f"        {statement}")]
        self.body.append("    }")


def array(name: str, values: Array, sizes: Sequence[int] = (), labels: Sequence[str] = ()) -> str:
    """The definition of a constant array, of plain integers where its type is none of a variable's.

    Args:
        name: Of the constant.
        values: What it begins with.
        sizes: Its shape, if that is larger.
        labels: What each row is for.
    """
    kind = TYPES[STORAGES[values.dtype.type]] if values.dtype.type in STORAGES else "int"
    shape = "".join(f"[{size}]" for size in sizes or values.shape)
    shown = BRACES.array(values, labels=list(map(safe, labels)))
    return f"static const {kind} {name}{shape} = {shown};"
