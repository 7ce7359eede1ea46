"""A module under construction: what its parts have written so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from backends.python.conditions import Universe
from backends.python.literals import Outcome, cost, literal, number
from backends.python.names import Names
from backends.python.reach import Reach, reachable
from backends.python.tables import Rendered, Table, render
from tpc.ir.nodes import TOKENS, Node, Positions
from tpc.ir.program import Program
from tpc.ir.types import Num, Real

#: Constants of more tokens than this go to the data file.
TOO_LONG = 400

#: Tuples that do not fit on a line of this width take one for each value; not more than so many.
_LINE, _MOST_LINES = 76, 16

#: Tuples that are shorter stand where they are used once.
_SHORT = 48

#: What a comprehension takes besides its expression.
_COMPREHENSION = 7

#: The statement of `run` that reads the data file.
TABLES = "tables = data()"

#: Values of a data file: nested lists and objects of numbers, strings and nothing.
Json: TypeAlias = "str | int | float | list[Json] | dict[str, Json] | None"


@dataclass
class Draft:
    """Everything that will be in the emitted files.

    Args:
        program: The program.
        data_name: The file name of the data file.
        imports: Modules and names; an empty name for the module itself.
        constants: Assignments.
        functions: Definitions that are particular to this program.
        helpers: Definitions that are not, with the types of the values they are called with.
        body: Statements of `run`.
        data: What goes to the data file.
        used: Variables that something reads.
        wants: Expressions of predicates, by select.
        tokens_name: The list of tokens as tables have them.
        embeddings: The dictionary of embedded values by token, if it is in the data file.
    """

    program: Program
    data_name: str
    imports: set[tuple[str, str]] = field(default_factory=set)
    constants: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    helpers: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    body: list[str] = field(default_factory=list)
    data: dict[str, Json] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    wants: dict[str, str] = field(default_factory=dict)
    tokens_name: str = "tokens"
    embeddings: str = ""

    @cached_property
    def names(self) -> Names:
        """Identifiers."""
        return Names(self.program)

    @cached_property
    def reach(self) -> dict[str, Reach]:
        """Values that occur."""
        return reachable(self.program)

    # Variables.

    def column(self, name: str) -> str:
        """The list that holds a variable's values by position."""
        self.used.add(name)
        return self.tokens_name if name == TOKENS else self.names.variable(name)

    def loop(self, name: str) -> str:
        """What one value of a variable is called in a comprehension."""
        if name == TOKENS:
            return self.tokens_name.removesuffix("s")
        node: Node = self.program.by_name[name]
        if isinstance(node, Positions):
            return "i"
        return {Num: "n", Real: "x"}.get(type(node.type), "value")

    def thing(self, name: str) -> str:
        """What one value of a variable is called in words."""
        if name == TOKENS:
            return "token"
        return "position" if isinstance(self.program.by_name[name], Positions) else name

    def annotation(self, name: str) -> str:
        """The Python type of one value of a variable."""
        kind = self.program.type_of(name)
        if isinstance(kind, Num | Real):
            return "int" if isinstance(kind, Num) else "float"
        return "int" if self.program.domain_of(name).labels is None else "str"

    def value(self, name: str, index: int) -> str | int:
        """A value as users see it, from its index."""
        if isinstance(self.program.type_of(name), Num):
            return index
        return self.program.domain_of(name).value(index)

    def universe(self, name: str) -> Universe:
        """The values that a categorical or integer variable can have."""
        return Universe(tuple(self.value(name, index) for index in self.reach[name]))

    def table(self, name: str, outcome: Callable[[int], Outcome]) -> Table:
        """A function of a variable's values, given as one of their indices."""
        return Table(self.universe(name), tuple(outcome(index) for index in self.reach[name]))

    # Parts.

    def import_from(self, module: str, name: str) -> str:
        """Use a name of the standard library."""
        self.imports.add((module, name))
        return name

    def constant(self, wish: str, text: str) -> str:
        """Define a constant of the module."""
        name = self.names.fresh(wish.upper())
        self.constants.append(f"{name} = {text}")
        return name

    def inline(self, wish: str, text: str) -> str:
        """A value that is used once: where it is used if it is short, else a constant."""
        return text if len(text) <= _SHORT else self.constant(wish, text)

    def store(self, key: str, value: Json) -> str:
        """Put a table into the data file; the expression that reads it in `run`."""
        if TABLES not in self.body:
            self.body.append(TABLES)
        return self.put(key, value).replace("data()", "tables", 1)

    def put(self, key: str, value: Json) -> str:
        """Put a table into the data file; the expression that reads it anywhere."""
        self.import_from("functools", "cache")
        self.import_from("json", "")
        self.import_from("pathlib", "Path")
        self.import_from("typing", "Any")
        while key in self.data:
            key += "_"
        self.data[key] = value
        return f'data()["{key}"]'

    def expression(self, table: Table, variable: str, wish: str) -> str:
        """An expression for the outcome of a value, its table defined where one is needed."""
        rendered = render(table, variable)
        if rendered.cost > TOO_LONG or _unreadable(rendered):
            stored = self._stored(table, variable, wish)
            if stored is not None:
                return stored
        return self.settle(rendered, wish)

    def by_position(self, table: Table, wish: str) -> str:
        """An outcome for each position there can be: a table, or a list by a formula."""
        if table.constant:
            return self.everywhere(table.outcomes[0])
        text, listed = literal(table.outcomes), cost(literal(table.outcomes))
        rendered = render(table, "i")
        if rendered.cost + _COMPREHENSION < listed:
            return each(self.settle(rendered, wish), "i", self.column(self.positions))
        if listed > TOO_LONG or (len(text) > _LINE and len(table.outcomes) > _MOST_LINES):
            return self.store(wish, [as_json(outcome) for outcome in table.outcomes])
        return self.inline(wish, text)

    def everywhere(self, value: Outcome) -> str:
        """One value for each position there can be."""
        return f"[{literal(value)}] * {self.program.max_length}"

    @cached_property
    def positions(self) -> str:
        """The variable that is the index of the position."""
        return next(node.name for node in self.program.nodes if isinstance(node, Positions))

    def settle(self, rendered: Rendered, wish: str) -> str:
        """The expression, its constants defined."""
        self.imports.update(rendered.imports)
        names = {suffix: self.constant(wish + suffix, t) for suffix, t in rendered.constants}
        return rendered.expression(names)

    def _stored(self, table: Table, variable: str, wish: str) -> str | None:
        values = table.universe.values
        outcomes = [as_json(outcome) for outcome in table.outcomes]
        if values == tuple(range(len(values))):
            return f"{self.store(wish, list(outcomes))}[{variable}]"
        if not table.universe.ordered:
            stored = dict(zip(map(str, values), outcomes, strict=True))
            return f"{self.store(wish, stored)}[{variable}]"
        return None


def _unreadable(rendered: Rendered) -> bool:
    """Whether a constant is a tuple that would be written with one number a line."""
    return any(
        text.startswith("(") and len(text) > _LINE and text.count(",") > _MOST_LINES
        for _, text in rendered.constants
    )


def as_json(outcome: Outcome) -> Json:
    """An outcome as it stands in the data file."""
    if isinstance(outcome, tuple):
        return [as_json(value) for value in outcome]
    return number(outcome) if isinstance(outcome, float) else outcome


def each(expression: str, loop: str, column: str) -> str:
    """An expression's value for each value of a column; the column if it is the value itself."""
    if expression == loop:
        return column
    return f"[{expression} for {loop} in {column}]"


def repeated(value: Outcome, column: str) -> str:
    """The same value at every position."""
    return f"[{literal(value)}] * len({column})"
