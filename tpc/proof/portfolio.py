"""Whether two programs answer alike on a whole input language: everything that can decide it.

Cheap members first: programs that compute the same; all strings, where there are few, else a
sample; counts, where only they matter; then, shape by shape, strings again and the solver. What a
member may spend is counted, never timed: the same programs and the same budget have the same
verdict, whatever the machine and however many processes work on it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_all_start_methods, get_context

import numpy as np

from tpc.ir.language import Slot
from tpc.ir.program import Program
from tpc.proof.counting import counted_columns
from tpc.proof.cubes import DifferentLabels, Effort, Question, settle
from tpc.proof.equality import LabelComparison, compare_on_language
from tpc.proof.product import product
from tpc.proof.query import Answer, Possible, Undecided, solver_name
from tpc.proof.values import NotEncodableError
from tpc.proof.verdict import Proved, Refuted, Unknown, Verdict
from tpc.semantics.interpreter import evaluate
from tpc.semantics.shrinking import Ids, shrink
from tpc.semantics.strings import EXHAUSTIVE_LIMIT

#: Languages of more shapes are not gone through shape by shape.
_MAX_SHAPES = 5_000


@dataclass(frozen=True)
class Budget:
    """What may be spent on one comparison.

    Args:
        strings: Input languages of up to this many strings are exhausted.
        effort: Of the solver on one shape.
        processes: That work at the same time, by default one for each processor; no verdict
            depends on it.
    """

    strings: int = EXHAUSTIVE_LIMIT
    effort: Effort = field(default_factory=Effort)
    processes: int | None = None


#: Enough for all that a user asks for.
THOROUGH = Budget()

#: For a pass that asks often: what is not easily decided is left alone.
QUICK = Budget(effort=Effort(total=2.0), processes=1)


def compare(one: Program, other: Program, budget: Budget = THOROUGH) -> Verdict:
    """Whether two programs have the same labels at all scored positions.

    Args:
        one: The program whose input language is taken.
        other: A program over the same vocabulary and classes, in the same order.
        budget: What may be spent.
    """
    merged, second = product(one, other)
    if second == merged.result:
        return Proved("both programs compute the same")
    sample = compare_on_language(one, other, budget.strings)
    if not sample.equal:
        return _refuted(one, other, sample)
    if one.language.count(one.max_length) <= budget.strings:
        return Proved(f"all {sample.strings:,} inputs compared")
    columns = counted_columns(merged)
    if columns is not None and np.array_equal(columns[merged.result], columns[second]):
        count = len(columns[second])
        return Proved(f"all {count:,} combinations of token, position and counts compared")
    if one.language.shape_count(one.max_length) > _MAX_SHAPES:
        return Unknown("the input language has too many shapes", _sampled(sample))
    return _solved(one, other, budget, sample)


def _solved(one: Program, other: Program, budget: Budget, sample: LabelComparison) -> Verdict:
    shapes = [shape for shape in one.language.shapes(one.max_length) if shape]
    spent, open_, reasons = 0.0, 0, dict[str, None]()
    for answer in answers(DifferentLabels(one, other), shapes, budget):
        if isinstance(answer, str):
            open_ += 1
            reasons[answer] = None
            continue
        spent += answer.effort
        if isinstance(answer, Possible):
            return _refuted(one, other, LabelComparison(1, 1, answer.ids))
        open_ += isinstance(answer, Undecided)
    if not open_:
        return Proved(f"{solver_name()} on all {len(shapes):,} shapes of the input language")
    why = "".join(f" ({reason})" for reason in reasons)
    left = f"{open_:,} of {len(shapes):,} shapes of the input language{why}"
    return Unknown(left, f"{_sampled(sample)}, {spent:,.0f} units of {solver_name()}")


def answers(
    question: Question, shapes: Sequence[tuple[Slot[int], ...]], budget: Budget
) -> Iterator[Answer | str]:
    """What the solver says of a question on each shape, in order.

    Args:
        question: Which must be picklable where several processes work.
        shapes: None of them empty.
        budget: What may be spent.

    Yields:
        An answer, or why there can be none.
    """
    processes = budget.processes or os.cpu_count() or 1
    asked = partial(_answer, question, budget.effort)
    if min(processes, len(shapes)) == 1 or "fork" not in get_all_start_methods():
        yield from map(asked, shapes)
        return
    # Forked, as a script that calls this need not guard its main program.
    pool = ProcessPoolExecutor(min(processes, len(shapes)), get_context("fork"))
    try:
        yield from pool.map(asked, shapes)
    finally:
        pool.shutdown(cancel_futures=True)


def _answer(question: Question, effort: Effort, shape: tuple[Slot[int], ...]) -> Answer | str:
    try:
        return settle(question, shape, effort)
    except NotEncodableError as error:
        return str(error)


def _refuted(one: Program, other: Program, found: LabelComparison) -> Refuted:
    """The counterexample made small, as the interpreter confirms it."""
    assert found.counterexample is not None, "checked by the caller"

    def difference(ids: Ids) -> int | None:
        first, second = (evaluate(p, ids).columns[p.result] for p in (one, other))
        scored = one.language.scored(ids, one.max_length) or ()
        if one.label_type.pooled:
            return 0 if scored and first != second else None
        rows = enumerate(zip(first, second, scored, strict=True))
        return next((place for place, (a, b, told) in rows if told and a != b), None)

    ids = shrink(one, found.counterexample, lambda ids: difference(ids) is not None)
    position = difference(ids)
    assert position is not None, "the interpreter and batches agree"
    return Refuted(ids, position)


def _sampled(sample: LabelComparison) -> str:
    return f"{sample.strings:,} inputs sampled"
