"""What a verification found, in words."""

from __future__ import annotations

import json

from tpc.verification.compare import Counterexample, SetResult
from tpc.verification.verify import Report

_PLURALS = ("arbitrary strings", "given rows")


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
