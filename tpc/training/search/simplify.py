"""What a search ends with: leave out what is not needed to be right.

A search adds parts for what they gain at the time, and later ones can make up for them. A program
is to be read, so at its end whatever costs more to say than it lowers the loss is left out, as long
as no more labels become wrong.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from tpc.model.choices import HeadChoice, TableChoice, writable
from tpc.training.search.blocks import POSITIONS
from tpc.training.search.compound import Entries, entries_of, entry_cost, rows_cost
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.gain import without_rows
from tpc.training.search.refit import refitted
from tpc.training.search.rows import Rows
from tpc.training.search.use import classified, used

_SHORT, _ITERATIONS = 10, 50


def simplified(evaluation: Evaluation, val: Rows) -> Evaluation:
    """The network with fewer rows in its classifier, and plainer predicates and tables.

    Args:
        evaluation: On all training rows.
        val: Other rows. On neither are more labels wrong afterwards.
    """
    fitted = refitted(evaluation, _ITERATIONS)
    if _is_as_good(fitted, evaluation, 0, val):
        evaluation = fitted
    for name in classified(evaluation.choices)[::-1]:
        evaluation = _without(evaluation, name, val)
    for name in evaluation.choices.components[::-1]:
        if name in used(evaluation.choices):
            evaluation = _plainer(evaluation, name, val)
    fitted = refitted(evaluation, _ITERATIONS, inputs=False)
    return fitted if _is_as_good(fitted, evaluation, 0, val) else evaluation


def freed(evaluation: Evaluation) -> Evaluation:
    """The network without the rows of heads and MLPs that cost more to say than they gain.

    Labels may become wrong: the places are for what gains more.
    """
    for name in classified(evaluation.choices)[::-1]:
        if name not in evaluation.choices.components:
            continue
        found = refitted(without_rows(evaluation, name), _SHORT)
        if found.loss <= evaluation.loss + _saved(evaluation, name):
            evaluation = found
    return evaluation


def _saved(evaluation: Evaluation, name: str) -> float:
    """What a variable's rows cost, in units of the loss."""
    rows = evaluation.choices.rows_of(name)
    return rows_cost(evaluation, rows.stop - rows.start)


def _without(evaluation: Evaluation, name: str, val: Rows) -> Evaluation:
    """The network without a variable's rows, if that is no loss; else as it is."""
    found = refitted(without_rows(evaluation, name), _ITERATIONS, inputs=False)
    good = _is_as_good(found, evaluation, _saved(evaluation, name), val)
    return found if good else evaluation


def _plainer(evaluation: Evaluation, name: str, val: Rows) -> Evaluation:
    """The network with usual entries where others are no better: all of them, or one by one."""
    choice = _choice(evaluation, name)
    entries = Entries.of(choice, evaluation.values)
    unusual = entries.unusual(entries_of(choice))
    if len(unusual) == 0:
        return evaluation
    cost = entry_cost(evaluation)
    found = _with_entries(evaluation, name, entries.usual.clone())
    if _is_as_good(found, evaluation, len(unusual) * cost, val):
        return found
    few = evaluation.thinned(POSITIONS)
    for index in unusual.tolist():
        changed = entries_of(_choice(evaluation, name)).clone()
        changed[index] = entries.usual[index]
        # Most are needed, which some of the rows show.
        found_few = _with_entries(few, name, changed)
        if found_few.errors > few.errors:
            continue
        found = _with_entries(evaluation, name, changed)
        if _is_as_good(found, evaluation, cost, val):
            evaluation, few = found, found_few
    return evaluation


def _choice(evaluation: Evaluation, name: str) -> HeadChoice | TableChoice:
    choices = evaluation.choices
    return choices.heads[name] if name in choices.heads else choices.mlps[name]


def _with_entries(evaluation: Evaluation, name: str, entries: Tensor) -> Evaluation:
    """The network with another predicate or table, if weights can say it."""
    choice = _choice(evaluation, name)
    if isinstance(choice, HeadChoice):
        return evaluation.changed(name, replace(choice, wanted=entries))
    changed = replace(choice, table=entries)
    if not writable(evaluation.choices.config, name, changed):
        return evaluation
    return evaluation.changed(name, changed)


def _is_as_good(found: Evaluation, evaluation: Evaluation, saved: float, val: Rows) -> bool:
    if found.errors > evaluation.errors or found.loss > evaluation.loss + saved:
        return False
    errors = (Evaluation.of(one.choices, val).errors for one in (found, evaluation))
    return next(errors) <= next(errors)
