"""Names of s-ops: those of the program's variables, unless RASP or a helper needs them itself."""

from __future__ import annotations

import re

from tpc.backends.rasp.helpers import HELPERS
from tpc.lowering.names import Naming
from tpc.rasp.library import reserved_names
from tpc.rasp.values import HARD_RESERVED

#: Words of the language and names of its library, which a file cannot define.
UNUSABLE = (
    HARD_RESERVED
    | reserved_names()
    | {"set", "show", "example", "examples", "on", "off", "load", "draw", "exit", "quit", "round"}
    | {"indicator", "selector", "select", "aggregate", "tokens"}
)

LABELS = "labels"

#: Names that start with an underscore stay private to the file; tokens_... are inputs.
NAMING = Naming(
    reserved=frozenset({*UNUSABLE, *HELPERS, LABELS}),
    prefixed=re.compile("_|tokens_"),
    numbered=True,
)
