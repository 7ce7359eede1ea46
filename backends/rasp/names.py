"""Names of s-ops: those of the program's variables, unless RASP or a helper needs them itself."""

from __future__ import annotations

import re

from backends.rasp.helpers import HELPERS
from tpc.lowering.names import Naming

#: Words of the language and names of its library, which a file cannot define.
UNUSABLE = frozenset(
    {"set", "show", "example", "examples", "on", "off", "load", "draw", "exit", "quit", "round"}
    | {"indicator", "selector", "if", "else", "for", "in", "def", "return", "not", "and", "or"}
    | {"out", "get", "zip", "len", "range", "True", "False", "indices", "select", "aggregate"}
    | {"tokens", "tokens_str", "tokens_int", "tokens_float", "tokens_bool", "tokens_asis"}
    | {"length", "full_s", "selector_width", "has_focus", "count", "contains", "max", "min"}
    | {"average", "load_from_location", "shift", "sort", "mark_first_instance"}
    | {"mark_last_instance", "select_from_first", "select_from_last", "select_next_identical"}
)

LABELS = "labels"

#: Names that start with an underscore stay private to the file; tokens_... are inputs.
NAMING = Naming(
    reserved=frozenset({*UNUSABLE, *HELPERS, LABELS}),
    prefixed=re.compile("_|tokens_"),
    numbered=True,
)
