"""A classifier as a list of scored rules: what a value at some place says for a class, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tpc.explain.details import classifier
from tpc.explain.features import MAX_WORDS, Meanings
from tpc.ir.nodes import TOKENS, Aggregate, Embed, Positions, Select
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Cat
from tpc.ir.words import PAD

_NEAR = {0: "the word", -1: "the word before", 1: "the word after"}


@dataclass(frozen=True)
class ScoredRule:
    """A weight that is not 0, and when it counts.

    Attributes:
        weight: What the class gains.
        label: The class.
        where: What has the value: `the word before`, or a variable's name.
        value: The value as users see it; empty for a number, whose weight is multiplied by it.
        words: Some of the words that have it, most common first; none if it is no word's.
        n_words: How many words have it.
    """

    weight: float
    label: str
    where: str
    value: str
    words: tuple[str, ...]
    n_words: int

    @property
    def condition(self) -> str:
        """When the weight counts, in words."""
        if not self.n_words:
            return f"for each {self.where}" if not self.value else f"{self.where} is {self.value}"
        more = self.n_words - len(self.words)
        named = " ".join(self.words)
        return f"{self.where} is {named}" + (f" or one of {more:,} more" if more else "")


def scored_rules(program: Program) -> list[ScoredRule]:
    """All rules of a program's classifier: votes for a class, then against, strongest first.

    Raises:
        TpcError: The label comes from no classifier.
    """
    return sorted(_rules(program), key=lambda rule: (rule.weight < 0, -abs(rule.weight)))


def _rules(program: Program) -> Iterator[ScoredRule]:
    node, meanings = classifier(program), Meanings(program)
    for feature in node.features:
        categorical = isinstance(program.type_of(feature.variable), Cat)
        where = _where(program, feature.variable)
        if meanings.source(feature.variable) == TOKENS:
            where = where.replace("word", "token") if where[0] != "%" else where
        for index, row in enumerate(feature.rows):
            words = meanings.words(feature.variable, index) if categorical else ()
            if words == (PAD,):
                continue  # No input has it.
            words = tuple(word for word in words if word != PAD)
            if not words and categorical and meanings.source(feature.variable) is not None:
                continue  # a value that no word has
            value = str(program.domain_of(feature.variable).value(index)) if categorical else ""
            for c, weight in enumerate(row):
                if weight and c not in node.never:
                    shown = words[:MAX_WORDS]
                    yield ScoredRule(weight, program.classes[c], where, value, shown, len(words))


def _of_words(program: Program, variable: str) -> bool:
    """Whether a variable is the word itself, or a class of it."""
    return variable == TOKENS or isinstance(program.by_name[variable], Embed)


def _where(program: Program, variable: str) -> str:
    """Which word has a variable's value, if a word near or at one position does."""
    node = program.by_name.get(variable)
    if node is None or isinstance(node, Embed):
        return "a word" if program.label_type.pooled else _NEAR[0]
    if not isinstance(node, Aggregate) or not _of_words(program, node.value):
        return f"%{variable}"
    select = program.by_name[node.pattern]
    assert isinstance(select, Select), "what is aggregated is a pattern"
    looks = (program.by_name.get(select.query), program.by_name.get(select.key))
    if select.rule == "all" or not all(isinstance(one, Positions) for one in looks):
        return f"%{variable}"
    matched = matched_keys(program, select)
    found = [(query, key) for query, key in enumerate(matched) if key]
    if len(found) == 1 and found[0][0] == found[0][1]:
        return f"word {found[0][0]}"
    delta = found[0][1] - found[0][0] if found else 0
    # What is out of reach is the first word, whether it is matched or nothing is.
    there = (query + delta for query in range(len(matched)))
    if all(
        (key or 0) == (j if 0 <= j < len(matched) else 0)
        for j, key in zip(there, matched, strict=True)
    ):
        side = "before" if delta < 0 else "after"
        return _NEAR.get(delta, f"the word {abs(delta)} {side}")
    return f"%{variable}"
