"""On which strings, and where in them, a program has to keep its answers."""

from __future__ import annotations

from tpc.ir.nodes import Aggregate, Classify, Select, operands
from tpc.ir.program import Program
from tpc.semantics.arrays import Mask
from tpc.semantics.frames import Frame, every_string, input_language, scored_only
from tpc.semantics.select_choices import SelectChoices, select_choices
from tpc.semantics.value_sets import ValueSets


class Promised:
    """What can occur in a program on the strings that its contract covers.

    Masks are over `program.range_of(name)`; real variables are left out.

    Args:
        program: A verified program.

    Attributes:
        everywhere: The variables whose values matter at positions that are not scored, too.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.everywhere = _read_everywhere(program)
        self._frames = _frames(program)
        self._values = ValueSets(program)

    def anywhere(self) -> dict[str, Mask]:
        """The values that each variable can have at any position."""
        return self._values.possible(self._frames)

    def answered(self) -> dict[str, Mask]:
        """The values that each variable can have at positions whose label is promised."""
        if self.program.result in self.everywhere:
            return self.anywhere()
        return self._values.possible(self._frames, "scored")

    def mattering(self) -> dict[str, Mask]:
        """The values that each variable can have at positions where it matters."""
        anywhere, answered = self.anywhere(), self.answered()
        return {
            name: (anywhere if name in self.everywhere else answered)[name] for name in anywhere
        }

    def choices(self) -> dict[str, SelectChoices]:
        """What each select can meet at positions where its pattern matters."""
        found = select_choices(self._values, self._frames)
        if self.program.result in self.everywhere:
            return found
        scored = select_choices(self._values, scored_only(self._frames))
        return {n: (found if n in self.everywhere else scored)[n] for n in found}


def _frames(program: Program) -> list[Frame]:
    """The strings that the program's contract covers."""
    if program.contract.scope == "every_string":
        return every_string(program)
    return input_language(program)


def _read_everywhere(program: Program) -> set[str]:
    """The variables whose values matter at positions that are not scored, too.

    The label matters where it is promised, and with it what is computed position by position;
    keys and values of a head matter wherever it may look.
    """
    classifier = program.by_name[program.result]
    pooled = isinstance(classifier, Classify) and classifier.pool != "none"
    everywhere: set[str] = set()
    if program.contract.scope == "every_string" or pooled:
        everywhere.add(program.result)
    for node in reversed(program.nodes):
        match node:
            case Aggregate():
                everywhere.add(node.value)
                if node.name in everywhere:
                    everywhere.add(node.pattern)
            case Select():
                everywhere.add(node.key)
                if node.name in everywhere:
                    everywhere.add(node.query)
            case _:
                if node.name in everywhere:
                    everywhere.update(operands(node))
    return everywhere
