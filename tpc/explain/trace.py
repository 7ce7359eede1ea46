"""Every variable of a program at every position of an input, and where each head looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tpc.diagnostics import TpcError, did_you_mean, quoted
from tpc.explain.tables import WIDTH, in_blocks, spans, visible
from tpc.ir.nodes import TOKENS, Select, kind
from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.semantics.encoding import encode, present
from tpc.semantics.interpreter import Computation, Interpreter, present_column


@dataclass(frozen=True)
class TracedVariable:
    """One variable, or the pattern of a head.

    Attributes:
        name: In the program.
        operation: The kind of its node: `embed`, `select`, ...; `input` for the tokens.
        values: By position; of a pooled label there is one. Empty for a pattern.
        attended: For a pattern the positions that each position looks at, ascending; else empty.
    """

    name: str
    operation: str
    values: tuple[Value, ...] = ()
    attended: tuple[tuple[int, ...], ...] = ()

    def cells(self) -> list[str]:
        """What a table shows, by position."""
        if self.operation == "select":
            return [spans(positions) for positions in self.attended]
        return [visible(value) for value in self.values]

    def to_json(self) -> dict[str, object]:
        """The name, the operation, and either `values` or `attended`."""
        found: dict[str, object] = {"name": self.name, "operation": self.operation}
        if self.operation == "select":
            return {**found, "attended": [list(positions) for positions in self.attended]}
        return {**found, "values": list(self.values)}


@dataclass(frozen=True)
class Trace:
    """What one input makes a program compute; `str()` of it is a table.

    Attributes:
        words: As they were given.
        variables: The tokens as the program knows them, then its nodes in their order.
        answer: The labels, framing tokens echoed, or the one label of a pooled program; `None` if
            the trace ends before.
    """

    words: tuple[str, ...]
    variables: tuple[TracedVariable, ...]
    answer: tuple[str, ...] | str | None

    def text(self, width: int = WIDTH) -> str:
        """A table with a column for each token, in blocks if a line would be longer than `width`.

        The row of a head's pattern has the positions that each position looks at.
        """
        if not self.words:
            return "the input is empty"
        tokens, *others = self.variables
        head = [["", *map(str, range(len(self.words)))], ["", *map(visible, self.words)]]
        changed = tokens.values != self.words
        shown = [row for row in others if len(row.cells()) == len(self.words) or not row.values]
        rows = [[row.name, *row.cells()] for row in ([tokens] if changed else []) + shown]
        if isinstance(self.answer, tuple):
            rows.append(["answer", *map(visible, self.answer)])
        lines = in_blocks([*head, *rows], width, headers=len(head))
        if isinstance(self.answer, str):
            lines += ["", f"answer: {visible(self.answer)}"]
        return "\n".join(lines)

    def to_json(self) -> dict[str, object]:
        """Words, variables, and the answer if there is one."""
        found: dict[str, object] = {
            "words": list(self.words),
            "variables": [variable.to_json() for variable in self.variables],
        }
        if self.answer is None:
            return found
        return {**found, "answer": self.answer if isinstance(self.answer, str) else [*self.answer]}

    def __str__(self) -> str:
        return self.text()


class NetworkTrace(dict[str, list[Value]]):
    """The values of every variable of the network by its name there: what `Program.trace` gives.

    Attributes:
        table: The same input as the program sees it, with what each head looked at; prints as a
            table.
    """

    def __init__(self, values: dict[str, list[Value]], table: Trace) -> None:
        super().__init__(values)
        self.table = table


def traced(interpreter: Interpreter, tokens: Sequence[str], until: str | None = None) -> Trace:
    """Trace an input.

    Args:
        interpreter: Of the program.
        tokens: Words; they are rewritten and looked up as the program says.
        until: The last variable or pattern that is wanted; by default all, and the answer.

    Raises:
        TpcError: The program does not take the sequence, or has no such variable.
    """
    program = interpreter.program
    count = _count(program, until)
    ids = encode(program, tokens)
    found = interpreter.evaluate(ids)
    words = TracedVariable(TOKENS, "input", _values(program, found, TOKENS))
    variables = [words]
    for node in program.nodes[:count]:
        if isinstance(node, Select):
            attended = tuple(map(tuple, found.patterns[node.name]))
            variables.append(TracedVariable(node.name, kind(node), attended=attended))
        else:
            values = _values(program, found, node.name)
            variables.append(TracedVariable(node.name, kind(node), values))
    answer: tuple[str, ...] | str | None = None
    if until is None:
        labels = list(map(str, _values(program, found, program.result)))
        given = present(program, tokens, labels, raw=False)
        answer = given if isinstance(given, str) else tuple(given)
    return Trace(tuple(tokens), tuple(variables), answer)


def node_name(program: Program, text: str) -> str:
    """The name of a node that a user names, with or without `%`.

    Raises:
        TpcError: There is none.
    """
    name = text.removeprefix("%")
    if name not in program.by_name and name != TOKENS:
        raise TpcError(
            f"%{program.name} has no variable {quoted(text)}",
            hint=did_you_mean(name, program.by_name)
            or f"it has {', '.join([TOKENS, *program.by_name])}",
        )
    return name


def _count(program: Program, until: str | None) -> int:
    """How many nodes are traced."""
    if until is None:
        return len(program.nodes)
    name = node_name(program, until)
    return [TOKENS, *program.by_name].index(name)


def _values(program: Program, found: Computation, name: str) -> tuple[Value, ...]:
    return tuple(present_column(program, name, found.columns[name]))
