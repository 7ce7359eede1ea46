"""Identifiers of an emitted file: the program's own names wherever the language allows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True)
class Naming:
    """Which identifiers a target leaves to the program.

    Args:
        reserved: Words of the language and its library, and names that the emitter uses itself.
        prefixed: Matches the beginnings that mean something in the language; names that begin so
            get a `v` in front.
        made: Matches, as wholes, the names that the emitter makes from others; a name of that kind
            gets an ending, so the pattern must not match whatever ending comes.
        numbered: Whether a name that is taken becomes `name_2` rather than `name_`.
        forms: All that is taken along with a name, the name among them: its constant, say.
    """

    reserved: frozenset[str]
    prefixed: re.Pattern[str] = re.compile("_")
    made: re.Pattern[str] = _NOTHING
    numbered: bool = False
    forms: Callable[[str], tuple[str, ...]] = lambda name: (name,)


class Names:
    """The identifiers of one file; no two things share one.

    Args:
        naming: What the target leaves free.
        variables: Names of the program's variables. Those that can stay as they are do so, whatever
            comes before them.
    """

    def __init__(self, naming: Naming, variables: Iterable[str]) -> None:
        self._naming = naming
        self._taken = set(naming.reserved)
        names = tuple(variables)
        kept = {name for name in names if not naming.prefixed.match(name) and self._take(name)}
        self.variables = {name: name if name in kept else self.fresh(name) for name in names}

    def fresh(self, hint: str) -> str:
        """An identifier that nothing else has, as close to the hint as possible."""
        return self.free(f"v{hint}" if self._naming.prefixed.match(hint) else hint)

    def free(self, base: str) -> str:
        """The base, with an ending if that is taken; it may begin in any way."""
        name, number = base, 2
        while not self._take(name):
            name = f"{base}_{number}" if self._naming.numbered else f"{name}_"
            number += 1
        return name

    def _take(self, name: str) -> bool:
        """Take a name with all its forms, if it is free."""
        forms = self._naming.forms(name)
        if self._naming.made.fullmatch(name) or not self._taken.isdisjoint(forms):
            return False
        self._taken.update(forms)
        return True
