"""A RASP text under construction: statements, comments, tables that exceed one literal."""

from __future__ import annotations

from collections.abc import Sequence

from backends.rasp.helpers import HELPERS
from backends.rasp.names import Namer, variable_names
from backends.rasp.text import MAX_ENTRIES, chunked, comment_safe, listed, real, string
from tpc.ir.program import Program
from tpc.ir.types import Cat, Domain, Label, Num
from tpc.ir.words import UNK


class Draft:
    """The statements written so far, the helpers they need, and the names in use.

    Args:
        program: The program being written.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.replaces_unknown = UNK in program.vocabulary
        self.namer = Namer(frozenset(HELPERS))
        self.variables = variable_names(program, self.namer, self.replaces_unknown)
        self.lines: list[str] = []
        self.helpers: set[str] = set()
        self._orders: dict[str, str] = {}

    def say(self, text: str) -> None:
        """A comment line after a blank one: what the next statements are about."""
        self.lines += ["", f"# {comment_safe(text)}"]

    def define(self, name: str, expression: str, remark: str = "") -> None:
        """`name = expression;` on one line."""
        suffix = f"  # {comment_safe(remark)}" if remark else ""
        self.lines.append(f"{name} = {expression};{suffix}")

    def use(self, helper: str) -> str:
        """The name of a helper, which the text then starts with."""
        self.helpers.add(helper)
        return helper

    def order_of(self, sop: str) -> str:
        """The s-op that numbers the occurrences of each value of `sop`, defined at first use."""
        if sop not in self._orders:
            name = self.namer.fresh(f"{sop}_order")
            self.define(name, f"{self.use('order')}({sop})")
            self._orders[sop] = name
        return self._orders[sop]

    # Values -----------------------------------------------------------------------------------

    def literal(self, domain: Domain, index: int) -> str:
        """A categorical value as the s-ops hold it: its token or class, or its integer."""
        return str(index) if domain.labels is None else string(domain.labels[index])

    def literals(self, variable: str) -> list[str]:
        """Every value of a categorical or integer variable, in order."""
        kind = self.program.type_of(variable)
        if isinstance(kind, Num):
            return [str(value) for value in range(kind.lo, kind.hi + 1)]
        domain = self.program.domain_of(variable)
        return [self.literal(domain, index) for index in range(domain.size)]

    def outcome(self, kind: Cat | Label, index: int) -> str:
        """A value of a result's type."""
        return self.literal(self.program.domain_of_type(kind), index)

    # Tables -----------------------------------------------------------------------------------

    def mapping(self, wish: str, keys: Sequence[str], values: Sequence[str], sop: str) -> str:
        """An expression for `{key: value}[sop]`; a table too long for one literal comes first."""
        if len(keys) <= MAX_ENTRIES:
            entries = ", ".join(f"{key}: {value}" for key, value in zip(keys, values, strict=True))
            return f"{{{entries}}}[{sop}]"
        return f"{self.large_mapping(wish, keys, values)}[{sop}]"

    def large_mapping(self, wish: str, keys: Sequence[str], values: Sequence[str]) -> str:
        """Statements for a dict of any size, keys grouped by value; the name of the dict."""
        pairs, table = self.namer.private(f"{wish}_pairs"), self.namer.private(f"{wish}_of")
        groups: dict[str, list[str]] = {}
        for key, value in zip(keys, values, strict=True):
            groups.setdefault(value, []).append(key)
        self.define(pairs, "[]")
        if len(groups) > len(keys) // 2:
            # Hardly two keys share a value: write them side by side, two entries each.
            entries = [f"[{key}, {value}]" for key, value in zip(keys, values, strict=True)]
            for piece in chunked(entries, MAX_ENTRIES // 2):
                self.define(pairs, f"{pairs} + {listed(piece)}")
        for value, group in groups.items() if len(groups) <= len(keys) // 2 else ():
            for piece in chunked(group):
                self.define(pairs, f"{pairs} + [[key, {value}] for key in {listed(piece)}]")
        self.define(table, f"{{key: value for key, value in {pairs}}}")
        return table

    def list_table(self, wish: str, rows: Sequence[tuple[str, Sequence[str]]]) -> str:
        """Statements for one long list, row after row, each with a remark; the name of the list."""
        name = self.namer.private(wish)
        started = False
        for remark, row in rows:
            for piece in chunked(list(row)):
                self.define(name, f"{name} + {listed(piece)}" if started else listed(piece), remark)
                started = True
        return name

    def numbers(self, values: Sequence[float]) -> list[str]:
        """Real numbers as literals."""
        return [real(value) for value in values]
