"""What became of properties, for people and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from tpc.ir.words import PAD
from tpc.proof.verdict import Unknown
from tpc.properties.cases import Counterexample
from tpc.properties.decide import Decision, amount


def decision_lines(decisions: Sequence[Decision], name: str) -> list[str]:
    """A line for each property, its counterexample, and the sum of it all.

    Args:
        decisions: What was found.
        name: Of the program.
    """
    lines = [line for decision in decisions for line in _lines(decision)]
    words = Counter(decision.verdict.word for decision in decisions)
    count = "1 property" if len(decisions) == 1 else f"{len(decisions)} properties"
    found = ", ".join(
        f"{words[word]} {word}" for word in ("proved", "refuted", "unknown") if words[word]
    )
    return [*lines, f"{count} of {name}: {found}"]


def _lines(decision: Decision) -> list[str]:
    example = decision.counterexample
    if example is None:
        return [f"{decision.name}: {decision.verdict}"]
    return [f"{decision.name}: {decision.verdict.word}: {_extent(decision)}", *_shown(example)]


def _extent(decision: Decision) -> str:
    """On how many inputs a property fails, and which of them is shown."""
    if decision.failing is not None:
        extent = f"it fails on {decision.failing:,} of all {decision.inputs:,} inputs"
    else:
        extent = f"it fails on at least {decision.at_least:,} of {amount(decision.inputs)} inputs"
    return f"{extent}, {'the smallest' if decision.smallest else 'the smallest found'}:"


def _shown(example: Counterexample) -> list[str]:
    rows = [("input:", example.tokens), ("labels:", example.labels)]
    if example.changed_tokens is not None and example.changed_labels is not None:
        rows += [("changed:", example.changed_tokens), ("labels:", example.changed_labels)]
    values = ", ".join(
        f"{name} = {json.dumps(v, ensure_ascii=False)}" for name, v in example.values.items()
    )
    where = f"  where {values}" if values else "  where"
    return [
        *(f"  {title:9s}{_json(words)}" for title, words in rows),
        f"{where}, line {example.line} fails: {example.text}",
    ]


def _json(words: Sequence[str | None]) -> str:
    """Words as a list; what is not scored is `<pad>`, as in rows."""
    return json.dumps([PAD if word is None else word for word in words], ensure_ascii=False)


def decisions_json(decisions: Sequence[Decision]) -> dict[str, object]:
    """The same, for programs to read."""
    return {"properties": [_decision_json(decision) for decision in decisions]}


def _decision_json(decision: Decision) -> dict[str, object]:
    verdict, example = decision.verdict, decision.counterexample
    found: dict[str, object] = {
        "name": decision.name,
        "verdict": verdict.word,
        "inputs": decision.inputs,
        "failing": decision.failing,
        "at_least": decision.at_least,
    }
    if isinstance(verdict, Unknown):
        found |= {"open": verdict.open, "spent": verdict.spent}
    elif example is None:
        found["by"] = str(verdict).partition(": ")[2]
    if example is not None:
        found["counterexample"] = {
            "tokens": example.tokens,
            "labels": example.labels,
            "changed_tokens": example.changed_tokens,
            "changed_labels": example.changed_labels,
            "smallest": decision.smallest,
            "values": example.values,
            "line": example.line,
        }
    return found
