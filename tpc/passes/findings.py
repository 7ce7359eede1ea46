"""What can be found out about a program once for all passes of a pipeline."""

from __future__ import annotations

from tpc.ir.nodes import Aggregate, Classify, Select, operands
from tpc.ir.program import Program
from tpc.proof.equality import exhaustible, scored_columns
from tpc.semantics.arrays import Array, Mask
from tpc.semantics.frames import every_string, input_language
from tpc.semantics.value_sets import ValueSets
from tpc.synthesis.decision_lists import DecisionLists


class Findings:
    """Kept for as long as a pipeline runs.

    Attributes:
        lists: Decision lists of tables.
    """

    def __init__(self) -> None:
        self.lists = DecisionLists()
        self._labels: Array | None = None
        self._promised: Promised | None = None

    def promised(self, program: Program) -> Promised:
        """What can occur in a program; passes that leave it as it is share that."""
        if self._promised is None or self._promised.program is not program:
            self._promised = Promised(program)
        return self._promised

    def evidence(self, program: Program, limit: int) -> Array | str:
        """The labels of the whole input language at scored positions, which every pass keeps.

        Args:
            program: Any program of the pipeline.
            limit: The most strings of a language that is gone through.

        Returns:
            The labels, or why they cannot be computed.
        """
        if self._labels is not None:
            return self._labels
        if program.label_type.pooled:
            return "one label for a whole sequence is not supported"
        if not exhaustible(program, limit):
            count = program.language.count(program.max_length)
            size = f"{count:,}" if count < 10**15 else f"about 10^{len(str(count)) - 1}"
            return f"the input language has {size} strings, too many to go through"
        self._labels = scored_columns(program, [program.result])[program.result]
        return self._labels


class Promised:
    """What can occur in a program on the strings that its contract covers.

    Masks are over `program.range_of(name)`; real variables are left out.

    Args:
        program: A verified program.

    Attributes:
        everywhere: The variables whose values matter at positions that are not scored, too.
        frames: The strings.
        values: What can occur on each of them.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.everywhere = _read_everywhere(program)
        covered = every_string if program.contract.scope == "every_string" else input_language
        self.frames = covered(program)
        self.values = ValueSets(program)

    def anywhere(self) -> dict[str, Mask]:
        """The values that each variable can have at any position."""
        return self.values.possible(self.frames)

    def answered(self) -> dict[str, Mask]:
        """The values that each variable can have at positions whose label is promised."""
        if self.program.result in self.everywhere:
            return self.anywhere()
        return self.values.possible(self.frames, "scored")

    def mattering(self) -> dict[str, Mask]:
        """The values that each variable can have at positions where it matters."""
        anywhere, answered = self.anywhere(), self.answered()
        return {
            name: (anywhere if name in self.everywhere else answered)[name] for name in anywhere
        }


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
