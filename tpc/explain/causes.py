"""Where the value of a variable came from: through heads and tables back to the tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tpc.explain.tables import in_words, spans
from tpc.ir.nodes import TOKENS, Aggregate, Embed, Lookup, Mlp, Select, kind, read_by_formulas
from tpc.ir.printer import print_case
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Value, contains
from tpc.ir.words import PAD
from tpc.lowering.lower import lower
from tpc.lowering.lowered import Head
from tpc.lowering.predicates import sentence
from tpc.semantics.interpreter import Computation, present_column

#: A variable at a position.
Place = tuple[str, int]

#: Positions of a head that counts, of which the tokens are named.
_MAX_NAMED = 8

#: Words that share a value that are named.
_MAX_WORDS = 3


@dataclass(frozen=True)
class Cause:
    """Why a variable has its value at a position.

    Attributes:
        variable: Its name in the program.
        position: Where.
        value: What it is there.
        operation: The kind of its node, `input` for the tokens.
        reason: In words.
        attended: For a head the positions that it looked at, ascending.
        sources: The variables, and where, that it was computed from.
    """

    variable: str
    position: int
    value: Value
    operation: str
    reason: str
    attended: tuple[int, ...] = ()
    sources: tuple[Place, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Everything, sources as pairs."""
        found: dict[str, object] = {
            "variable": self.variable,
            "position": self.position,
            "value": self.value,
            "operation": self.operation,
            "reason": self.reason,
            "sources": [{"variable": name, "position": at} for name, at in self.sources],
        }
        return found if self.operation != "aggregate" else {**found, "attended": [*self.attended]}


class Causes:
    """What one input made a program compute, to be followed back.

    Args:
        program: The program.
        found: What it computed.
    """

    def __init__(self, program: Program, found: Computation) -> None:
        self._program = program
        self._found = found
        lowered = lower(program)
        self._heads = {
            step.name: sentence(lowered, step, in_words)
            for step in lowered.steps
            if isinstance(step, Head)
        }
        self._words = present_column(program, TOKENS, found.columns[TOKENS])

    def value(self, variable: str, position: int) -> Value:
        """What a variable is at a position, as users see it."""
        column = self._found.columns[variable][position : position + 1]
        return present_column(self._program, variable, column)[0]

    def back(self, roots: Sequence[Place]) -> tuple[Cause, ...]:
        """The causes of some values, and of what these came from: each once, users first."""
        found: dict[Place, Cause] = {}
        left = list(roots)
        while left:
            place = left.pop()
            if place not in found:
                found[place] = self.cause(*place)
                left += found[place].sources
        order = {name: number for number, name in enumerate([TOKENS, *self._program.by_name])}
        return tuple(sorted(found.values(), key=lambda c: (-order[c.variable], c.position)))

    def cause(self, variable: str, position: int) -> Cause:
        """Why a variable, which is no pooled label, has its value at a position."""
        value = self.value(variable, position)
        node = self._program.by_name.get(variable)
        if node is None:
            return Cause(variable, position, value, "input", "the token here")
        match node:
            case Aggregate():
                return self._head(node, position, value)
            case Lookup():
                reason, names = self._case(node, position)
            case Mlp():
                reason, names = "an MLP of its operands", tuple(dict.fromkeys(node.operands))
            case Embed():
                reason, names = self._embedded(node, position), (TOKENS,)
            case _:
                reason, names = {"positions": "the position itself"}.get(kind(node), "always 1"), ()
        sources = tuple((name, position) for name in names)
        return Cause(variable, position, value, kind(node), reason, sources=sources)

    def word(self, position: int) -> str:
        """The token at a position, as the program knows it."""
        return in_words(self._words[position])

    def positions_in_words(self, positions: Sequence[int]) -> str:
        """Positions with their tokens, as far as they are few."""
        if len(positions) > _MAX_NAMED:
            return f"at {spans(positions)}"
        return ", ".join(f"{at} ({self.word(at)})" for at in positions) or "none"

    def _embedded(self, node: Embed, position: int) -> str:
        """A word, and others that have the same value."""
        own = int(self._found.columns[TOKENS][position])
        same = [
            word
            for index, (word, value) in enumerate(
                zip(self._program.vocabulary, node.values, strict=True)
            )
            if value == node.values[own] and index != own and word != PAD
        ]
        named = ", ".join(map(in_words, same[:_MAX_WORDS]))
        more = f" and {len(same) - _MAX_WORDS:,} more" if len(same) > _MAX_WORDS else ""
        return f"the value of {self.word(position)}" + (f", and of {named}{more}" if same else "")

    def _head(self, node: Aggregate, position: int, value: Value) -> Cause:
        select = self._program.by_name[node.pattern]
        assert isinstance(select, Select), "patterns are made by selects"
        attended = tuple(self._found.patterns[node.pattern][position])
        looked = {(select.key, at): None for at in attended}
        taken = {(node.value, at): None for at in attended}
        sources = tuple({**taken, (select.query, position): None, **looked})
        place = self.positions_in_words(attended)
        missing = "nothing matches, so " if self._falls_back(select, position, attended) else ""
        reason = f"{self._heads[node.name]}: {missing}{place}"
        return Cause(node.name, position, value, "aggregate", reason, attended, sources)

    def _falls_back(self, select: Select, position: int, attended: tuple[int, ...]) -> bool:
        """Whether a head that takes one position found no match, and took the first."""
        if select.predicate is None or select.rule == "all":
            return False
        columns = self._found.columns
        matched = matched_keys(self._program, select)[int(columns[select.query][position])]
        return bool(matched != columns[select.key][attended[0]])

    def _case(self, node: Lookup, position: int) -> tuple[str, tuple[str, ...]]:
        """The case that holds, and the operands that decide that no other does."""
        columns = [self._found.columns[name][position] for name in node.operands]
        decide: dict[str, None] = {}
        for case in node.cases:
            pairs = list(zip(node.operands, case.patterns, columns, strict=True))
            decide.update((name, None) for name, pattern, _ in pairs if pattern is not None)
            if all(pattern is None or contains(pattern, int(v)) for _, pattern, v in pairs):
                read = sorted(read_by_formulas([case]))
                decide.update((node.operands[index], None) for index in read)
                break
        return f"case {print_case(self._program, node, case)}", tuple(decide)
