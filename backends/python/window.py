"""A classifier that reads the embedded values of the words around a position, and of nothing else.

Heads that look equally far from everywhere copy values which the words there have anyway. Where all
features are such, nothing needs to be copied: one loop goes over what votes, and adds it up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tpc.backends.python.emitter import Emitter
from tpc.backends.python.literals import number
from tpc.lowering import Classifier, Embedding, Feature, Head, Lowered
from tpc.lowering.cases import Json
from tpc.lowering.logits import Logits, logits
from tpc.lowering.predicates import predicate

#: With fewer features a list for each of them is as short.
_LEAST = 5


_NEAR = "i + offset if 0 <= i + offset < len(values) else 0"

#: What the loop calls its parts.
_TAKEN = frozenset(
    {"values", "votes", "tag", "rules", "offset", "at", "k", "weights", "i", "j", "tables"}
)


@dataclass(frozen=True)
class Source:
    """Where a feature's value is.

    Args:
        offset: How far away; the first word where that is out of reach.
        embedding: Of which of the embedded variables.
        at: Of a head that takes the word of one position there, and the first word elsewhere,
            that position; 0 for others.
    """

    offset: int
    embedding: int
    at: int = 0


@dataclass(frozen=True)
class Window:
    """What a window's classifier adds up.

    Args:
        classifier: The step.
        logits: Its weights.
        sources: Of its features, by variable.
    """

    classifier: Classifier
    logits: Logits
    sources: Mapping[str, Source]

    @property
    def by_position(self) -> bool:
        """Whether words vote where they are, some of them in one position only."""
        return not any(source.offset for source in self.sources.values())

    def column(self, variable: str) -> str:
        """The values of a feature in terms of what `vote` writes: they are in no list."""
        source = self.sources[variable]
        there = f"i + {source.offset} if 0 <= i + {source.offset} < len(values) else 0"
        if source.at:
            there = f"i if i == {source.at} else 0"
        return f"[values[{there}][{source.embedding}] for i, _ in enumerate(values)]"


def window(lowered: Lowered) -> Window | None:
    """The window that a program is, if it is one."""
    last = lowered.classifier
    if (
        last is None
        or last.name != lowered.result
        or len(last.features) < _LEAST
        or last.pool == "first"
        or last.name in _TAKEN
    ):
        return None
    found = logits(lowered, last)
    sources: dict[str, Source] = {}
    for feature in last.features if found.exact else ():
        source = _source(lowered, feature.variable)
        if source is not None:
            sources[feature.variable] = source
    if len(sources) < len(last.features):
        return None
    mixed = any(s.at for s in sources.values()) and any(s.offset for s in sources.values())
    return None if mixed else Window(last, found, sources)


def _source(lowered: Lowered, variable: str) -> Source | None:
    """Where a variable's value is found, if a word there has it."""
    steps = {step.name: step for step in lowered.steps}
    embeddings = [step for step in lowered.steps if isinstance(step, Embedding)]
    step, offset, at = steps[variable], 0, 0
    if isinstance(step, Head):
        selector = step.selector
        by_position = all(map(lowered.is_positions, (selector.query, selector.key)))
        if not by_position or not selector.single or selector.causal or selector.rule == "score":
            return None
        shift, at = predicate(lowered, selector).shift, _only(selector.matched)
        if (shift is None and not at) or step.value not in steps:
            return None
        step, offset = steps[step.value], shift or 0
    if not isinstance(step, Embedding) or not lowered.is_category(step.name):
        return None
    return Source(offset, embeddings.index(step), at)


def _only(matched: Sequence[int | None]) -> int:
    """The one position that is matched, by itself; 0 if others are, but for the first."""
    found = [(query, key) for query, key in enumerate(matched) if key]
    return found[0][0] if len(found) == 1 and found[0][0] == found[0][1] else 0


def vote(emitter: Emitter, found: Window) -> None:
    """Write the statements that compute the label of every position, or of the sequence."""
    lowered = emitter.lowered
    label, tokens = emitter.names.variables[found.classifier.name], emitter.tokens_name
    classes = [lowered.classes[index] for index in found.logits.answers]
    start = f"votes = dict.fromkeys({emitter.constant('CLASSES', repr(tuple(classes)))}, 0)"
    votes = emitter.store("votes", _votes(emitter, found, classes))
    there = "i if at in (0, i) else 0" if found.by_position else _NEAR
    add = [
        f"for tag, rules in {votes}.items():",
        f"    for {'at' if found.by_position else 'offset'}, k, weights in rules:",
        f"        j = {there}",
        "        votes[tag] += weights[values[j][k]]",
    ]
    answer = "max(votes, key=lambda tag: votes[tag])"
    loop = "for i, _ in enumerate(values):"
    rows = f"values = [{emitter.embeddings}[word] for word in {tokens}]"
    emitter.body.append("# how each word is graded; what is out of reach is the first word")
    if lowered.pooled:
        lines = [rows, start, loop, *_indented(add), f"{label} = {answer}"]
    else:
        inner = [start, *add, f"{label}.append({answer})"]
        lines = [rows, f"{label} = []", loop, *_indented(inner)]
    emitter.body += lines


def _votes(emitter: Emitter, found: Window, classes: list[str]) -> dict[str, Json]:
    """By class, what votes for it: how far away, by which variable, and the votes of its values."""
    answers = found.logits.answers
    votes: dict[str, Json] = {}
    for name, index in zip(classes, answers, strict=True):
        rules: list[Json] = []
        for feature in found.classifier.features:
            source = found.sources[feature.variable]
            weights = _weights(emitter.lowered.columns[feature.variable].values, feature, index)
            if any(weights):
                rules.append([source.offset or source.at, source.embedding, list(weights)])
        if rules:
            votes[name] = rules
    return votes


def _weights(values: Sequence[int], feature: Feature, index: int) -> list[int | float]:
    """What each value votes for a class; those that never occur, before the last, nothing."""
    known = frozenset(values)
    rows = [feature.rows[v][index] if v in known else 0.0 for v in range(max(values) + 1)]
    return [number(weight) for weight in rows]


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
