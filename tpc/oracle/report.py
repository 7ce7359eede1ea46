"""What an imitation came to, as JSON and in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from tpc.ir.words import PAD
from tpc.oracle.search import Found, SharedMistakes
from tpc.proof.verdict import Proved, Refuted, Verdict
from tpc.verification.rightness import Mistake
from tpc.verification.rightness import shown as mistake_text


@dataclass(frozen=True)
class Settled:
    """Whether a program is what a task asks, on every input.

    Attributes:
        what: What it was asked to be, such as `right on every input of sort`.
        verdict: Proved, refuted or unknown.
        mistake: What it gets wrong, if that is known.
    """

    what: str
    verdict: Verdict
    mistake: Mistake | None


@dataclass(frozen=True)
class Round:
    """One round.

    Attributes:
        number: From 1.
        rows: How many rows it learned from.
        search: Where differences were looked for.
        compared: On what the agreement was counted: all inputs, or fresh ones.
        interrupted: Whether Ctrl-C ended it.
        settled: What was proved or refuted of its program, if that was asked.
    """

    number: int
    rows: int
    search: Found
    compared: Found
    interrupted: bool = False
    settled: Settled | None = None

    @property
    def line(self) -> str:
        """In one line."""
        found = self.search
        what = "all" if found.method == "exhaustive" else "a search of"
        return (
            f"round {self.number}: learned from {self.rows:,} rows; {len(found.mistakes):,} "
            f"differences on {what} {found.inputs:,} inputs"
            + ("" if self.settled is None else f", {self.settled.verdict.word}")
        )


@dataclass(frozen=True)
class Imitation:
    """What the rounds came to.

    Attributes:
        oracle: Who was imitated.
        rounds: In order.
        best: The number of the round whose program is kept.
        smallest: The smallest input on which that one differs, if any is known.
        shared: What the oracle gets wrong, if its task says what is right.
    """

    oracle: str
    rounds: tuple[Round, ...]
    best: int
    smallest: Mistake | None
    shared: SharedMistakes | None = None

    @property
    def kept(self) -> Round:
        """The best round."""
        return self.rounds[self.best - 1]

    @property
    def exact(self) -> bool:
        """Whether every input was compared, and all labels are alike."""
        return self.kept.compared.method == "exhaustive" and not self.kept.compared.mistakes


def as_json(found: Imitation) -> dict[str, object]:
    """Everything, as JSON values."""
    compared = found.kept.compared
    return {
        "oracle": found.oracle,
        "best_round": found.best,
        "method": "exhaustive" if compared.method == "exhaustive" else "fresh inputs",
        "inputs": compared.inputs,
        "labels": compared.labels,
        "agreement": compared.agreement,
        "inputs_that_differ": len(compared.mistakes),
        "smallest_disagreement": _mistake_json(found.smallest),
        **({} if found.shared is None else {"mistakes_of_the_oracle": _shared_json(found.shared)}),
        "rounds": [
            {
                "round": done.number,
                "rows": done.rows,
                "searched": done.search.inputs,
                "differences": len(done.search.mistakes),
                "agreement": done.compared.agreement,
                **({} if done.settled is None else {"verdict": str(done.settled.verdict)}),
            }
            for done in found.rounds
        ],
    }


def _mistake_json(mistake: Mistake | None) -> dict[str, object] | None:
    if mistake is None:
        return None
    return {
        "tokens": list(mistake.tokens),
        "oracle": list(mistake.expected),
        "program": None if mistake.found is None else list(mistake.found),
    }


def _shared_json(shared: SharedMistakes) -> dict[str, object]:
    example = shared.smallest
    return {
        "inputs": shared.inputs,
        "oracle": shared.oracle,
        "program_too": shared.both,
        "example": None
        if example is None
        else {
            "tokens": list(example.tokens),
            "right": list(example.expected),
            "both": list(example.found or ()),
        },
    }


def imitation_lines(found: Imitation, program: str) -> list[str]:
    """The agreement, the smallest disagreement if there is one, and the verdict."""
    compared = found.kept.compared
    what = "all" if compared.method == "exhaustive" else "a sample of"
    kind = "inputs" if compared.method == "exhaustive" else "fresh inputs"
    lines = [
        f"{what} {compared.inputs:,} {kind}: {_percent(compared)} % of {compared.labels:,} labels "
        f"alike, {len(compared.mistakes):,} inputs differ"
    ]
    if found.shared is not None and found.shared.oracle:
        lines += _shared_lines(found.shared)
    if found.kept.settled is not None:
        return [*lines, *_settled_lines(found.kept.settled, program)]
    if found.exact:
        return [*lines, f"proved: {program} answers as {found.oracle} on every input"]
    if found.smallest is None:
        return [*lines, f"unknown: no difference from {found.oracle} was found"]
    return [*lines, *_shown(found.smallest), f"refuted: {program} is not {found.oracle}"]


def _settled_lines(settled: Settled, program: str) -> list[str]:
    """The mistake, if there is one, and what is proved of the program."""
    verdict = settled.verdict
    lines = [] if settled.mistake is None else [mistake_text(settled.mistake, "the program")]
    if isinstance(verdict, Proved):
        return [*lines, f"proved: {program} is {settled.what}: {verdict.by}"]
    if isinstance(verdict, Refuted):
        return [*lines, f"refuted: {program} is not {settled.what}"]
    return [
        *lines,
        f"unknown: whether {program} is {settled.what}: {verdict.open}; {verdict.spent}",
    ]


def _percent(compared: Found) -> str:
    """Never 100 where a label differs."""
    return f"{100 * compared.agreement:.{2 if not compared.wrong_labels else 4}f}"


def _shared_lines(shared: SharedMistakes) -> list[str]:
    lines = [
        f"the oracle is wrong on {shared.oracle:,} of {shared.inputs:,} inputs, and the program is "
        f"wrong alike on {shared.both:,} of them"
    ]
    if shared.smallest is None or shared.smallest.found is None:
        return lines
    example = shared.smallest
    both = zip(example.expected, example.found or (), strict=True)
    return [
        *lines,
        f"both are wrong alike on {_json(example.tokens)}",
        f"  right labels:   {_json(example.expected)}",
        f"  labels of both: {_json([tag if tag == PAD else label for tag, label in both])}",
    ]


def _shown(mistake: Mistake) -> list[str]:
    labels = " none, it does not take this input"
    if mistake.found is not None:
        pairs = zip(mistake.expected, mistake.found, strict=True)
        labels = f" {_json([tag if tag == PAD else label for tag, label in pairs])}"
    return [
        f"they differ on {_json(mistake.tokens)}",
        f"  labels of the oracle:  {_json(mistake.expected)}",
        f"  labels of the program:{labels}",
    ]


def _json(tokens: Sequence[str]) -> str:
    return json.dumps(list(tokens), ensure_ascii=False)
