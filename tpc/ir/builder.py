"""Programs built node by node, each checked against those before it as it is added.

The rules are those of `ir_specs/SPEC.md`, section "Well-formed programs": single assignment, types,
every table total over the values of its operands.
"""

from __future__ import annotations

import itertools
import math
import re
import struct
from collections.abc import Callable, Iterable
from typing import NoReturn, TypeAlias, TypeVar

from tpc.diagnostics import Location, TpcError, quoted
from tpc.ir import nodes as ir
from tpc.ir.bounds import MAX_MAGNITUDE, Bounds, covers, fault_in, fault_of
from tpc.ir.program import MAX_TABLE_ENTRIES, Variables
from tpc.ir.types import Cat, Domain, Label, Num, Pattern, Real, is_canonical

Locate: TypeAlias = Callable[[str], Location | None]
AnyNode = TypeVar("AnyNode", bound=ir.Node)

#: Limits of section 7: operands of a lookup; integers (256 positions, three times over).
MAX_OPERANDS, MAX_NUMBER = 16, 2**24

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Builder(Variables):
    """The nodes of a program so far.

    Args:
        domains: Every domain that a type may name.
        tokens: The domain of the parameter `%tokens`.
        max_length: The longest sequence.
        locate: Where the definition of a variable (or `@domain`) stands, for messages.
    """

    def __init__(
        self,
        domains: Iterable[Domain],
        tokens: Cat,
        max_length: int,
        locate: Locate = lambda _: None,
    ) -> None:
        self.tokens = tokens
        self.max_length = max_length
        self.domain_by_name = {domain.name: domain for domain in domains}
        self.by_name: dict[str, ir.Node] = {}
        self._locate = locate

    @property
    def nodes(self) -> tuple[ir.Node, ...]:
        """The nodes in the order in which they were added."""
        return tuple(self.by_name.values())

    def add(self, node: AnyNode) -> AnyNode:
        """Check a node and add it.

        Raises:
            TpcError: It breaks a rule.
        """
        self._operands(node)
        self._node(node)
        self.by_name[node.name] = node
        return node

    def add_head(
        self, select: ir.Select, name: str, value: str, origin: tuple[str, ...]
    ) -> ir.Aggregate:
        """Add a pattern and what it does to `value`; the type is that of the value, or of the sum.

        Raises:
            TpcError: The pattern or the value breaks a rule.
        """
        self.add(select)
        kind = self.type_of(value)
        if isinstance(kind, Num) and select.rule == "all":
            kind = self.sum_range(select, kind)
        assert isinstance(kind, Cat | Num | Real), "patterns and labels are no values"
        return self.add(ir.Aggregate(name, select.name, value, kind, origin))

    def fail(self, name: str, message: str, hint: str | None = None) -> NoReturn:
        """Raise a TpcError that points at the definition of a variable or `@domain`."""
        raise TpcError(message, location=self._locate(name), hint=hint)

    def require_names(self, name: str, domain: str, what: str) -> None:
        """Raise a TpcError unless a domain is defined and names its values."""
        if domain not in self.domain_by_name:
            self.fail(name, f"@{domain} is not defined")
        if self.domain_by_name[domain].labels is None:
            self.fail(f"@{domain}", f"@{domain} has no names, and {what} need them")

    def _operands(self, node: ir.Node) -> None:
        name = node.name
        if not IDENTIFIER.fullmatch(name):
            self.fail(name, f"{quoted(name)} is not a valid name for a variable")
        if name in self.by_name or name == ir.TOKENS:
            self.fail(name, f"%{name} is defined twice")
        for place, operand in enumerate(ir.operands(node)):
            if operand not in self.by_name and operand != ir.TOKENS:
                self.fail(name, f"%{name} reads %{operand}, which is not defined before it")
            kind = self.type_of(operand)
            # An aggregate reads a pattern first, then a value; nothing else reads a pattern.
            pattern = isinstance(node, ir.Aggregate) and place == 0
            if isinstance(kind, Pattern) != pattern or isinstance(kind, Label):
                self.fail(name, f"%{name} cannot read %{operand}")
        kind = node.type
        if isinstance(kind, Cat | Label) and kind.domain not in self.domain_by_name:
            self.fail(name, f"%{name} is of @{kind.domain}, which is not defined")
        if isinstance(kind, Num) and kind.lo > kind.hi:
            self.fail(name, f"the range of %{name} is empty")
        if isinstance(kind, Num) and max(-kind.lo, kind.hi) > MAX_NUMBER:
            self.fail(name, f"%{name} can be larger than {MAX_NUMBER:,}")

    def _node(self, node: ir.Node) -> None:
        match node:
            case ir.Positions():
                if self.domain_of_type(node.type).size < self.max_length:
                    self.fail(node.name, "there are more positions than the domain has values")
            case ir.Ones():
                pass
            case ir.Embed():
                self._embed(node)
            case ir.Select():
                self._select(node)
            case ir.Aggregate():
                self._aggregate(node)
            case ir.Lookup():
                self._lookup(node)
            case ir.Mlp():
                self._mlp(node)
            case ir.Classify():
                self._classify(node)

    def _size(self, name: str) -> int:
        """How many values a categorical operand has."""
        kind = self.type_of(name)
        if not isinstance(kind, Cat):
            self.fail(name, f"%{name} is not categorical, and is read as if it were")
        return self.domain_of_type(kind).size

    def _embed(self, node: ir.Embed) -> None:
        if len(node.values) != self._size(ir.TOKENS):
            self.fail(node.name, f"%{node.name} does not have one value for each token")
        if isinstance(node.type, Real):
            self._finite(node.name, tuple(map(float, node.values)))
            return
        size = self.domain_of_type(node.type).size
        if not all(isinstance(value, int) and 0 <= value < size for value in node.values):
            self.fail(node.name, f"%{node.name} has a value that is not in @{node.type.domain}")

    def _select(self, node: ir.Select) -> None:
        queries, keys = self._size(node.query), self._size(node.key)
        if (node.scores is None) == (node.rule == "score"):
            self.fail(node.name, "select.score, and only it, ranks scores")
        if (node.offsets is None) == (node.rule == "best"):
            self.fail(node.name, "select.best, and only it, ranks offsets ('prefer')")
        if (node.predicate is None) != (node.rule == "score"):
            self.fail(node.name, f"select.{node.rule} needs a predicate")
        if isinstance(node.predicate, ir.TablePredicate):
            table = node.predicate.keys
            if len(table) != queries or not all(k is None or 0 <= k < keys for k in table):
                self.fail(node.name, f"the predicate of %{node.name} does not fit its operands")
        if isinstance(node.predicate, ir.FormulaPredicate):
            self._formula_predicate(node, node.predicate, queries)
        if node.offsets is not None and len(node.offsets) != 2 * self.max_length - 1:
            last = self.max_length - 1
            self.fail(node.name, f"offsets from {-last} to {last} are ranked, no others")
        if node.scores is not None and (
            len(node.scores) != queries or any(len(row) != keys for row in node.scores)
        ):
            self.fail(node.name, f"the scores of %{node.name} do not fit its operands")

    def _formula_predicate(
        self, node: ir.Select, predicate: ir.FormulaPredicate, queries: int
    ) -> None:
        if ir.predicate_of(predicate.key) != predicate:
            self.fail(node.name, f"%{node.name} wants an offset of the query as a formula")
        # Any key may be wanted: those that are not in the domain match nothing.
        cases, any_key = (ir.Case((None,), predicate.key),), (-MAX_MAGNITUDE, MAX_MAGNITUDE)
        fault = fault_of(cases, 0, [(0, queries - 1)], any_key, queries)
        if fault is not None:
            self.fail(node.name, f"%{node.name} {fault.message}", fault.hint)

    def _aggregate(self, node: ir.Aggregate) -> None:
        pattern, value = self.type_of(node.pattern), self.type_of(node.value)
        assert isinstance(pattern, Pattern), "checked with the operands"
        if pattern.single:
            if not isinstance(value, Cat) or node.type != value:
                self.fail(node.name, f"%{node.name} takes one value: its type is that value's")
            return
        if isinstance(value, Cat) or isinstance(node.type, Cat):
            self.fail(node.name, f"%{node.name} adds up all matches: it needs a number")
        if isinstance(value, Real) != isinstance(node.type, Real):
            self.fail(node.name, f"%{node.name} is a sum of another kind of number")
        if isinstance(value, Num) and isinstance(node.type, Num):
            select = self.by_name[node.pattern]
            assert isinstance(select, ir.Select), "patterns are made by selects"
            total = self.sum_range(select, value)
            if select.query == select.key and select.predicate == ir.OffsetPredicate(0):
                total = Num(value.lo, total.hi)  # Every position matches itself.
            if total.lo < node.type.lo or total.hi > node.type.hi:
                self.fail(
                    node.name,
                    f"%{node.name} can be {total.lo}..{total.hi}, more than its type says",
                )

    def _lookup(self, node: ir.Lookup) -> None:
        allowed = self.range_of_type(node.type)
        if isinstance(node.type, Num) and node.type.lo < 0:
            self.fail(node.name, f"%{node.name} can be negative", "its range starts at 0 or above")
        if len(node.operands) > MAX_OPERANDS:
            self.fail(node.name, f"%{node.name} has more than {MAX_OPERANDS} operands")
        if any(isinstance(self.type_of(operand), Real) for operand in node.operands):
            self.fail(node.name, f"%{node.name} looks up a real number", "use an mlp")
        ranges = [(values[0], values[-1]) for values in map(self.range_of, node.operands)]
        for case in node.cases:
            self._case(node, case, ranges, allowed)
        fault = fault_in(self, node)
        if fault is not None:
            self.fail(node.name, f"%{node.name} {fault.message}", fault.hint)
        self._total(node, ranges)

    def _case(self, node: ir.Lookup, case: ir.Case, ranges: list[Bounds], allowed: range) -> None:
        if len(case.patterns) != len(ranges):
            self.fail(node.name, f"a case of %{node.name} does not fit its operands")
        if isinstance(case.outcome, int) and case.outcome not in allowed:
            outside = f"outside {allowed[0]}..{allowed[-1]}"
            self.fail(node.name, f"a case of %{node.name} gives {case.outcome}, {outside}")
        for pattern, (low, high) in zip(case.patterns, ranges, strict=True):
            if pattern is None:
                continue
            if not pattern or not is_canonical(pattern):
                self.fail(node.name, f"a set of values of %{node.name} is not in order")
            if pattern[0][0] < low or pattern[-1][1] > high:
                self.fail(node.name, f"a case of %{node.name} names a value outside {low}..{high}")

    def _total(self, node: ir.Lookup, ranges: list[Bounds]) -> None:
        if any(all(pattern is None for pattern in case.patterns) for case in node.cases):
            return
        entries = math.prod(high - low + 1 for low, high in ranges)
        if entries > MAX_TABLE_ENTRIES:
            self.fail(node.name, f"%{node.name} has {entries} entries and no case '_'")
        uncovered = _first_uncovered(node, ranges)
        if uncovered is not None:
            self.fail(
                node.name,
                f"%{node.name} has no case for {uncovered}",
                "tables are total: end them with '_ => ...'",
            )

    def _mlp(self, node: ir.Mlp) -> None:
        weights, inputs = node.weights, 0
        for operand in node.operands:
            inputs += self._size(operand) if isinstance(self.type_of(operand), Cat) else 1
        outputs = self.domain_of_type(node.type).size
        hidden = weights.hidden
        found = tuple(map(len, (weights.w_in, weights.b_in, weights.w_out, weights.b_out)))
        if hidden < 1 or found != (hidden * inputs, hidden, outputs * hidden, outputs):
            self.fail(node.name, f"the weights of %{node.name} do not fit its operands")
        for values in (weights.w_in, weights.b_in, weights.w_out, weights.b_out):
            self._finite(node.name, values)
            if struct.unpack(f"{len(values)}f", struct.pack(f"{len(values)}f", *values)) != values:
                self.fail(node.name, f"a weight of %{node.name} is not a binary32 number")

    def _classify(self, node: ir.Classify) -> None:
        classes = self.domain_of_type(node.type).size
        self.require_names(node.name, node.type.domain, "classes")
        if node.type.pooled != (node.pool != "none"):
            self.fail(node.name, "a pooled classifier, and only it, gives one label a sequence")
        if len(set(node.never)) != len(node.never) or len(node.never) >= classes:
            self.fail(node.name, "no class is left to answer")
        if not all(0 <= index < classes for index in node.never):
            self.fail(node.name, f"@{node.type.domain} lacks a class that is never answered")
        for feature in node.features:
            self._feature(node, feature, classes)

    def _feature(self, node: ir.Classify, feature: ir.Feature, classes: int) -> None:
        kind = self.type_of(feature.variable)
        rows = self._size(feature.variable) if isinstance(kind, Cat) else 1
        if len(feature.rows) != rows or any(len(row) != classes for row in feature.rows):
            self.fail(node.name, f"the weights of feature %{feature.variable} do not fit it")
        for row in feature.rows:
            self._finite(node.name, row)

    def _finite(self, name: str, values: tuple[float, ...]) -> None:
        if not all(map(math.isfinite, values)):
            self.fail(name, f"a number of %{name} is not finite")


def _first_uncovered(node: ir.Lookup, ranges: list[Bounds]) -> tuple[int, ...] | None:
    for values in itertools.product(*(range(low, high + 1) for low, high in ranges)):
        if not any(covers(case, values) for case in node.cases):
            return values
    return None
