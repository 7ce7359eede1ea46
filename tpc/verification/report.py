"""What a verification found, as counts and in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from tpc.verification.compare import Difference

_PLURALS = ("arbitrary strings", "given rows")


@dataclass(frozen=True)
class Counterexample:
    """A small input on which a target differs from the network."""

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
    """

    name: str
    method: Literal["exhaustive", "sampled"]
    inputs: int
    positions: int
    traced: int
    differences: int
    near_ties: int
    close_calls: int


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
    """The outcome of a verification."""

    results: tuple[TargetResult, ...]

    @property
    def equal(self) -> bool:
        """Whether every target equals the network on everything compared."""
        return all(result.equal for result in self.results)

    @property
    def proved(self) -> bool:
        """Whether the program's whole input language was compared."""
        sets = [found for result in self.results for found in result.sets]
        languages = [found for found in sets if found.name == "input language"]
        return self.equal and all(found.method == "exhaustive" for found in languages)


def report_lines(report: Report, name: str, against: str) -> list[str]:
    """A line for each set of inputs and each counterexample, and the verdict.

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
    return [*sets, *counterexamples, _verdict(report, name, against)]


def _verdict(report: Report, name: str, against: str) -> str:
    if not report.equal:
        return f"DIFFERENT: {name} is not the network of {against}"
    if report.proved:
        return f"EQUAL: {name} is the network of {against}, on every input of its language"
    return f"EQUAL as far as sampled: no difference between {name} and {against}"


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
