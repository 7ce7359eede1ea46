"""The pairs of variables that the MLP of a joint proposal could read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from tpc.model import layout
from tpc.model.choices import Choices, HeadChoice, TableChoice
from tpc.training.search.evaluation import Evaluation, code, run
from tpc.training.search.live import live_inputs
from tpc.training.search.plain import copying_table, counting_heads, equal_heads, plain_heads
from tpc.training.search.settings import Search

New = tuple[tuple[str, HeadChoice | TableChoice], ...]


@dataclass(frozen=True)
class Pair:
    """Two variables.

    Attributes:
        reads: Their names.
        cells: The cell of a table over them, `[row, position]`.
        new: Choices that the first of them comes from, if it is not there yet.
    """

    reads: tuple[str, str]
    cells: Tensor
    new: New = ()


def live_pairs(evaluation: Evaluation, mlp: str, size: int, search: Search) -> list[Pair]:
    """Pairs of live variables, drawn if there are more than so many."""
    return _pairs(evaluation, known(evaluation.choices, mlp, search), size, search)


def readable_pairs(evaluation: Evaluation, mlp: str, size: int, search: Search) -> list[Pair]:
    """Pairs of what the MLP can read, live or not, drawn if there are more than so many."""
    return _pairs(evaluation, evaluation.choices.readable(mlp), size, search)


def _pairs(
    evaluation: Evaluation, variables: Sequence[str], size: int, search: Search
) -> list[Pair]:
    reads = [(a, b) for i, a in enumerate(variables) for b in variables[i + 1 :]]
    d_var, values = evaluation.choices.config.d_var, evaluation.values
    return [Pair(two, code(two, d_var, values)) for two in search.some(reads, size)]


def known(choices: Choices, name: str, search: Search) -> tuple[str, ...]:
    """What a component of this name can read and is live; all that it can read at first."""
    found = live_inputs(choices, name)
    return found if len(found) > search.settings.few_variables else choices.readable(name)


def pairs_with_head(evaluation: Evaluation, mlp: str, head: str, search: Search) -> Iterator[Pair]:
    """A plain head or one that looks for equal values, and what else the MLP can read."""
    choices, settings = evaluation.choices, search.settings
    taken = {head, mlp, *evaluation.readers(head)}
    others = [other for other in choices.readable(mlp) if other not in taken]
    others = search.some(others, settings.table_others)
    heads = [*plain_heads(choices, head), *equal_heads(choices, head)]
    for choice in search.some_in_order(heads, settings.table_heads):
        yield from _new_pairs(evaluation, mlp, ((head, choice),), others)


def pairs_with_plain_head(
    evaluation: Evaluation, mlp: str, head: str, search: Search
) -> Iterator[Pair]:
    """A plain head and an input variable."""
    inputs = layout.categorical_inputs(evaluation.choices.config)
    heads = plain_heads(evaluation.choices, head)
    for choice in search.some_in_order(heads, search.settings.query_heads):
        yield from _new_pairs(evaluation, mlp, ((head, choice),), inputs)


def pairs_with_count(
    evaluation: Evaluation, mlp: str, counter: tuple[str, str], search: Search
) -> Iterator[Pair]:
    """A count of positions as a categorical variable, and an input or a live variable.

    Args:
        evaluation: The network.
        mlp: What reads the pair.
        counter: A numerical head, and the MLP over numbers whose output is its count.
        search: Draws the counts and the variables beside them.
    """
    choices, settings = evaluation.choices, search.settings
    head, table = counter
    copied = copying_table(choices, table, head)
    if not choices.writable(table, copied):
        return
    inputs, variables = layout.categorical_inputs(choices.config), known(choices, mlp, search)
    others = [name for name in variables if name not in (*inputs, table)]
    near, given = counting_heads(choices, known(choices, head, search))
    for choice in (*near, *search.some(given, settings.key_counts)):
        beside = (*inputs, *search.some(others, settings.key_others))
        new = ((head, choice), (table, copied))
        yield from _new_pairs(evaluation, mlp, new, beside, constant=True)


def _new_pairs(
    evaluation: Evaluation, mlp: str, new: New, others: Sequence[str], *, constant: bool = False
) -> Iterator[Pair]:
    """Pairs of what new choices come to and each of the others; also if that is `constant`."""
    choices, values = evaluation.choices, dict(evaluation.values)
    for name, choice in new:
        choices = choices.with_component(name, choice)
        values[name] = run(choices, evaluation.rows, name, values)
    first = new[-1][0]
    output = evaluation.rows.at_scored(values[first])
    if not constant and bool((output == output[0]).all()):
        return
    for other in others:
        reads = (first, other)
        yield Pair(reads, code(reads, choices.mlps[mlp].base, values), new)
