"""Columns and cases that tests of `tpc.lowering` put together by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from tests.backends.conftest import corpus_program
from tpc.ir.nodes import Case
from tpc.ir.types import ValueSet, contains, value_set
from tpc.lowering import Column, Lowered, lower

LETTERS = ("a", "b", "c", "d", "e")


def number(name: str, low: int, high: int, values: Sequence[int] | None = None) -> Column:
    whole = range(low, high + 1)
    return Column(name, "number", "head", whole, whole if values is None else values, None, ())


def category(name: str, size: int) -> Column:
    return Column(name, "category", "head", range(size), range(size), None, ())


def word(name: str, values: Sequence[int] | None = None) -> Column:
    whole = range(len(LETTERS))
    return Column(name, "category", "head", whole, whole if values is None else values, LETTERS, ())


def lowered_with(*columns: Column) -> Lowered:
    """A program whose columns are these, whatever its steps are."""
    return replace(
        lower(corpus_program("constant")), columns={column.name: column for column in columns}
    )


def subsets(values: Sequence[int]) -> st.SearchStrategy[ValueSet | None]:
    """What a case says of one operand."""
    return st.none() | st.sets(st.sampled_from(values), min_size=1).map(value_set)


@st.composite
def total_cases(draw: st.DrawFn, columns: Sequence[Column]) -> tuple[Case, ...]:
    """Cases over some columns, the last of which holds always."""
    patterns = st.tuples(*(subsets(column.type_range) for column in columns))
    cases = draw(st.lists(st.builds(Case, patterns, st.integers(0, 2)), max_size=5))
    return (*cases, Case((None,) * len(columns), 0))


def first_case(cases: Sequence[Case], values: Sequence[int]) -> int:
    """The outcome for some values."""
    return next(
        case.outcome
        for case in cases
        if all(
            pattern is None or contains(pattern, value)
            for pattern, value in zip(case.patterns, values, strict=True)
        )
    )
