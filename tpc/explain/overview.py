"""What each variable of a program is, in words, layer by layer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tpc.explain.tables import in_words, visible
from tpc.ir.nodes import TOKENS, Aggregate, Embed, Lookup, Ones, Positions, operands
from tpc.ir.printer import print_case
from tpc.ir.program import Program
from tpc.lowering import lowered as lowering
from tpc.lowering.lower import lower
from tpc.lowering.predicates import noun, predicate, sentence
from tpc.semantics.dense_tables import entries

_LAYER = re.compile(r"(?:num_)?(?:attn|mlp)_(\d+)_\d+")

#: A table is told in the line of its variable if it has no more characters than this.
_MAX_TABLE = 60
#: Lookups with formulas are written up to this length.
_MAX_FORMULAS = 160

#: Operands that are named.
_MAX_NAMED = 8

_OPAQUE = "looks for"


@dataclass(frozen=True)
class Described:
    """A variable in words.

    Attributes:
        name: In the program.
        layer: Of the network; of a variable that the network does not have, how many heads its
            values went through, less one. -1 for what a token or a position is by itself.
        source: What decides it: `embedding`, `head`, `lookup`, ...
        takes: What a head passes on; empty for all else.
        words: What it is; for a head that takes a value, without what it takes.
        table: Of a head or a lookup whose table is short enough, or can be said in short: that.
    """

    name: str
    layer: int
    source: lowering.Source
    takes: str
    words: str
    table: str = ""

    @property
    def text(self) -> str:
        """What it is, in one phrase."""
        return f"{self.takes} {self.words}{self.table}".lstrip()

    def to_json(self) -> dict[str, object]:
        """The name, the layer, the source and the phrase."""
        return {
            "name": self.name,
            "layer": self.layer,
            "source": self.source,
            "words": self.text,
        }


def overview(program: Program) -> tuple[Described, ...]:
    """All variables of a program but its tokens, in its order."""
    found = lower(program)
    layers = _layers(program)
    described = []
    for step in found.steps:
        if isinstance(step, lowering.Selector):
            continue
        takes, words, *table = _words(program, found, step)
        source = found.columns[step.name].source
        described.append(Described(step.name, layers[step.name], source, takes, words, *table))
    return tuple(described)


def _layers(program: Program) -> Mapping[str, int]:
    found = {TOKENS: -1}
    for node in program.nodes:
        if isinstance(node, Positions | Ones | Embed):
            found[node.name] = -1
            continue
        known = [match for name in (node.name, *node.origin) if (match := _LAYER.fullmatch(name))]
        below = max((found[name] for name in operands(node)), default=-1)
        deeper = below + isinstance(node, Aggregate)
        found[node.name] = max([deeper, *(int(match[1]) for match in known[:1])])
    return found


def _words(program: Program, found: lowering.Lowered, step: lowering.Step) -> tuple[str, ...]:
    """What a variable takes, if it is a head that takes a value, the phrase, perhaps its table."""
    match step:
        case lowering.Positions():
            return "", "the position, from 0"
        case lowering.Ones():
            return "", "1 at every position"
        case lowering.Embedding():
            return "", _embedding(program, found, step)
        case lowering.Head():
            return _head(found, step)
        case lowering.Lookup():
            return "", *_lookup(program, found, step)
        case lowering.Perceptron():
            units = len(step.weights.b_in)
            return "", f"MLP of {_names(step.operands)}, {units:,} hidden units: not a table"
        case lowering.Classifier():
            return "", _classifier(found, step)
        case _:
            raise AssertionError(f"%{step.name} is a pattern")


def _embedding(program: Program, found: lowering.Lowered, step: lowering.Embedding) -> str:
    tokens = f"each of {len(program.vocabulary):,} tokens"
    if found.columns[step.name].kind == "real":
        return f"a number for {tokens}"
    return f"one of {len(set(step.values)):,} values for {tokens}"


def _head(found: lowering.Lowered, step: lowering.Head) -> tuple[str, str, str]:
    text, takes = sentence(found, step, in_words), noun(found, step.value)
    table = f" {predicate_in_words(found, step.selector)}" if _OPAQUE in text else ""
    if step.selector.single and text.startswith(f"{takes} at "):
        return takes, text.removeprefix(f"{takes} "), table
    return "", text, table


def predicate_in_words(found: lowering.Lowered, selector: lowering.Selector) -> str:
    """What a table looks for, in brackets: the offset that most positions have, or its entries."""
    known = predicate(found, selector)
    offsets: Counter[int] = Counter()
    if found.is_positions(selector.query) and found.is_positions(selector.key):
        offsets.update(
            int(key) - int(query) for query, key in known.matched.items() if isinstance(key, int)
        )
    queries = len(found.columns[selector.query].values)
    if offsets:
        [(offset, count)] = offsets.most_common(1)
        if 2 * count > queries:
            where = f"{abs(offset)} to the {'right' if offset > 0 else 'left'}"
            return f"({where if offset else 'its own'}, for {count} of {queries})"
    table = re.sub(r"\s+", " ", selector.text.partition("{")[2].rpartition("}")[0].strip())
    if len(table) <= _MAX_TABLE:
        return f"({table})" if table else ""
    keys = set(known.matched.outcomes) - {None}
    return f"(a table: {len(keys):,} keys for {queries:,} queries)"


def _lookup(program: Program, found: lowering.Lowered, step: lowering.Lookup) -> tuple[str, str]:
    node = program.by_name[step.name]
    assert isinstance(node, Lookup), "lookups are lowered from lookups"
    outcomes = len({case.outcome for case in step.cases})
    if outcomes == 1 and isinstance(step.cases[0].outcome, int):
        value = found.columns[step.name].value(step.cases[0].outcome)
        return f"always {in_words(value)}", ""
    cases = ", ".join(print_case(program, node, case) for case in step.cases)
    if step.has_formulas:
        cases = re.sub(r"%(?=\w)", "", cases)
        if len(step.cases) == 1:
            return cases.removeprefix("_ => "), ""
        if len(cases) <= _MAX_FORMULAS:
            return f"formula of {_names(step.operands)}", f": {cases}"
    if len(cases) > _MAX_TABLE:
        cases = f"{entries(program, node):,} entries, {outcomes:,} outcomes"
    return f"table of {_names(step.operands)}", f": {cases}"


def _classifier(found: lowering.Lowered, step: lowering.Classifier) -> str:
    where = {"none": "", "sum": ", added up over all positions", "first": " at position 0"}
    count = len(step.features)
    variables = (
        f"{count} variables"
        if count > _MAX_NAMED
        else _names(tuple(feature.variable for feature in step.features))
    )
    never = ", ".join(visible(found.classes[index]) for index in step.never)
    text = f"the class with the largest sum of the weights of {variables or 'nothing'}"
    return text + where[step.pool] + (f"; never {never}" if never else "")


def _names(names: tuple[str, ...]) -> str:
    distinct = tuple(dict.fromkeys(names))
    more = f" and {len(distinct) - _MAX_NAMED} more" if len(distinct) > _MAX_NAMED else ""
    return ", ".join(distinct[:_MAX_NAMED]) + more


def grouped(described: tuple[Described, ...], *, tables: bool = True) -> Iterator[tuple[str, str]]:
    """Names and phrases; variables that are alike but for what they take are told together.

    Args:
        described: The variables.
        tables: Tell tables, too; without them, heads that have the same but for these are alike.
    """
    groups: dict[tuple[object, ...], list[Described]] = {}
    for one in described:
        alike = one.takes or one.source == "embedding" or (one.source == "head" and not tables)
        key = (one.words, one.source, "" if alike else one.name, one.table if tables else "")
        groups.setdefault(key, []).append(one)
    for members in groups.values():
        takes = _names(tuple(one.takes for one in members if one.takes))
        name = members[0].name if len(members) == 1 else _names(tuple(m.name for m in members))
        table = members[0].table if tables else ""
        yield name, f"{takes} {members[0].words}{table}".strip()
