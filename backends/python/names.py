"""Identifiers of emitted modules: the names of the IR where Python allows them."""

from __future__ import annotations

import keyword

from tpc.lowering import Lowered, Selector

#: Names that emitted code gives a meaning of its own: builtins, imports, helpers, loop variables.
_OWN = """
    Any N Path Sequence TypeVar V ValueError
    abs add bisect cache data dict enumerate float int isinstance json len list lru_cache map max
    min next object range re set sorted str sum tuple zip
    affine best closest first first_so_far latest perceptron preferred preferred_group
    preferred_group_so_far preferred_so_far run total total_so_far
    a b c column d e f g h i j logits n numbers raw row rows table tables token tokens unknown v
    value values votes w w0 w1 w2 w3 word words x
    abs all any bool bytes filter format hash id input iter open pow print repr reversed round slice
    super type vars
"""
_RESERVED = frozenset(_OWN.split()) | frozenset(keyword.kwlist) | frozenset(keyword.softkwlist)


class Names:
    """The identifiers of one module; no two things share one."""

    def __init__(self, lowered: Lowered) -> None:
        nodes = [step.name for step in lowered.steps if not isinstance(step, Selector)]
        self._taken = set(_RESERVED) | {name for name in nodes if name not in _RESERVED}
        self._variables = {
            name: name if name not in _RESERVED and not name.startswith("__") else self.fresh(name)
            for name in nodes
        }

    def variable(self, name: str) -> str:
        """The local variable that holds a node's values."""
        return self._variables[name]

    def fresh(self, hint: str) -> str:
        """An identifier that nothing else has, as close to the hint as possible."""
        name = hint.strip("_") or "value"
        if not name.isidentifier():
            name = f"v{name}"
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name
