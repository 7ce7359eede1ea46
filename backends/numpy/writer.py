"""An emitted module under construction, its literals and identifiers."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tpc.lowering.arrays import Array, Arrays
from tpc.lowering.constants import Constant
from tpc.lowering.layout import Layout
from tpc.lowering.names import Names, Naming
from tpc.lowering.storage import DTYPES, Storage

LISTS = Layout("[", "]", "  # {}")

#: Names that the emitted modules use for themselves, besides those of helpers.
_RESERVED = """
np label run run_array run_batch run_span run_piece piece_end checked encode decode Nothing
room make_room whole_rows
digits_as_at logits weights_of_all CHUNK SPAN VOCABULARY CLASSES MAX_LENGTH IDS SCALE TIE
ANSWERS LABELS ids tokens lengths padding position trace weight scores labels unsure total
padding_at steps int len max min range zip list str type print tuple sum abs slice float set
dict bool ValueError KeyError
"""
#: Names without small letters are their own constants, and two underscores mean something.
_PREFIXED = re.compile(r"__|[^a-z]*$")
#: Endings and beginnings of names that are made from a variable's name.
_MADE = re.compile(
    r".*_(CODES_\d+|INPUTS|KEYS|OFFSETS|RANKS|TARGETS|WANTS|WEIGHTS(_\d+)?)|(JOINT|WEIGHTS)_\d+",
    re.IGNORECASE,
)


def identifiers(names: Iterable[str], helpers: Iterable[str]) -> dict[str, str]:
    """A Python name for each variable: its own, with underscores where that is taken."""
    reserved = frozenset([*_RESERVED.split(), *keyword.kwlist, *helpers])
    return Names(Naming(reserved, _PREFIXED, _MADE, forms=_forms), names).variables


def _forms(name: str) -> tuple[str, ...]:
    return name, constant(name), keys(name)


def keys(name: str) -> str:
    """The name of a variable's masked copy, which keys are read from."""
    return f"{name}_keys"


def constant(name: str, what: str = "") -> str:
    """The name of a constant that belongs to a variable."""
    return f"{name}_{what}".upper() if what else name.upper()


def array(values: Array, indent: int = 0, labels: Sequence[str] = ()) -> str:
    """`np.array(...)` with its type; see `Layout.array`."""
    return f"np.array({LISTS.array(values, indent, labels)}, np.{values.dtype.name})"


def kind(storage: Storage) -> str:
    """The element type of a stored variable."""
    return f"np.{np.dtype(DTYPES[storage]).name}"


def string(text: str) -> str:
    """A string literal in double quotes where that is possible, printable and on one line."""
    shown = repr(text) if text.isprintable() else ascii(text)
    if shown[0] == "'" and '"' not in shown:
        return f'"{shown[1:-1]}"'
    return shown


def words(items: Sequence[str]) -> str:
    """A list of strings."""
    return LISTS.filled(list(map(string, items)))


def tuple_of(items: Sequence[object]) -> str:
    """A tuple of expressions or numbers."""
    shown = ", ".join(map(str, items))
    return f"({shown},)" if len(items) == 1 else f"({shown})"


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
