"""What a search ends with, and goes on from where it gains little: what is needed to be right.

A search adds parts for what they gain at the time, and later ones can make up for them. A program
is to be read, so whatever has a longer description than it lowers the loss is left out, as long as
no more labels become wrong. The slots that are pruned are for what gains more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from tpc.model.choices import HeadChoice
from tpc.training.search.evaluation import Evaluation, classified, live
from tpc.training.search.proposal import Entries, entries_of, entry_length, rows_length
from tpc.training.search.refit import refitted
from tpc.training.search.rows import Rows
from tpc.training.search.settings import DEFAULT, Settings


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


def simplified(evaluation: Evaluation, val: Rows, settings: Settings = DEFAULT) -> Evaluation:
    """The network with fewer rows in its classifier, and plainer predicates and tables.

    Args:
        evaluation: On all training rows.
        val: Other rows. On neither are more labels wrong afterwards.
        settings: Of the search.
    """
    steps = settings.fit_kept
    kept = _Kept(evaluation, val, Evaluation.of(evaluation.choices, val).errors)
    kept = kept.or_instead(refitted(kept.evaluation, steps))
    for name in classified(kept.evaluation.choices)[::-1]:
        found = refitted(kept.evaluation.without_rows(name), steps, inputs=False)
        kept = kept.or_instead(found, _saved(kept.evaluation, name))
    for name in reversed(tuple(kept.evaluation.choices.components)):
        if name in live(kept.evaluation.choices):
            kept = _plainer(kept, name, settings.positions)
    return kept.or_instead(refitted(kept.evaluation, steps, inputs=False)).evaluation


def pruned(evaluation: Evaluation, settings: Settings = DEFAULT) -> Evaluation:
    """The network without the rows of heads and MLPs that are longer than what they gain.

    Labels may become wrong: the slots are for what gains more.
    """
    for name in classified(evaluation.choices)[::-1]:
        if name not in evaluation.choices.components:
            continue
        found = refitted(evaluation.without_rows(name), settings.fit_trial)
        if found.loss <= evaluation.loss + _saved(evaluation, name):
            evaluation = found
    return evaluation


def _saved(evaluation: Evaluation, name: str) -> float:
    """The description length of a variable's rows."""
    rows = evaluation.choices.rows_of(name)
    return rows_length(evaluation, rows.stop - rows.start)


def _plainer(kept: _Kept, name: str, positions: int) -> _Kept:
    """The network with usual entries where others are no better: all of them, or one by one."""
    choice = kept.evaluation.choices.choice(name)
    entries = Entries.of(choice, kept.evaluation.values)
    unusual = entries.unusual(entries_of(choice))
    if len(unusual) == 0:
        return kept
    length = entry_length(kept.evaluation)
    found = _with_entries(kept.evaluation, name, entries.usual.clone())
    plain = kept.or_instead(found, len(unusual) * length)
    if plain is not kept:
        return plain
    few = kept.evaluation.subsampled(positions)
    for index in unusual.tolist():
        changed = entries_of(kept.evaluation.choices.choice(name)).clone()
        changed[index] = entries.usual[index]
        # Most are needed, which some of the rows show.
        found_few = _with_entries(few, name, changed)
        if found_few.errors > few.errors:
            continue
        better = kept.or_instead(_with_entries(kept.evaluation, name, changed), length)
        if better is not kept:
            kept, few = better, found_few
    return kept


def _with_entries(evaluation: Evaluation, name: str, entries: Tensor) -> Evaluation:
    """The network with another predicate or table, if weights can say it."""
    choice = evaluation.choices.choice(name)
    if isinstance(choice, HeadChoice):
        return evaluation.changed(name, replace(choice, predicate=entries))
    changed = replace(choice, table=entries)
    return (
        evaluation.changed(name, changed)
        if evaluation.choices.writable(name, changed)
        else evaluation
    )
