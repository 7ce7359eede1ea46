"""What a pass is, what it is told, and what is found out once for all passes of a pipeline."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

from tpc.ir.nodes import Aggregate, Classify, Select, operands
from tpc.ir.numbers import counted
from tpc.ir.program import Program
from tpc.ir.types import Real
from tpc.proof.covering import covering_strings
from tpc.proof.equality import exhaustible
from tpc.proof.evidence import Evidence, sampled, whole_language
from tpc.proof.portfolio import compare_guess
from tpc.proof.verdict import Verdict
from tpc.semantics.arrays import Mask
from tpc.semantics.strings import EXHAUSTIVE_LIMIT, every_string, input_language
from tpc.semantics.value_sets import ValueSets
from tpc.synthesis.decision_lists import DecisionLists

#: Where a pass keeps the answers.
#: `every_string`: the raw label at every position of every string over the vocabulary;
#: `language`: at the scored positions of every string of the program's input language;
#: `data`: nowhere for certain: it was measured on named data.
Exactness: TypeAlias = Literal["every_string", "language", "data"]

Statistic: TypeAlias = int | float | str

#: Pairs of tokens at all positions of all shapes of a language, beyond which nothing is guessed:
#: what a head looks for is a formula for each of them.
_MOST_PAIRS = 60_000


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
        guessed: Whether it is right on a sample of strings only, and has to be proved.
    """

    program: Program
    changed: bool
    statistics: Mapping[str, Statistic] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    restated: bool = False
    guessed: bool = False

    @property
    def counted(self) -> str:
        """The statistics in words."""
        return ", ".join(f"{what}: {value}" for what, value in self.statistics.items())


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
    guessed: bool = False,
) -> PassResult:
    """The result of a rewriting, `changed` decided by comparison."""
    changed = after != before
    program = after if changed else before
    return PassResult(program, changed, statistics or {}, skipped, guessed=changed and guessed)


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


@dataclass
class Findings:
    """What has been found out, kept for as long as a pipeline runs.

    Args:
        lists: Decision lists of tables.
        evidence: Strings of the input language with their labels, which every pass keeps.
        covering: Whether a sample has been made to show all combinations of values, if it can be.
        promised: What can occur in the latest program that was looked at.
        analysed: The program whose strings were asked for first: what passes by analysis alone made
            of the one that was given.
    """

    lists: DecisionLists = field(default_factory=DecisionLists)
    evidence: Evidence | None = None
    covering: bool = False
    promised: Promised | None = None
    analysed: Program | None = None


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
        decide: Says whether two programs have the same labels on the whole input language; asked
            where a pass has guessed.
        findings: What passes of the pipeline have found out so far.
    """

    exhaustive_limit: int = EXHAUSTIVE_LIMIT
    approximation: ApproximationBudget | None = None
    original: Program | None = None
    restated: bool = False
    decide: Callable[[Program, Program], Verdict] = field(default=compare_guess, repr=False)
    findings: Findings = field(default_factory=Findings, compare=False, repr=False)

    def promised(self, program: Program) -> Promised:
        """What can occur in a program; passes that leave it as it is share that."""
        known = self.findings.promised
        if known is None or known.program is not program:
            known = self.findings.promised = Promised(program)
        return known

    def evidence(self, program: Program) -> Evidence | str:
        """Strings of the input language with their labels, or why nothing could be proved of them.

        They are all strings where these can be gone through, else a sample.
        """
        if self.findings.evidence is not None:
            return self.findings.evidence
        if self.findings.analysed is None:
            self.findings.analysed = program
        if exhaustible(program, self.exhaustive_limit):
            found = whole_language(program)
        elif reason := unprovable(program):
            return reason
        else:
            found = sampled(program)
        self.findings.evidence = found
        return found

    def covering_evidence(self, program: Program) -> Evidence | str:
        """As `evidence`; a sample shows all combinations of values, where these can be followed.

        What is tried on it node by node is seldom refuted.
        """
        found = self.evidence(program)
        if isinstance(found, str) or found.whole or self.findings.covering:
            return found
        self.findings.covering = True
        strings = covering_strings(program)
        if strings is not None:
            found = self.findings.evidence = found.with_strings(program, strings)
        return found


def unprovable(program: Program) -> str:
    """Why a guess about a program whose language cannot be gone through is not worth a proof.

    Returns:
        A sentence, empty if it is worth it.
    """
    count = counted(program.language.count(program.max_length))
    many = f"the input language has {count} strings, too many to go through"
    pairs = 0
    for shape in program.language.shapes(program.max_length):
        pairs += sum(len(slot.tokens) ** 2 for slot in shape)
        if pairs > _MOST_PAIRS:
            return f"{many}, of too many tokens for a proof"
    if any(isinstance(node.type, Real) for node in program.nodes):
        return f"{many}, and the program adds numbers that are not whole"
    return ""


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
