"""What makes a program well formed. Run after parsing and after every pass.

The rules are those of `ir_specs/SPEC.md`, section "Well-formed programs": single assignment, types,
every table total over the values that can reach it, and a language that makes sense.
"""

from __future__ import annotations

import itertools
import math
import re
import struct
from collections.abc import Callable
from typing import NoReturn, TypeAlias

from tpc.diagnostics import Location, TpcError
from tpc.ir.language import Language, Slot
from tpc.ir.nodes import (
    TOKENS,
    Aggregate,
    Case,
    Classify,
    Embed,
    Feature,
    Lookup,
    Mlp,
    Node,
    Ones,
    Positions,
    Select,
    TablePredicate,
    operands,
)
from tpc.ir.program import MAX_TABLE_ENTRIES, Program, outcome
from tpc.ir.types import Cat, Label, Num, Pattern, Real, Type
from tpc.ir.values import is_canonical
from tpc.ir.words import PAD

Locate: TypeAlias = Callable[[str], Location | None]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Pairs of shapes of one length that are compared for overlap; beyond it the check would be slow.
_MAX_SHAPES = 2_000


def verify(program: Program, locate: Locate | None = None) -> None:
    """Check every rule of a well-formed program.

    Args:
        program: The program.
        locate: Where the definition of a variable (or `@domain`) stands, for messages.

    Raises:
        TpcError: A rule is broken.
    """
    _Verifier(program, locate or (lambda _: None)).run()


def sum_range(program: Program, select: Select, value: Num) -> Num:
    """The range of the sum of `value` over the positions that an `all` pattern can select."""
    most = program.max_length
    if isinstance(program.by_name.get(select.key), Positions):
        most = 1  # Every position is different, and a query looks for one of them.
    return Num(min(0, most * value.lo), max(0, most * value.hi))


class _Verifier:
    def __init__(self, program: Program, locate: Locate) -> None:
        self.program = program
        self.locate = locate
        self.known: dict[str, Type] = {}

    def run(self) -> None:
        self._header()
        self.known[TOKENS] = self.program.tokens
        for node in self.program.nodes:
            self._operands(node)
            self._node(node)
            self.known[node.name] = node.type
        result = self.program.result
        if not isinstance(self.known.get(result), Label):
            self._fail(result, f"the program returns %{result}, which is no label")
        self._language(self.program.language)

    def _fail(self, name: str, message: str, hint: str | None = None) -> NoReturn:
        raise TpcError(message, location=self.locate(name), hint=hint)

    # Header.

    def _header(self) -> None:
        program = self.program
        if len(program.domain_by_name) != len(program.domains):
            self._fail("", "two domains have the same name")
        for domain in program.domains:
            if not _IDENTIFIER.fullmatch(domain.name) or domain.size < 1:
                self._fail(f"@{domain.name}", f"@{domain.name} is no domain")
            labels = domain.labels
            if labels is not None and len(set(labels)) != domain.size:
                self._fail(f"@{domain.name}", f"@{domain.name} lists a value twice")
        if not _IDENTIFIER.fullmatch(program.name):
            self._fail("", f"'{program.name}' is no name for a program")
        if program.max_length < 1:
            self._fail("", "max_length is at least 1")
        self._named_domain(TOKENS, program.tokens.domain, "the tokens")

    def _named_domain(self, name: str, domain: str, what: str) -> None:
        if domain not in self.program.domain_by_name:
            self._fail(name, f"@{domain} is not defined")
        if self.program.domain_by_name[domain].labels is None:
            self._fail(f"@{domain}", f"@{domain} has no names, and {what} need them")

    # Nodes.

    def _operands(self, node: Node) -> None:
        name = node.name
        if not _IDENTIFIER.fullmatch(name):
            self._fail(name, f"'{name}' is no name for a variable")
        if name in self.known:
            self._fail(name, f"%{name} is defined twice")
        for place, operand in enumerate(operands(node)):
            if operand not in self.known:
                self._fail(name, f"%{name} reads %{operand}, which is not defined before it")
            kind = self.known[operand]
            # An aggregate reads a pattern first, then a value; nothing else reads a pattern.
            pattern = isinstance(node, Aggregate) and place == 0
            if isinstance(kind, Pattern) != pattern or isinstance(kind, Label):
                self._fail(name, f"%{name} cannot read %{operand}")
        kind = node.type
        if isinstance(kind, Cat | Label) and kind.domain not in self.program.domain_by_name:
            self._fail(name, f"%{name} is of @{kind.domain}, which is not defined")
        if isinstance(kind, Num) and kind.lo > kind.hi:
            self._fail(name, f"the range of %{name} is empty")

    def _node(self, node: Node) -> None:
        match node:
            case Positions():
                if self.program.domain_of_type(node.type).size < self.program.max_length:
                    self._fail(node.name, "there are more positions than the domain has values")
            case Ones():
                pass
            case Embed():
                self._embed(node)
            case Select():
                self._select(node)
            case Aggregate():
                self._aggregate(node)
            case Lookup():
                self._lookup(node)
            case Mlp():
                self._mlp(node)
            case Classify():
                self._classify(node)

    def _size(self, name: str) -> int:
        """How many values a categorical operand has."""
        kind = self.known[name]
        if not isinstance(kind, Cat):
            self._fail(name, f"%{name} is not categorical, and is read as if it were")
        return self.program.domain_of_type(kind).size

    def _embed(self, node: Embed) -> None:
        if len(node.values) != self._size(TOKENS):
            self._fail(node.name, f"%{node.name} has not one value for each token")
        if isinstance(node.type, Real):
            self._finite(node.name, tuple(map(float, node.values)))
            return
        size = self.program.domain_of_type(node.type).size
        if not all(isinstance(value, int) and 0 <= value < size for value in node.values):
            self._fail(node.name, f"%{node.name} has a value that is not in @{node.type.domain}")

    def _select(self, node: Select) -> None:
        queries, keys = self._size(node.query), self._size(node.key)
        if (node.scores is None) == (node.rule == "score"):
            self._fail(node.name, "select.score, and only it, ranks scores")
        if (node.offsets is None) == (node.rule == "best"):
            self._fail(node.name, "select.best, and only it, ranks offsets ('prefer')")
        if (node.predicate is None) != (node.rule == "score"):
            self._fail(node.name, f"select.{node.rule} needs a predicate")
        if isinstance(node.predicate, TablePredicate):
            table = node.predicate.keys
            if len(table) != queries or not all(k is None or 0 <= k < keys for k in table):
                self._fail(node.name, f"the predicate of %{node.name} does not fit its operands")
        if node.offsets is not None and len(node.offsets) != 2 * self.program.max_length - 1:
            reach = self.program.max_length - 1
            self._fail(node.name, f"offsets from {-reach} to {reach} are ranked, no others")
        if node.scores is not None and (
            len(node.scores) != queries or any(len(row) != keys for row in node.scores)
        ):
            self._fail(node.name, f"the scores of %{node.name} do not fit its operands")

    def _aggregate(self, node: Aggregate) -> None:
        pattern, value = self.known[node.pattern], self.known[node.value]
        assert isinstance(pattern, Pattern), "checked with the operands"
        if pattern.single:
            if not isinstance(value, Cat) or node.type != value:
                self._fail(node.name, f"%{node.name} takes one value: its type is that value's")
            return
        if isinstance(value, Cat) or isinstance(node.type, Cat):
            self._fail(node.name, f"%{node.name} adds up all matches: it needs a number")
        if isinstance(value, Real) != isinstance(node.type, Real):
            self._fail(node.name, f"%{node.name} is a sum of another kind of number")
        if isinstance(value, Num) and isinstance(node.type, Num):
            select = self.program.by_name[node.pattern]
            assert isinstance(select, Select), "patterns are made by selects"
            reach = sum_range(self.program, select, value)
            if reach.lo < node.type.lo or reach.hi > node.type.hi:
                self._fail(
                    node.name,
                    f"%{node.name} can reach {reach.lo}..{reach.hi}, more than its type says",
                )

    def _lookup(self, node: Lookup) -> None:
        size = self.program.domain_of_type(node.type).size
        ranges = []
        for operand in node.operands:
            kind = self.known[operand]
            if isinstance(kind, Real):
                self._fail(node.name, f"%{node.name} looks up a real number", "use an mlp")
            if isinstance(kind, Num):
                ranges.append((kind.lo, kind.hi))
            else:
                ranges.append((0, self._size(operand) - 1))
        for case in node.cases:
            self._case(node, case, ranges, size)
        self._total(node, ranges)

    def _case(self, node: Lookup, case: Case, ranges: list[tuple[int, int]], size: int) -> None:
        if len(case.patterns) != len(ranges) or not 0 <= case.outcome < size:
            self._fail(node.name, f"a case of %{node.name} does not fit its operands")
        for pattern, (low, high) in zip(case.patterns, ranges, strict=True):
            if pattern is None:
                continue
            if not pattern or not is_canonical(pattern):
                self._fail(node.name, f"a set of values of %{node.name} is not in order")
            if pattern[0][0] < low or pattern[-1][1] > high:
                self._fail(node.name, f"a case of %{node.name} names a value outside {low}..{high}")

    def _total(self, node: Lookup, ranges: list[tuple[int, int]]) -> None:
        if any(all(pattern is None for pattern in case.patterns) for case in node.cases):
            return
        entries = math.prod(high - low + 1 for low, high in ranges)
        if entries > MAX_TABLE_ENTRIES:
            self._fail(node.name, f"%{node.name} has {entries} entries and no case '_'")
        uncovered = _first_uncovered(node, ranges)
        if uncovered is not None:
            self._fail(
                node.name,
                f"%{node.name} has no case for {uncovered}",
                "tables are total: end them with '_ => ...'",
            )

    def _mlp(self, node: Mlp) -> None:
        weights, inputs = node.weights, 0
        for operand in node.operands:
            inputs += self._size(operand) if isinstance(self.known[operand], Cat) else 1
        outputs = self.program.domain_of_type(node.type).size
        hidden = weights.hidden
        found = tuple(map(len, (weights.w_in, weights.b_in, weights.w_out, weights.b_out)))
        if hidden < 1 or found != (hidden * inputs, hidden, outputs * hidden, outputs):
            self._fail(node.name, f"the weights of %{node.name} do not fit its operands")
        for values in (weights.w_in, weights.b_in, weights.w_out, weights.b_out):
            self._finite(node.name, values)
            if struct.unpack(f"{len(values)}f", struct.pack(f"{len(values)}f", *values)) != values:
                self._fail(node.name, f"a weight of %{node.name} is no binary32 number")

    def _classify(self, node: Classify) -> None:
        classes = self.program.domain_of_type(node.type).size
        self._named_domain(node.name, node.type.domain, "classes")
        if node.type.pooled != (node.pool != "none"):
            self._fail(node.name, "a pooled classifier, and only it, gives one label a sequence")
        if len(set(node.never)) != len(node.never) or len(node.never) >= classes:
            self._fail(node.name, "no class is left to answer")
        if not all(0 <= index < classes for index in node.never):
            self._fail(node.name, f"@{node.type.domain} lacks a class that is never answered")
        for feature in node.features:
            self._feature(node, feature, classes)

    def _feature(self, node: Classify, feature: Feature, classes: int) -> None:
        kind = self.known[feature.variable]
        rows = self._size(feature.variable) if isinstance(kind, Cat) else 1
        if len(feature.rows) != rows or any(len(row) != classes for row in feature.rows):
            self._fail(node.name, f"the weights of feature %{feature.variable} do not fit it")
        for row in feature.rows:
            self._finite(node.name, row)

    def _finite(self, name: str, values: tuple[float, ...]) -> None:
        if not all(map(math.isfinite, values)):
            self._fail(name, f"a number of %{name} is not finite")

    # Language.

    def _language(self, language: Language[int]) -> None:
        vocabulary = self.program.vocabulary
        size = len(vocabulary)
        pad = vocabulary.index(PAD) if PAD in vocabulary else None
        if not language.alternatives:
            self._fail("", "the language has no pattern")
        for group in (group for pattern in language.alternatives for group in pattern):
            if not group.slots or not 0 <= group.least <= group.most:
                self._fail("", "a group of the language repeats less than no times")
            for slot in group.slots:
                ascending = slot.tokens == tuple(sorted(set(slot.tokens)))
                if not slot.tokens or not ascending or not 0 <= slot.tokens[0] <= size - 1:
                    self._fail("", "a slot of the language is no set of tokens")
                if slot.tokens[-1] >= size or pad in slot.tokens:
                    self._fail("", "a slot of the language has a token that no input has")
        self._unambiguous(language)

    def _unambiguous(self, language: Language[int]) -> None:
        by_length: dict[int, list[tuple[Slot[int], ...]]] = {}
        for shape in language.shapes(self.program.max_length):
            by_length.setdefault(len(shape), []).append(shape)
        if not by_length:
            self._fail(
                "", f"the language has no string of at most {self.program.max_length} tokens"
            )
        for shapes in by_length.values():
            for index, shape in enumerate(shapes[:_MAX_SHAPES]):
                if any(_overlap(shape, other) for other in shapes[:index]):
                    self._fail("", "two patterns of the language give the same string")


def _overlap(one: tuple[Slot[int], ...], other: tuple[Slot[int], ...]) -> bool:
    return all(not a.members.isdisjoint(b.members) for a, b in zip(one, other, strict=True))


def _first_uncovered(node: Lookup, ranges: list[tuple[int, int]]) -> tuple[int, ...] | None:
    for values in itertools.product(*(range(low, high + 1) for low, high in ranges)):
        if outcome(node.cases, values) is None:
            return values
    return None
