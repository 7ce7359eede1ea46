"""Types, domains and ranges of the variables of a program, whole or being built."""

from __future__ import annotations

from collections.abc import Mapping

from tpc.ir.nodes import TOKENS, Node, Positions, Select
from tpc.ir.types import Cat, Domain, Label, Num, Type


class Variables:
    """What programs and their builders know of their variables.

    Attributes:
        tokens: The domain of the parameter `%tokens`.
        max_length: The longest sequence.
        by_name: Nodes by name; the parameter `tokens` is not a node.
        domain_by_name: Domains by name.
    """

    tokens: Cat
    max_length: int
    by_name: Mapping[str, Node]
    domain_by_name: Mapping[str, Domain]

    def type_of(self, name: str) -> Type:
        """The type of the parameter or of a node's value."""
        return self.tokens if name == TOKENS else self.by_name[name].type

    def domain_of(self, name: str) -> Domain:
        """The domain of a categorical variable or label."""
        variable = self.type_of(name)
        assert isinstance(variable, Cat | Label), f"%{name} is not categorical"
        return self.domain_of_type(variable)

    def domain_of_type(self, kind: Cat | Label) -> Domain:
        """The domain that a categorical type names."""
        return self.domain_by_name[kind.domain]

    def range_of(self, name: str) -> range:
        """The indices of a categorical variable, or the integers of a `num`."""
        variable = self.type_of(name)
        if isinstance(variable, Num):
            return range(variable.lo, variable.hi + 1)
        return range(self.domain_of(name).size)

    def sum_range(self, select: Select, value: Num) -> Num:
        """The range of the sum of `value` over the positions that an `all` pattern can select."""
        most = self.max_length
        if isinstance(self.by_name.get(select.key), Positions):
            most = 1  # Every position is different, and one key matches a query.
        return Num(min(0, most * value.lo), max(0, most * value.hi))
