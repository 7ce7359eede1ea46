"""A module under construction: what its parts have written so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tpc.backends.python.expressions import Rendered, render
from tpc.backends.python.literals import cost, literal, names_of, number
from tpc.backends.python.pointwise import (
    INDEX,
    POSITIONS,
    Pointwise,
    is_atom,
    is_guarded,
    joined,
    occurrences,
    stands_alone,
)
from tpc.lowering import Lowered
from tpc.lowering.cases import Json
from tpc.lowering.functions import Function, Outcome
from tpc.lowering.names import Names

#: Constants of more tokens than this go to the data file.
TOO_LONG = 400

#: Tuples that do not fit on a line of this width take one for each value; not more than so many.
_LINE, _MOST_LINES = 76, 16

#: Tuples that are shorter stand where they are used once.
_SHORT = 48

#: Longer expressions are not put into others.
_MOST_INLINE = 48

#: What a comprehension takes besides its expression.
_COMPREHENSION = 7

#: The statement of `run` that reads the data file.
TABLES = "tables = data()"


@dataclass
class Emitter:
    """Everything that will be in the emitted files.

    Args:
        lowered: The program.
        data_name: The file name of the data file.
        imports: Modules and names; an empty name for the module itself.
        constants: Assignments.
        functions: Definitions that are particular to this program.
        helpers: Functions that are not, with the types of the values they are called with.
        body: Statements of `run`.
        data: What goes to the data file.
        used: Variables that something reads.
        matched: Expressions for matched keys, by selector.
        tokens_name: The list of tokens as tables have them.
        embeddings: The dictionary of embedded values by token, if it is in the data file.
        earlier: The same module as it is without what follows from it: how often things are read.
        reads: How often each variable is read.
        alone: Variables that a reading expression has once, in a place for any expression.
        among: Variables that it has once in a place for what binds as tightly as a name.
        same: Variables that are others, under another name.
        copied: Variables that another one repeats.
        pointwise: What variables are at each position, of those that are such expressions.
    """

    lowered: Lowered
    data_name: str
    imports: set[tuple[str, str]] = field(default_factory=set)
    constants: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    helpers: dict[str, set[str]] = field(default_factory=dict)
    body: list[str] = field(default_factory=list)
    data: dict[str, Json] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    matched: dict[str, str] = field(default_factory=dict)
    tokens_name: str = "tokens"
    embeddings: str = ""
    earlier: Emitter | None = None
    reads: Counter[str] = field(default_factory=Counter)
    alone: set[str] = field(default_factory=set)
    among: set[str] = field(default_factory=set)
    same: dict[str, str] = field(default_factory=dict)
    copied: set[str] = field(default_factory=set)
    pointwise: dict[str, Pointwise] = field(default_factory=dict)

    @cached_property
    def names(self) -> Names:
        """Identifiers."""
        return names_of(self.lowered)

    # Variables.

    def column(self, name: str) -> str:
        """The list that holds a variable's values by position."""
        name = self.same.get(name, name)
        self.reads[name] += 1
        if name in self.pointwise and not self.pointwise[name].loops:
            return f"[{self.names.variables[name]}] * len({self.tokens_name})"
        return self._list(name)

    def sequence(self, name: str) -> str:
        """A variable's list as something that can be indexed."""
        text = self.column(name)
        return text if text.isidentifier() else f"({text})"

    def _list(self, name: str) -> str:
        self.used.add(name)
        tokens = self.lowered.columns[name].source == "tokens"
        return self.tokens_name if tokens else self.names.variables[name]

    def loop(self, name: str) -> str:
        """What one value of a variable is called in a comprehension."""
        column = self.lowered.columns[name]
        if column.source == "tokens":
            return self.tokens_name.removesuffix("s")
        if column.source == "positions":
            return "i"
        return {"number": "n", "real": "x"}.get(column.kind, "value")

    def parameter(self, name: str) -> str:
        """What one value of a variable is called in a function of several."""
        loop = self.lowered.columns[name].source in ("tokens", "positions")
        return self.loop(name) if loop else self.names.variables[name]

    def annotation(self, name: str) -> str:
        """The Python type of one value of a variable."""
        column = self.lowered.columns[name]
        if column.kind == "real":
            return "float"
        return "int" if column.labels is None else "str"

    # Values by position.

    def rows(self, text: str, operands: Mapping[str, str]) -> Pointwise:
        """An expression of variables at one position.

        Args:
            text: The expression.
            operands: Its names, and the variables that they are values of.
        """
        operands = {name: self.same.get(v, v) for name, v in operands.items()}
        for name, variable in operands.items():
            self.reads[variable] += variable != POSITIONS
            if ":=" not in text and (stands_alone(text, name) or is_guarded(text, name)):
                self.alone.add(variable)
            elif ":=" not in text and occurrences(text, name) == 1:
                self.among.add(variable)
        return joined(text, {name: self._value(variable) for name, variable in operands.items()})

    def _value(self, variable: str) -> Pointwise:
        if variable == POSITIONS or self.lowered.is_positions(variable):
            return Pointwise(INDEX, ((INDEX, POSITIONS),))
        known = self.pointwise.get(variable)
        if known is not None and self.inlined(variable):
            return known
        if known is not None and not known.loops:
            return Pointwise(self.names.variables[variable])
        return Pointwise(self.loop(variable), ((self.loop(variable), variable),))

    def inlined(self, variable: str) -> bool:
        """Whether a variable is written only where it is read, in the one place that reads it."""
        earlier, known = self.earlier, self.pointwise[variable]
        if earlier is None or variable == self.lowered.result:
            return False
        if variable in earlier.copied:
            return earlier.reads[variable] == 1
        plain = len(known.text) <= _MOST_INLINE and not {":=", "if"} & set(known.text.split())
        fits = variable in earlier.alone or (variable in earlier.among and is_atom(known.text))
        return plain and earlier.reads[variable] == 1 and fits

    def assign(self, name: str, value: str | Pointwise) -> None:
        """The statement that computes a variable, unless it is written where it is read."""
        if isinstance(value, Pointwise):
            source = dict(value.loops).get(value.text)
            if source and name != self.lowered.result:
                self.same[name] = source
                return
            self.pointwise[name] = value
            if self.inlined(name):
                return
            alike = not value.loops and name != self.lowered.result
            value = value.text if alike else self.listed(value)
            if value.startswith("range("):
                value = f"list({value})"  # Others index, repeat and join it as a list.
        self.body.append(f"{self.names.variables[name]} = {value}")

    def remark(self, name: str, value: str | Pointwise, text: str) -> None:
        """A comment on a variable, unless it is one value that stands where it is read."""
        if isinstance(value, Pointwise) and not value.loops:
            self.pointwise[name] = value
            if self.inlined(name):
                return
        self.body.append(f"# {text}")

    def listed(self, value: Pointwise) -> str:
        """The list of an expression's values by position."""
        sources = dict(value.loops)
        counted = sources.pop(INDEX, None) is not None
        columns = {loop: self._list(variable) for loop, variable in sources.items()}
        if not sources and not counted:
            return f"[{value.text}] * len({self.tokens_name})"
        if not sources:
            return each(value.text, INDEX, self._indices())
        loops, source = ", ".join(columns), ", ".join(columns.values())
        if len(columns) > 1:
            source = f"zip({source})"
            loops = f"({loops})" if counted else loops
        if counted:
            return f"[{value.text} for {INDEX}, {loops} in enumerate({source})]"
        return each(value.text, loops, source)

    def _indices(self) -> str:
        """What a loop over the positions goes through: a list of them if there is one anyway."""
        self.reads[POSITIONS] += 1
        listed = next(filter(self.lowered.is_positions, self.lowered.columns), None)
        earlier = self.earlier
        if listed is None or earlier is None:
            return f"range(len({self.tokens_name}))"
        if earlier.reads[POSITIONS] > 1 or listed in earlier.used:
            return self._list(listed)
        return f"range(len({self.tokens_name}))"

    # Parts.

    def import_from(self, module: str, name: str) -> None:
        """Use a name of the standard library, or with an empty name a module."""
        self.imports.add((module, name))

    def use(self, helper: str, value: str | None = None) -> str:
        """Call a function of `helpers`; the type of a value of `value` is that of its result."""
        kinds = self.helpers.setdefault(helper, set())
        if value is not None:
            kinds.add(self.annotation(value))
        return helper

    def constant(self, hint: str, text: str) -> str:
        """Define a constant of the module."""
        name = self.names.fresh(hint.upper())
        self.constants.append(f"{name} = {text}")
        return name

    def inline(self, hint: str, text: str) -> str:
        """A value that is used once: where it is used if it is short, else a constant."""
        return text if len(text) <= _SHORT else self.constant(hint, text)

    def store(self, key: str, value: Json) -> str:
        """Put a table into the data file; the expression that reads it in `run`."""
        if TABLES not in self.body:
            self.body.append(TABLES)
        return self.put(key, value).replace("data()", "tables", 1)

    def put(self, key: str, value: Json) -> str:
        """Put a table into the data file; the expression that reads it anywhere."""
        self.import_from("functools", "cache")
        self.import_from("hashlib", "sha256")
        self.import_from("json", "")
        self.import_from("pathlib", "Path")
        self.import_from("typing", "Any")
        while key in self.data:
            key += "_"
        self.data[key] = value
        return f'data()["{key}"]'

    def expression(self, function: Function, variable: str, hint: str) -> str:
        """An expression for the outcome of a value, its table defined where one is needed."""
        rendered = render(function, variable)
        if rendered.cost > TOO_LONG or _unreadable(rendered):
            stored = self._stored(function, variable, hint)
            if stored is not None:
                return stored
        return self.settle(rendered, hint)

    def by_position(self, function: Function, hint: str) -> str:
        """An outcome for each position there can be: a table, or a list by a formula."""
        if function.constant:
            return self.everywhere(function.outcomes[0])
        text, listed = literal(function.outcomes), cost(literal(function.outcomes))
        rendered = render(function, "i")
        if rendered.cost + _COMPREHENSION < listed:
            positions = next(filter(self.lowered.is_positions, self.lowered.columns))
            return each(self.settle(rendered, hint), "i", self.column(positions))
        if listed > TOO_LONG or (len(text) > _LINE and len(function.outcomes) > _MOST_LINES):
            return self.store(hint, [as_json(outcome) for outcome in function.outcomes])
        return self.inline(hint, text)

    def everywhere(self, value: Outcome) -> str:
        """One value for each position there can be."""
        return f"[{literal(value)}] * {self.lowered.max_length}"

    def settle(self, rendered: Rendered, hint: str) -> str:
        """The expression, its constants defined."""
        self.imports.update(rendered.imports)
        names = {suffix: self.constant(hint + suffix, t) for suffix, t in rendered.constants}
        return rendered.expression(names)

    def _stored(self, function: Function, variable: str, hint: str) -> str | None:
        values = function.universe.values
        outcomes = [as_json(outcome) for outcome in function.outcomes]
        if function.universe.counted:
            return f"{self.store(hint, list(outcomes))}[{variable}]"
        if not function.universe.ordered:
            stored = dict(zip(map(str, values), outcomes, strict=True))
            return f"{self.store(hint, stored)}[{variable}]"
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
