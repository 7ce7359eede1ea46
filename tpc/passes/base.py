"""What a pass is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

from tpc.ir.program import Program
from tpc.passes.findings import Findings, Promised
from tpc.semantics.arrays import Array

#: Where a pass keeps the answers.
#: `every_string`: the raw label at every position of every string over the vocabulary;
#: `language`: at the scored positions of every string of the program's input language;
#: `data`: nowhere for certain: it was measured on named data.
Exactness: TypeAlias = Literal["every_string", "language", "data"]

Statistic: TypeAlias = int | float | str


@dataclass(frozen=True)
class PassResult:
    """What a pass made of a program.

    Args:
        program: The program afterwards; the same object if nothing changed.
        changed: Whether it is another program.
        statistics: What was counted, for `--timing` and reports.
        skipped: What the pass left alone because nothing could be proved, each a sentence for the
            user.
        restated: Whether the answer was chosen anew, together with all that it is computed from.
    """

    program: Program
    changed: bool
    statistics: Mapping[str, Statistic] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    restated: bool = False


class Pass(ABC):
    """A rewriting of programs: a frozen dataclass, whose fields are its options.

    Attributes:
        name: As given to `-p`, words joined by `-`.
        exactness: Where the answers are kept.
        summary: One line for `--list`.
    """

    name: ClassVar[str]
    exactness: ClassVar[Exactness]
    summary: ClassVar[str]

    @abstractmethod
    def run(self, program: Program, context: PassContext) -> PassResult:
        """Rewrite a verified program.

        Raises:
            TpcError: The pass needs something that the program or the context does not have.
        """


def result(
    before: Program,
    after: Program,
    statistics: Mapping[str, Statistic] | None = None,
    skipped: tuple[str, ...] = (),
) -> PassResult:
    """The result of a rewriting, `changed` decided by comparison."""
    changed = after != before
    return PassResult(after if changed else before, changed, statistics or {}, skipped)


@dataclass(frozen=True)
class ApproximationBudget:
    """What a pass of exactness `data` may lose, and where it is measured.

    Args:
        name: Of the data, for the report.
        rows: Sequences of words with their true labels (one label if the program is pooled).
        accuracy_loss: The most that the fraction of right labels may fall by, or F1 where labels
            mark spans.
    """

    name: str
    rows: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    accuracy_loss: float


@dataclass(frozen=True)
class PassContext:
    """What passes are told besides the program.

    Args:
        exhaustive_limit: Input languages of up to this many strings are exhausted.
        approximation: Given with `--allow-approx` only.
        original: The program that the pipeline was given, if that is known: what is proved is
            proved against it.
        restated: Whether a pass of the pipeline has chosen the answer anew, together with all that
            it is computed from: then there is nothing to choose any more.
        findings: What passes of the pipeline have found out so far.
    """

    exhaustive_limit: int = 2_000_000
    approximation: ApproximationBudget | None = None
    original: Program | None = None
    restated: bool = False
    findings: Findings = field(default_factory=Findings, compare=False, repr=False)

    def promised(self, program: Program) -> Promised:
        """What can occur in a program on the strings that its contract covers."""
        return self.findings.promised(program)

    def evidence(self, program: Program) -> Array | str:
        """The labels of the whole input language at scored positions, or why they are not known."""
        return self.findings.evidence(program, self.exhaustive_limit)
