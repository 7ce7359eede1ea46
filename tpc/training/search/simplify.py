"""What a search ends with, and goes on from where it gains little: what is needed to be right.

A search adds parts for what they gain at the time, and later ones can make up for them. A program
is to be read, so whatever costs more to say than it lowers the loss is left out, as long as no more
labels become wrong. The places that this frees are for what gains more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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


@dataclass(frozen=True)
class _Kept:
    """The network so far, on all training rows, and how many labels it has wrong on others."""

    evaluation: Evaluation
    val: Rows
    val_errors: int

    def or_instead(self, found: Evaluation, saved: float = 0.0) -> _Kept:
        """What was found, if it costs no more loss than it saves and no label; else this."""
        if found is self.evaluation or found.errors > self.evaluation.errors:
            return self
        if found.loss > self.evaluation.loss + saved:
            return self
        errors = Evaluation.of(found.choices, self.val).errors
        return _Kept(found, self.val, errors) if errors <= self.val_errors else self


def simplified(evaluation: Evaluation, val: Rows) -> Evaluation:
    """The network with fewer rows in its classifier, and plainer predicates and tables.

    Args:
        evaluation: On all training rows.
        val: Other rows. On neither are more labels wrong afterwards.
    """
    kept = _Kept(evaluation, val, Evaluation.of(evaluation.choices, val).errors)
    kept = kept.or_instead(refitted(kept.evaluation, _ITERATIONS))
    for name in classified(kept.evaluation.choices)[::-1]:
        found = refitted(without_rows(kept.evaluation, name), _ITERATIONS, inputs=False)
        kept = kept.or_instead(found, _saved(kept.evaluation, name))
    for name in kept.evaluation.choices.components[::-1]:
        if name in used(kept.evaluation.choices):
            kept = _plainer(kept, name)
    return kept.or_instead(refitted(kept.evaluation, _ITERATIONS, inputs=False)).evaluation


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


def _plainer(kept: _Kept, name: str) -> _Kept:
    """The network with usual entries where others are no better: all of them, or one by one."""
    choice = _choice(kept.evaluation, name)
    entries = Entries.of(choice, kept.evaluation.values)
    unusual = entries.unusual(entries_of(choice))
    if len(unusual) == 0:
        return kept
    cost = entry_cost(kept.evaluation)
    found = _with_entries(kept.evaluation, name, entries.usual.clone())
    plain = kept.or_instead(found, len(unusual) * cost)
    if plain is not kept:
        return plain
    few = kept.evaluation.thinned(POSITIONS)
    for index in unusual.tolist():
        changed = entries_of(_choice(kept.evaluation, name)).clone()
        changed[index] = entries.usual[index]
        # Most are needed, which some of the rows show.
        found_few = _with_entries(few, name, changed)
        if found_few.errors > few.errors:
            continue
        better = kept.or_instead(_with_entries(kept.evaluation, name, changed), cost)
        if better is not kept:
            kept, few = better, found_few
    return kept


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
