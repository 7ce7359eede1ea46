"""Whether two programs answer alike on a whole input language: everything that can decide it.

Cheap members first: programs that compute the same; all strings, where there are few, else a
sample; counts, where only they matter; then, shape by shape, strings again and the solver. What a
member may spend is counted, never timed: the same programs and the same budget have the same
verdict, whatever the machine and however many processes work on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

import numpy as np

from tpc.ir.language import Slot
from tpc.ir.program import Program
from tpc.proof.combinations import combination_columns
from tpc.proof.covering import covering_strings
from tpc.proof.cubes import DifferentLabels, Effort, Question, settle
from tpc.proof.equality import LabelComparison, compare_on_given, compare_on_language
from tpc.proof.exhaustion import Exhaustion
from tpc.proof.parallel import in_order, processors
from tpc.proof.product import product
from tpc.proof.query import Answer, Possible, Undecided, solver_name
from tpc.proof.values import NotEncodableError
from tpc.proof.verdict import Proved, Refuted, Unknown, Verdict
from tpc.semantics.interpreter import evaluate
from tpc.semantics.shrinking import Ids, shrink
from tpc.semantics.strings import EXHAUSTIVE_LIMIT

Shape: TypeAlias = tuple[Slot[int], ...]

#: Languages of more shapes are not gone through shape by shape.
_MAX_SHAPES = 5_000


@dataclass(frozen=True)
class Budget:
    """What may be spent on one comparison.

    Args:
        strings: Input languages of up to this many strings are exhausted.
        effort: Of the solver on one shape.
        brief: Of the solver on one shape before its strings are gone through.
        computed: Positions of strings that are computed when shapes are gone through.
        persistent: Whether to go on when something is left open, so that nothing can be proved any
            more: a difference can still be found.
        processes: That work at the same time, by default one for each processor; no verdict
            depends on it.
    """

    strings: int = EXHAUSTIVE_LIMIT
    effort: Effort = field(default_factory=Effort)
    brief: float = 2.0
    computed: int = 10_000_000_000
    persistent: bool = True
    processes: int | None = None

    @property
    def workers(self) -> int:
        """How many processes work."""
        return self.processes or processors()


#: Enough for all that a user asks for.
THOROUGH = Budget()

#: For the proof at the end of a pipeline.
FINAL = Budget(effort=Effort(total=10.0), computed=2_000_000_000, persistent=False)

#: For what a pass guessed: of the solver in all shapes, and on one; of compiled code.
_GUESS, _GUESS_SHAPE, _GUESS_COMPUTED = 80.0, 8.0, 300_000_000


def compare_guess(one: Program, other: Program) -> Verdict:
    """What `compare` says within a smaller budget: passes ask often, and can do without."""
    shapes = max(1, one.language.shape_count(one.max_length))
    total = min(_GUESS_SHAPE, _GUESS / shapes)
    budget = Budget(
        effort=Effort(total=total),
        brief=min(2.0, total),
        computed=_GUESS_COMPUTED,
        persistent=False,
    )
    return compare(one, other, budget)


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
    if sample.counterexample is not None:
        return _refuted(one, other, sample.counterexample)
    if one.language.count(one.max_length) <= budget.strings:
        return Proved(f"all {sample.strings:,} inputs compared")
    columns = combination_columns(merged)
    if columns is not None:
        if np.array_equal(columns[merged.result], columns[second]):
            count = len(columns[second])
            return Proved(f"all {count:,} combinations of token, position and counts compared")
        shown = covering_strings(merged)
        if shown is not None:
            found = compare_on_given(one, other, shown)
            assert found.counterexample is not None, "they show every combination"
            return _refuted(one, other, found.counterexample)
    if one.language.shape_count(one.max_length) > _MAX_SHAPES:
        return Unknown("the input language has too many shapes", _sampled(sample))
    if not budget.effort.total and not budget.computed:
        return Unknown("what only going through its shapes could settle", _sampled(sample))
    left, settled = _by_shape(
        one, other, lambda: Exhaustion(merged, (merged.result, second)), budget
    )
    if left.found is not None:
        return _refuted(one, other, left.found)
    if not left.shapes:
        return Proved(", ".join(settled))
    total = sum(1 for shape in one.language.shapes(one.max_length) if shape)
    why = "".join(f" ({reason})" for reason in left.reasons)
    open_ = f"{len(left.shapes):,} of {total:,} shapes of the input language{why}"
    return Unknown(open_, f"{_sampled(sample)}, {left.effort:,.0f} units of {solver_name()}")


@dataclass
class _Open:
    """What is left of a comparison, and what was spent on it."""

    shapes: list[Shape]
    reasons: dict[str, None] = field(default_factory=dict)
    effort: float = 0.0
    found: Ids | None = None


def _by_shape(
    one: Program, other: Program, exhaustion: Callable[[], Exhaustion], budget: Budget
) -> tuple[_Open, list[str]]:
    """The solver briefly, then compiled code, then the solver again, on what is left each time.

    Returns:
        What is still open, and by what the rest was settled.
    """
    left = _Open([shape for shape in one.language.shapes(one.max_length) if shape])
    question, settled = DifferentLabels(one, other), list[str]()
    if budget.effort.total > budget.brief:
        brief = replace(budget.effort, total=budget.brief)
        settled += _ask(question, left, replace(budget, effort=brief))
    few = [shape for shape in left.shapes if _strings(shape) <= budget.computed]
    if few and left.found is None and (budget.persistent or few == left.shapes):
        settled += _go_through(exhaustion(), left, budget)
    if left.shapes and left.found is None:
        settled += _ask(question, left, budget)
    return left, settled


def _ask(question: Question, left: _Open, budget: Budget) -> list[str]:
    """Ask the solver about the shapes that are left."""
    asked, still = list(left.shapes), list[Shape]()
    found = answers(question, asked, budget.effort, budget.workers)
    for number, answer in enumerate(found):
        shape = asked[number]
        if isinstance(answer, Possible):
            left.found = answer.ids
            return []
        if isinstance(answer, str):
            left.reasons[answer] = None
        else:
            left.effort += answer.effort
        if isinstance(answer, str | Undecided):
            still.append(shape)
            if not budget.persistent:
                still += asked[number + 1 :]
                break
    left.shapes = still
    solved = len(asked) - len(still)
    return [f"{solver_name()} on {solved:,} shapes of the language"] if solved else []


def _go_through(exhaustion: Exhaustion, left: _Open, budget: Budget) -> list[str]:
    """Go through all strings of the shapes that are left, as far as the budget goes."""
    room, still, strings = budget.computed, list[Shape](), 0
    if not budget.persistent and sum(map(exhaustion.work, left.shapes)) > room:
        return []
    for shape in left.shapes:
        work = exhaustion.work(shape)
        if work > room:
            still.append(shape)
            continue
        room -= work
        left.found = exhaustion.difference(shape, budget.workers)
        if left.found is not None:
            return []
        strings += _strings(shape)
    left.shapes = still
    by = "compiled code" if exhaustion.compiled else "NumPy"
    return [f"{by} on {strings:,} inputs"] if strings else []


def answers(
    question: Question, shapes: Sequence[Shape], effort: Effort, processes: int = 1
) -> Iterator[Answer | str]:
    """What the solver says of a question on each shape, in order.

    Args:
        question: What may never be true.
        shapes: None of them empty.
        effort: What may be spent on each.
        processes: That work at the same time.

    Yields:
        An answer, or why there can be none.
    """
    yield from in_order(partial(_answer, question, effort), shapes, processes)


def _answer(question: Question, effort: Effort, shape: Shape) -> Answer | str:
    try:
        return settle(question, shape, effort)
    except NotEncodableError as error:
        return str(error)


def _refuted(one: Program, other: Program, found: Ids) -> Refuted:
    """The counterexample made small, as the interpreter confirms it."""

    def difference(ids: Ids) -> int | None:
        first, second = (evaluate(p, ids).columns[p.result] for p in (one, other))
        scored = one.language.scored(ids, one.max_length) or ()
        if one.label_type.pooled:
            return 0 if scored and first != second else None
        rows = enumerate(zip(first, second, scored, strict=True))
        return next((place for place, (a, b, told) in rows if told and a != b), None)

    ids = shrink(one, found, lambda ids: difference(ids) is not None)
    position = difference(ids)
    assert position is not None, "the interpreter and batches agree"
    return Refuted(ids, position)


def _strings(shape: Shape) -> int:
    return math.prod(len(slot.tokens) for slot in shape)


def _sampled(sample: LabelComparison) -> str:
    return f"{sample.strings:,} inputs sampled"
