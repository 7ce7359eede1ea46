"""What `-O0` to `-O3` run, and the one call that runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tpc.diagnostics import TpcError
from tpc.evaluation.sizes import Size, program_size
from tpc.ir.program import Program
from tpc.passes.base import Pass, PassContext
from tpc.passes.manager import PassManager, PassRecord
from tpc.passes.spec import parse_pipeline

LEVELS = (0, 1, 2, 3)
DEFAULT_LEVEL = 1

_ANALYSED = (
    "prune,simplify-selects,simplify-tables,merge-equal,simplify-classifier,merge-values,"
    "simplify-tables,prune"
)
_ASSUMED = f"{_ANALYSED},assume-language,{_ANALYSED}"
_SOLVED = (
    f"drop-cases,{_ANALYSED},choose-features,resolve-tables,{_ANALYSED},drop-cases,"
    f"fold-features,{_ANALYSED},anchor-class"
)
_READABLE = "shorten-tables,order-nodes,name-variables"
_PROVED = "recover-origins,prove"

#: The passes of each level, as `-p` takes them.
PIPELINES: dict[int, str] = {
    0: "",
    1: _ANALYSED,
    2: f"{_ASSUMED},{_SOLVED},{_PROVED}",
    3: f"{_ASSUMED},rule-and-exceptions,{_SOLVED},{_READABLE},{_PROVED}",
}


@dataclass(frozen=True)
class OptimisationResult:
    """What optimising a program gave.

    Args:
        program: The optimised program.
        before: The size of the program that was given.
        after: The size of the optimised program.
        records: The passes in order.
    """

    program: Program
    before: Size
    after: Size
    records: tuple[PassRecord, ...]

    @property
    def skipped(self) -> tuple[str, ...]:
        """What was left alone because nothing could be proved, once each."""
        found = (text for record in self.records for text in record.result.skipped)
        return tuple(dict.fromkeys(found))


def pipeline(level: int) -> tuple[Pass, ...]:
    """The passes of a level.

    Raises:
        TpcError: There is no such level.
    """
    if level not in PIPELINES:
        raise TpcError(f"there is no -O{level}", hint="levels are -O0, -O1, -O2 and -O3")
    return parse_pipeline(PIPELINES[level]) if PIPELINES[level] else ()


def optimise(
    program: Program,
    level: int = DEFAULT_LEVEL,
    *,
    passes: tuple[Pass, ...] | None = None,
    context: PassContext | None = None,
    verify_each: bool = False,
    on_program: Callable[[str, bool, Program], None] | None = None,
) -> OptimisationResult:
    """Make a program smaller without changing what it promises.

    Args:
        program: A verified program.
        level: 0 does nothing; 1 keeps every label on every string over the vocabulary; 2 and 3
            keep the labels at the scored positions of the input language, 3 for a reader.
        passes: Run these instead of the level's.
        context: What passes are told; by default nothing special.
        verify_each: Compare answers before and after each pass.
        on_program: Told the name of each pass, whether it changed anything, and the program.

    Raises:
        TpcError: There is no such level, or a pass cannot run.
    """
    manager = PassManager(context or PassContext(), verify_each)
    if on_program is not None:
        manager = PassManager(manager.context, verify_each, on_program)
    chosen = pipeline(level) if passes is None else passes
    after, records = manager.run(program, chosen)
    return OptimisationResult(after, program_size(program), program_size(after), records)
