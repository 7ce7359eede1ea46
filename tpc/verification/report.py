"""What a verification found, as counts and in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tpc.proof.verdict import Proved, Refuted, Unknown, Verdict
from tpc.runtime.backend import INTERPRETER
from tpc.semantics.shrinking import Ids
from tpc.verification.by_parts import ByParts
from tpc.verification.compare import Difference

_PLURALS = ("arbitrary strings", "given rows", "inputs that show a part")


@dataclass(frozen=True)
class Counterexample:
    """A small input on which a target differs from the network."""

    ids: Ids
    tokens: tuple[str, ...]
    expected: list[str]
    found: list[str]
    difference: Difference


@dataclass(frozen=True)
class SetResult:
    """How one target did on one set of inputs.

    Args:
        name: Of the set.
        method: Whether the set was exhausted or sampled.
        inputs: How many inputs were compared, labels and all.
        positions: How many labels.
        traced: On how many of the inputs every variable was compared besides.
        differences: Inputs on which something differs, near-ties left out.
        near_ties: Inputs on which something differs after a choice closer than `NEAR_TIE`.
        close_calls: Labels that the network chose by less than `NEAR_TIE`, equal or not.
        smallest_margin: By how much the network chose the closest label; None of one class.
    """

    name: str
    method: Literal["exhaustive", "sampled"]
    inputs: int
    positions: int
    traced: int
    differences: int
    near_ties: int
    close_calls: int
    smallest_margin: float | None = None


@dataclass(frozen=True)
class TargetResult:
    """How one target did: by set, with a counterexample if there is one."""

    target: str
    sets: tuple[SetResult, ...]
    counterexample: Counterexample | None

    @property
    def equal(self) -> bool:
        """Whether no difference was found."""
        return self.counterexample is None


@dataclass(frozen=True)
class Report:
    """The outcome of a verification.

    Args:
        results: How each target did on inputs.
        parts: How the program did part by part.
    """

    results: tuple[TargetResult, ...]
    parts: ByParts

    @property
    def equal(self) -> bool:
        """Whether no difference was found that an input shows."""
        return not isinstance(self.verdict(), Refuted)

    @property
    def proved(self) -> bool:
        """Whether the program is its network, through every target, on its whole language."""
        return isinstance(self.verdict(), Proved)

    def verdict(self) -> Verdict:
        """The program against its network, through every target."""
        for result in self.results:
            if (example := result.counterexample) is not None:
                return Refuted(example.ids, example.difference.position)
        by_parts = self.parts.verdict()
        if isinstance(by_parts, Refuted):
            return by_parts
        found = [_of_target(result, by_parts) for result in self.results]
        left = [verdict for verdict in found if isinstance(verdict, Unknown)]
        if left:
            return left[0]
        proofs = [verdict.by for verdict in (by_parts, *found) if isinstance(verdict, Proved)]
        return Proved(" and ".join(dict.fromkeys(proofs)))


def _of_target(result: TargetResult, by_parts: Verdict) -> Verdict:
    """One target: of the program itself parts tell as much as all inputs, of emitted code not."""
    languages = [found for found in result.sets if found.name == "input language"]
    if all(found.method == "exhaustive" for found in languages):
        inputs = sum(found.inputs for found in languages)
        return Proved(f"all {inputs:,} inputs of its language")
    if result.target == INTERPRETER:
        return by_parts
    sampled = sum(found.inputs for found in languages)
    return Unknown(f"its {result.target} code on its whole language", f"{sampled:,} inputs sampled")


def decided(report: Report) -> bool:
    """Whether the answer is yes or no: proved, or refuted by an input."""
    return not isinstance(report.verdict(), Unknown)


def report_lines(report: Report, name: str, against: str) -> list[str]:
    """A line for each kind of part, each set of inputs and each counterexample, and the verdict.

    Args:
        report: What was found.
        name: Of the program.
        against: The run directory of the network.
    """
    sets = [
        f"{result.target}: {_sentence(found)}" for result in report.results for found in result.sets
    ]
    counterexamples = [
        _explain(result.target, result.counterexample)
        for result in report.results
        if result.counterexample is not None
    ]
    found = [found for result in report.results for found in result.sets]
    lines = [*report.parts.lines(), *sets, *_margin_lines(report.parts, found), *counterexamples]
    return [*lines, _said(report, name, against)]


def _margin_lines(parts: ByParts, sets: Sequence[SetResult]) -> list[str]:
    """Where the classifier's rounding leaves room, and whether an input was seen there."""
    if parts.compared is None or not isinstance(parts.compared.verdict(), Proved):
        return []  # Labels are of variables that may differ.
    bound = parts.compared.margin_bound
    said = f"margins: labels are equal wherever the network's margin is over {bound:.2g}"
    return [f"{said}; {_smallest(parts, sets, bound)}"]


def _smallest(parts: ByParts, sets: Sequence[SetResult], bound: float) -> str:
    if parts.smallest_margin is not None:
        return f"the smallest of its language is {parts.smallest_margin:.2g}"
    language = [found for found in sets if found.name == "input language"]
    exhausted = all(found.method == "exhaustive" for found in language)
    seen = [found.smallest_margin for found in (language if exhausted else sets)]
    margins = [margin for margin in seen if margin is not None]
    if not margins:
        return "there is nothing to choose from"
    if not exhausted:
        return f"the smallest seen is {min(margins):.2g}, whether any other is under it is unknown"
    found = f"the smallest of its language is {min(margins):.2g}"
    return found if min(margins) > bound else f"{found}, but all of its labels were compared"


def _said(report: Report, name: str, against: str) -> str:
    verdict = report.verdict()
    match verdict:
        case Proved():
            return f"proved: {name} is the network of {against}, by {verdict.by}"
        case Unknown():
            what, parts = f"whether {name} is the network of {against}", report.parts.different
            unseen = [
                f"{part.part} differs, and no input was found that shows it" for part in parts
            ]
            return f"unknown: {what}: {[*unseen, verdict.open][0]}; {verdict.spent}"
        case Refuted():
            parts = report.parts.different
            why = f": {parts[0].part}" if parts else ""
            return f"refuted: {name} is not the network of {against}{why}"


def _sentence(found: SetResult) -> str:
    what = "all" if found.method == "exhaustive" else "a sample of"
    parts = [
        f"{what} {found.inputs:,} {'' if found.name in _PLURALS else 'inputs of the '}{found.name}",
        f"{found.positions:,} labels",
        f"{found.differences:,} differences",
    ]
    if found.near_ties or found.close_calls:
        parts.append(f"{found.near_ties:,} at near-ties ({found.close_calls:,} close calls)")
    if found.traced < found.inputs:
        parts.append(f"every variable on {found.traced:,} of them")
    return ", ".join(parts)


def _explain(target: str, example: Counterexample) -> str:
    difference = example.difference
    return "\n".join(
        [
            f"{target} differs on {json.dumps(list(example.tokens), ensure_ascii=False)}",
            f"  first at %{difference.variable}, position {difference.position}: "
            f"the network has {difference.expected!r}, the program {difference.found!r}",
            f"  labels of the network: {example.expected}",
            f"  labels of the program: {example.found}",
        ]
    )
