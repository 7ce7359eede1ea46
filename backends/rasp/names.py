"""Names of s-ops: those of the program's variables, unless RASP or a helper needs them itself."""

from __future__ import annotations

from tpc.ir.words import UNK
from tpc.lowering import TOKENS, Lowered

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


class Namer:
    """Hands out RASP names, each once.

    Args:
        taken: Names of helpers and the like.
    """

    def __init__(self, taken: frozenset[str]) -> None:
        self._taken = set(UNUSABLE | taken | {LABELS})

    def fresh(self, wish: str) -> str:
        """`wish`, or the first `wish_2`, `wish_3`, ... that is free."""
        # Names that start with an underscore stay private to the file; tokens_... are inputs.
        base = f"v{wish}" if wish.startswith("_") else wish
        base = base.replace("tokens_", "token_", 1) if base.startswith("tokens_") else base
        return self._first_free(base)

    def private(self, wish: str) -> str:
        """A name for a table: with an underscore, so that loading the file does not print it."""
        return self._first_free(f"_{wish.lstrip('_')}")

    def _first_free(self, base: str) -> str:
        name, suffix = base, 2
        while name in self._taken:
            name, suffix = f"{base}_{suffix}", suffix + 1
        self._taken.add(name)
        return name


def variable_names(lowered: Lowered, namer: Namer) -> dict[str, str]:
    """The s-op of each column and selector, by IR name.

    Args:
        lowered: The program.
        namer: Fresh, so that the same program always gets the same names.
    """
    # Where unknown words are replaced, the input tokens are not the variable `tokens` themselves.
    names = {TOKENS: namer.fresh("known") if UNK in lowered.vocabulary else "tokens"}
    return names | {step.name: namer.fresh(step.name) for step in lowered.steps}
