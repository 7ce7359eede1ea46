"""Programs and what is asked of them as notebooks show them: pages in frames, without a kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from html import escape
from typing import TYPE_CHECKING, Any

from tpc.compare.diff import Diff
from tpc.diagnostics import TpcError
from tpc.explain.explanation import Explanation
from tpc.explain.trace import NetworkTrace, Trace

if TYPE_CHECKING:
    from tpc.compare.answers import AnswerDiff
    from tpc.ir import program as ir
    from tpc.ir.types import Value
    from tpc.report.page import View

#: Of the frame, in pixels.
_HEIGHT = 680


def framed(
    program: ir.Program,
    words: Sequence[str] = (),
    view: View = "values",
    *,
    position: int | None = None,
    against: ir.Program | None = None,
    difference: AnswerDiff | None = None,
) -> str:
    """The page of a program as an element: it brings all that it needs, and runs on its own.

    Args:
        program: What it shows.
        words: The input that it opens with, by default one of the program's language.
        view: What of the program it opens with.
        position: Of the label that is explained.
        against: A second program, to compare with.
        difference: How often the two answer differently, where that is known already.
    """
    from tpc.report.page import page

    inputs = [words] if words else []
    shown = page(
        program, inputs=inputs, against=against, view=view, position=position, difference=difference
    )
    style = f"width: 100%; height: {_HEIGHT}px; border: 0"
    return (
        f'<iframe title="{escape(program.name)}: a Transformer Program" style="{style}" '
        f'sandbox="allow-scripts" srcdoc="{escape(shown)}"></iframe>'
    )


class ShownTrace(NetworkTrace):
    """A trace that notebooks show as the values of the page.

    Attributes:
        program: What was traced.
    """

    def __init__(self, values: dict[str, list[Value]], table: Trace, program: ir.Program) -> None:
        super().__init__(values, table)
        self.program = program

    def _repr_html_(self) -> str:
        return framed(self.program, self.table.words)


@dataclass(frozen=True)
class ShownDiff(Diff):
    """A comparison that notebooks show as the page of both programs.

    Attributes:
        programs: The two that were compared.
    """

    programs: tuple[ir.Program, ir.Program] = field(kw_only=True, repr=False, compare=False)

    @classmethod
    def of(cls, found: Diff, one: ir.Program, other: ir.Program) -> ShownDiff:
        """A comparison, with what was compared."""
        return cls(**_fields(found, Diff), programs=(one, other))

    def to_json(self) -> dict[str, object]:
        """As `Diff.to_json`."""
        return Diff(**_fields(self, Diff)).to_json()

    def _repr_html_(self) -> str | None:
        one, other = self.programs
        smallest = None if self.answers is None else self.answers.smallest
        words = () if smallest is None else smallest.tokens
        try:
            return framed(one, words, "compare", against=other, difference=self.answers)
        except TpcError:
            return None  # There is no page of two that do not read the same tokens.


@dataclass(frozen=True)
class ShownExplanation(Explanation):
    """An explanation that notebooks show as the page's.

    Attributes:
        explained: The program.
    """

    explained: ir.Program = field(kw_only=True, repr=False, compare=False)

    @classmethod
    def of(cls, found: Explanation, program: ir.Program) -> ShownExplanation:
        """An explanation, with what was explained."""
        return cls(**_fields(found, Explanation), explained=program)

    def _repr_html_(self) -> str:
        return framed(self.explained, self.tokens, "why", position=self.position)


def _fields(found: object, kind: type[Diff] | type[Explanation]) -> dict[str, Any]:
    """The fields that a result has itself, without those for notebooks."""
    return {item.name: getattr(found, item.name) for item in fields(kind)}
