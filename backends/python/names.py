"""Identifiers of emitted modules: the names of the IR where Python allows them."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from tpc.ir.program import Program
from tpc.lowering import Lowered, Selector, lower
from tpc.lowering.names import Names, Naming
from tpc.runtime.modules import FunctionModule

#: Names that emitted code gives a meaning of its own: builtins, imports, helpers, loop variables.
_OWN = """
    Any N Path Sequence TypeVar V ValueError
    abs add bisect cache data dict enumerate float int isinstance json len list lru_cache map max
    min next object range re set sorted str sum tuple zip
    affine at at_so_far best closest first first_so_far latest perceptron preferred preferred_group
    preferred_group_so_far preferred_so_far run total total_so_far
    a b c column d e f g h i j logits n numbers raw row rows table tables token tokens unknown v
    value values votes w w0 w1 w2 w3 word words x
    abs all any bool bytes filter format hash id input iter open pow print repr reversed round slice
    super type vars
"""

#: Functions that decide a variable are called after it, and end in `_at`.
_NAMING = Naming(
    reserved=frozenset((*_OWN.split(), *keyword.kwlist, *keyword.softkwlist)),
    prefixed=re.compile("__|[0-9]"),
    made=re.compile(".+_at"),
)


def names_of(lowered: Lowered) -> Names:
    """The identifiers of a module."""
    return Names(_NAMING, (s.name for s in lowered.steps if not isinstance(s, Selector)))


def load(program: Program, main: Path) -> FunctionModule:
    """As `tpc.runtime.backend.Backend.load`."""
    return FunctionModule(program, main, names_of(lower(program)).variables)
