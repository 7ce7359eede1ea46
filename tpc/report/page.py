"""The page: what is known of one program, or of two, put into the bundle that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Literal, TypeAlias

from tpc.compare.answers import AnswerDiff, answer_diff
from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.passes.steps import PassStep, optimised_in_steps
from tpc.report.data import program_json, script_json
from tpc.report.facts import facts, headline
from tpc.report.sources import sources

#: Made of `web/` by `npm ci && npm run build`: script, style, and a policy that allows no more.
BUNDLE = Path(__file__).with_name("page.html")

#: Languages of up to this many strings are gone through to compare two programs: some seconds.
_LIMIT = 100_000

#: What of a program the page shows.
View: TypeAlias = Literal["values", "attention", "dataflow", "tables", "why", "compare", "about"]


def page(
    program: Program,
    *,
    inputs: Sequence[Sequence[str]] = (),
    against: Program | None = None,
    level: int = 0,
    view: View = "values",
    position: int | None = None,
    difference: AnswerDiff | None = None,
) -> str:
    """One HTML document that needs nothing else, and asks no network for anything.

    Args:
        program: What it shows.
        inputs: Offered as examples; the first one is there when the page opens.
        against: A second program, to compare with.
        level: As `-O`, for both.
        view: What it opens with, unless its address says otherwise.
        position: The position that is chosen then.
        difference: How often the two answer differently, where that is known already.

    Raises:
        TpcError: The two do not read the same tokens, or label tokens and sequences.
    """
    _require_comparable(program, against)
    made = [optimised_in_steps(found, level) for found in (program, against) if found is not None]
    data = {
        "programs": [program_json(found) for found, _ in made],
        "names": _names([found for found, _ in made]),
        "sources": [sources(found) for found, _ in made],
        "about": [_about(found, steps) for found, steps in made],
        "inputs": [list(tokens) for tokens in inputs],
        "difference": _difference([found for found, _ in made], difference),
        "start": {"view": view, "position": position},
    }
    head, _, rest = BUNDLE.read_text("utf-8").partition("@title@")
    middle, _, tail = rest.partition("@data@")
    title = escape(f"{program.name}: a Transformer Program")
    return "".join((head, title, middle, script_json(data), tail))


def _require_comparable(program: Program, against: Program | None) -> None:
    if against is None:
        return
    same = set(against.vocabulary) == set(program.vocabulary)
    if not same or against.label_type.pooled != program.label_type.pooled:
        raise TpcError(
            f"%{program.name} and %{against.name} cannot be compared: they do not "
            f"{'label the same things' if same else 'read the same tokens'}",
            hint="compare two programs of one task",
        )


def _difference(programs: Sequence[Program], known: AnswerDiff | None) -> dict[str, object] | None:
    """On how many inputs the two differ, and the smallest such input."""
    if len(programs) == 1:
        return None
    found = known or answer_diff(*programs, limit=_LIMIT)
    return {
        "exhaustive": found.method == "exhaustive",
        "inputs": found.inputs,
        "different": found.different,
        "smallest": None if found.smallest is None else found.smallest.tokens,
    }


def _names(programs: Sequence[Program]) -> list[str]:
    """What the page calls them; two of one name are told by their order."""
    names = [program.name for program in programs]
    same = len(set(names)) < len(names)
    return [f"{name} ({'AB'[k]})" if same else name for k, name in enumerate(names)]


def _about(program: Program, steps: Sequence[PassStep]) -> dict[str, object]:
    return {
        "headline": headline(program),
        "facts": facts(program),
        "passes": [step.to_json() for step in steps],
    }
