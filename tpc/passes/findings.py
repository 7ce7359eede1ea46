"""What the passes of one pipeline have found out, so that none finds it again."""

from __future__ import annotations

from tpc.ir.program import Program
from tpc.passes.promised import Promised
from tpc.proof.exhaustion import Exhaustion
from tpc.synthesis.decision_lists import DecisionLists


class Findings:
    """Kept for as long as a pipeline runs.

    Attributes:
        exhaustion: The labels of the input language, which every pass keeps, once they are known.
        lists: Decision lists of tables.
    """

    def __init__(self) -> None:
        self.exhaustion: Exhaustion | None = None
        self.lists = DecisionLists()
        self._promised: Promised | None = None

    def promised(self, program: Program) -> Promised:
        """What can occur in a program; passes that leave it as it is share that."""
        if self._promised is None or self._promised.program is not program:
            self._promised = Promised(program)
        return self._promised
