"""A RASP text under construction: statements, comments, tables that exceed one literal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tpc.backends.rasp.text import MAX_ENTRIES, NAMING, chunked, comment_safe, listed
from tpc.ir.words import UNK
from tpc.lowering import TOKENS, Lowered
from tpc.lowering.names import Names
from tpc.rasp.writing import real, string


class Emitter:
    """The statements written so far, the helpers they need, and the names in use.

    Args:
        lowered: The program being written.
    """

    def __init__(self, lowered: Lowered) -> None:
        self.lowered = lowered
        self.names = Names(NAMING, (step.name for step in lowered.steps))
        # Where unknown words are replaced, the input tokens are not the variable `tokens` itself.
        tokens = self.names.fresh("known") if UNK in lowered.vocabulary else "tokens"
        self.variables = {TOKENS: tokens, **self.names.variables}
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
            name = self.names.fresh("token_order" if sop == "tokens" else f"{sop}_order")
            self.define(name, f"{self.use('order')}({sop})")
            self._orders[sop] = name
        return self._orders[sop]

    def private(self, hint: str) -> str:
        """A name for a table: with an underscore, so that loading the file does not print it."""
        return self.names.free(f"_{hint.lstrip('_')}")

    # Values -----------------------------------------------------------------------------------

    def literal(self, name: str, value: float) -> str:
        """A value of a column as its s-op holds it: a token, a class, a number."""
        column = self.lowered.columns[name]
        if column.kind == "real":
            return real(float(value))
        index = int(value)
        return str(index) if column.labels is None else string(column.labels[index])

    def literals(self, name: str) -> list[str]:
        """Every value of a column of categories or integers, in order."""
        return [self.literal(name, value) for value in self.lowered.columns[name].type_range]

    # Tables -----------------------------------------------------------------------------------

    def mapping(self, hint: str, keys: Sequence[str], values: Sequence[str], sop: str) -> str:
        """An expression for `{key: value}[sop]`; a table too long for one literal comes first."""
        if len(keys) <= MAX_ENTRIES:
            entries = ", ".join(f"{key}: {value}" for key, value in zip(keys, values, strict=True))
            return f"{{{entries}}}[{sop}]"
        pairs, table = self.private(f"{hint}_pairs"), self.private(f"{hint}_of")
        self.define(pairs, "[]")
        for piece in _pair_lists(keys, values):
            self.define(pairs, f"{pairs} + {piece}")
        self.define(table, f"{{key: value for key, value in {pairs}}}")
        return f"{table}[{sop}]"

    def long_list(self, hint: str, *rows: Sequence[str], remarks: Sequence[str] = ()) -> str:
        """Statements for one list of all the rows, each with its remark; the name of the list."""
        pieces = (
            (listed(piece), remark)
            for row, remark in zip(rows, remarks or [""] * len(rows), strict=True)
            for piece in chunked(row)
        )
        return self.concatenate(self.private(hint), pieces)

    def concatenate(self, name: str, pieces: Iterable[tuple[str, str]]) -> str:
        """Statements that add up list literals, each with a remark; the name."""
        so_far = ""
        for piece, remark in pieces:
            self.define(name, f"{so_far}{piece}", remark)
            so_far = f"{name} + "
        return name


def _pair_lists(keys: Sequence[str], values: Sequence[str]) -> Iterator[str]:
    """Expressions for lists of `[key, value]` that together hold the mapping."""
    groups: dict[str, list[str]] = {}
    for key, value in zip(keys, values, strict=True):
        groups.setdefault(value, []).append(key)
    if len(groups) > len(keys) // 2:
        # Hardly two keys share a value: write them side by side, two entries each.
        entries = [f"[{key}, {value}]" for key, value in zip(keys, values, strict=True)]
        yield from map(listed, chunked(entries, MAX_ENTRIES // 2))
        return
    for value, group in groups.items():
        for piece in chunked(group):
            yield f"[[key, {value}] for key in {listed(piece)}]"
