"""A program told in a paragraph and a small table, made from the program and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from tpc.explain.overview import grouped, overview
from tpc.explain.rules import ScoredRule, scored_rules
from tpc.explain.tables import in_words
from tpc.ir.program import Program
from tpc.ir.words import PAD
from tpc.lowering import lowered as lowering
from tpc.lowering.lower import lower
from tpc.passes.default_level import default_level
from tpc.story import interface
from tpc.story.departures import SEED, Departures
from tpc.story.phrases import SAME, phrase, plain

#: Variables of the table, and votes for each class, that are told; the others are counted.
MAX_VARIABLES, MAX_VOTES = 14, 3

#: Classes whose votes are told each for itself, and votes that are told where there are more.
_MAX_CLASSES, _MOST_VOTES = 12, 16

#: What everybody knows.
_KNOWN = ("positions", "ones")

#: Variables that the label reads whose meaning is told in the paragraph.
_MAX_INLINE = 2


@dataclass(frozen=True)
class Told:
    """A variable, or several that are alike, in words."""

    name: str
    words: str


@dataclass(frozen=True)
class Story:
    """What a program computes.

    Attributes:
        name: Of the program.
        sentences: What goes in and comes out, what the label is, what it does not depend on, which
            labels are never given, and how it compares with its task.
        variables: What each variable is that the label needs, in the program's order.
        untold: How many more of them there are.
        votes: The strongest votes of a classifier.
        departures: How it compares with its task, if that is known and has right labels.
        never: Labels that it never gives.
    """

    name: str
    sentences: tuple[str, ...]
    variables: tuple[Told, ...]
    untold: int
    votes: tuple[ScoredRule, ...]
    departures: Departures | None
    never: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Everything, as JSON values."""
        found = self.departures
        return {
            "name": self.name,
            "sentences": [*self.sentences],
            "variables": [asdict(one) for one in self.variables],
            "untold": self.untold,
            "votes": [{**asdict(rule), "if": rule.condition} for rule in self.votes],
            "never": [*self.never],
            "departures": None if found is None else found.to_json(),
        }


def story(program: Program, departures: Departures | None = None) -> Story:
    """Tell a program.

    Args:
        program: A verified program.
        departures: How it compares with its task, if there is one.
    """
    found = lower(program)
    steps = {step.name: step for step in found.live_steps}
    given = interface.possible_labels(program, found)
    if departures is not None and departures.everything:
        given = departures.given
    votes = tuple(_strongest(program)) if found.classifier else ()
    variables = tuple(_variables(program, found))
    sentences = [
        interface.takes(program),
        *_answer(program, found, steps),
        *interface.depends(program),
        interface.never(program, given),
        *(_compared(departures) if departures else _unknown(program)),
        *_readable(program),
    ]
    return Story(
        name=program.name,
        sentences=tuple(filter(None, sentences)),
        variables=variables[:MAX_VARIABLES],
        untold=max(0, len(variables) - MAX_VARIABLES),
        votes=votes,
        departures=departures,
        never=tuple(c for c in program.classes if c not in given and c != PAD),
    )


def _answer(
    program: Program, found: lowering.Lowered, steps: Mapping[str, lowering.Step]
) -> Iterator[str]:
    """What the label is, and what the few variables are that it is computed from."""
    label = steps[program.result]
    thing = "The label" if program.label_type.pooled else "Each label"
    words = phrase(found, label)
    same = steps.get(words.removeprefix(SAME)) if words.startswith(SAME) else None
    if same is not None:
        label, words = same, phrase(found, same)
    yield f"{thing} is {words}."
    if isinstance(label, lowering.Classifier):
        yield from _tie(program, label)
        return
    read = [name for name in dict.fromkeys(lowering.reads(label)) if name in steps]
    told = [name for name in read if not found.is_positions(name) and _names(words, name)]
    if len(told) <= _MAX_INLINE:
        for name in told:
            yield f"Here {name} is {phrase(found, steps[name])}."


def _names(text: str, name: str) -> bool:
    """Whether a text names a variable."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _tie(program: Program, label: lowering.Classifier) -> Iterator[str]:
    """Which class wins without votes, and which of several with as many."""
    rows = [row for feature in label.features for row in feature.rows]
    weights = sum(weight != 0 for row in rows for weight in row)
    yield f"There are {weights:,} votes that are not 0, and of classes with as many the first wins."
    answers = [c for c in range(len(program.classes)) if c not in label.never]
    silent = [c for c in answers if all(row[c] == 0 for row in rows)]
    if silent and len(answers) > 1 and weights:
        others = "no other is above 0" if silent[0] == answers[0] else "all others are below 0"
        yield f"{in_words(program.classes[silent[0]])} gets none: it wins where {others}."


def _variables(program: Program, found: lowering.Lowered) -> Iterator[Told]:
    """The variables that the label needs; those alike but for what they take are told together."""
    described = [
        one
        for one in overview(program)
        if one.name in found.live and one.name != program.result and one.source not in _KNOWN
    ]
    steps = {step.name: step for step in found.steps}
    for name, words in grouped(tuple(described)):
        first = steps[name.partition(",")[0]]
        alone = first.name == name or isinstance(first, lowering.Embedding)
        yield Told(name, phrase(found, first) if alone else words)


def _strongest(program: Program) -> Iterator[ScoredRule]:
    """The strongest votes for each class, or of all if there are many classes."""
    rules = [rule for rule in scored_rules(program) if rule.weight > 0]
    answers = [label for label in program.classes if any(rule.label == label for rule in rules)]
    if len(answers) > _MAX_CLASSES:
        yield from rules[:_MOST_VOTES]
        return
    for label in answers:
        yield from [rule for rule in rules if rule.label == label][:MAX_VOTES]


def _compared(found: Departures) -> Iterator[str]:
    """How often it departs from its task."""
    if found.everything and not found.wrong:
        yield (
            f"On every one of the {interface.inputs(found.inputs)} of its task, {found.task}, it "
            "is right."
        )
        return
    unsaid = sorted(found.asked - found.given)
    if found.everything:
        share = 100 * found.wrong / found.inputs
        yield (
            f"It departs from its task, {found.task}, on {found.wrong:,} of "
            f"{interface.inputs(found.inputs)} ({share:.2g} %), in {found.wrong_labels:,} of "
            f"{found.labels:,} labels."
        )
        if unsaid:
            labels = sum(kind.labels for kind in found.kinds if kind.expected in unsaid)
            yield f"The task asks for {plain(unsaid)}, which it never says, in {labels:,} of these."
        return
    drawn = f"{interface.inputs(found.inputs)} of its task, {found.task}, drawn at random"
    rest = f"the task has {interface.inputs(found.total)}, and on the others it is open (--limit)"
    if found.wrong:
        yield (
            f"Of {drawn} (seed {SEED}), it is wrong on {found.wrong:,}, in {found.wrong_labels:,} "
            f"of {found.labels:,} labels; {rest}."
        )
    else:
        yield f"On {drawn} (seed {SEED}), it is right; {rest}."


def _unknown(program: Program) -> Iterator[str]:
    """What is known of its accuracy where its task has no right label for every input."""
    again = program.metadata.get("refitted")
    if isinstance(again, dict) and _is_share(again.get("val")):
        yield (
            f"Its votes were fitted again on {again.get('data')}, where it scores "
            f"{100 * again['val']:.4g} % on {again.get('val_rows'):,} rows for validation; it is "
            "not its network."
        )
        return
    measured = program.metadata.get("accuracy")
    if not isinstance(measured, dict):
        yield "What it should compute is not known: no task is named in its file (--task)."
        return
    shown = [f"{100 * v:.4g} % ({name})" for name, v in measured.items() if _is_share(v)]
    if shown:
        yield f"Of the labels in its data it has right: {', '.join(shown)}."


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _readable(program: Program) -> Iterator[str]:
    """That it can be told better after its passes."""
    if program.contract.scope != "every_string" or "optimised" in program.metadata:
        return
    yield (
        f"This is the program as its network has it: tpc opt -O{default_level(program).level} "
        "first makes it readable, and its story shorter."
    )
