"""The words behind the values of variables."""

from __future__ import annotations

from tpc.diagnostics import TpcError, did_you_mean
from tpc.ir.nodes import TOKENS, Aggregate, Embed
from tpc.ir.program import Program
from tpc.ir.types import Cat

WordsByValue = dict[int, tuple[str, ...]]


def embedding_variables(program: Program) -> tuple[str, ...]:
    """The variables that give each word one of a few values."""
    return tuple(
        node.name
        for node in program.nodes
        if isinstance(node, Embed) and isinstance(node.type, Cat)
    )


def words_by_value(program: Program, variable: str) -> WordsByValue:
    """The words of each value of an embedding variable, in id order; values without words are out.

    Raises:
        TpcError: There is no such embedding variable.
    """
    node = program.by_name.get(variable)
    if not isinstance(node, Embed) or not isinstance(node.type, Cat):
        known = embedding_variables(program)
        there_are = f"its embedding variables are: {', '.join(known) or 'none'}"
        hint = did_you_mean(variable, known, there_are)
        raise TpcError(f"%{program.name} has no embedding variable %{variable}", hint=hint)
    found: dict[int, list[str]] = {}
    for word, value in zip(program.vocabulary, node.values, strict=True):
        found.setdefault(int(value), []).append(word)
    return {value: tuple(found[value]) for value in sorted(found)}


class Meanings:
    """Which words a value of a variable can come from, for variables that pass values on.

    A categorical head's output is the value of another variable at some position, so that its
    values mean the same words. Outputs of MLPs mean no words.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._known: dict[str, WordsByValue] = {}

    def words(self, variable: str, value: int) -> tuple[str, ...]:
        """The words that have this value; none if the variable's values are no words."""
        source = self.source(variable)
        if source == TOKENS:
            return (self.program.vocabulary[value],)
        if source is None:
            return ()
        if source not in self._known:
            self._known[source] = words_by_value(self.program, source)
        return self._known[source].get(value, ())

    def source(self, variable: str) -> str | None:
        """The input variable whose values a variable passes on."""
        if variable == TOKENS:
            return TOKENS
        node = self.program.by_name[variable]
        if isinstance(node, Aggregate) and isinstance(node.type, Cat):
            return self.source(node.value)
        return node.name if isinstance(node, Embed) and isinstance(node.type, Cat) else None
