"""What goes into a program and what comes out, in a sentence each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tpc.explain.tables import in_words
from tpc.ir.language import Group
from tpc.ir.nodes import TOKENS, Classify, Node, Positions, Select, backward_slice
from tpc.ir.numbers import counted
from tpc.ir.program import Program
from tpc.ir.words import BOS, EOS, PAD, UNK
from tpc.lowering.lowered import Lowered
from tpc.passes.base import Promised
from tpc.runtime.sentences import frames_sentences
from tpc.story.phrases import listed, plain

#: Tokens and labels that are named, and parts of an input that are told one after the other.
_MAX_NAMED, _MAX_GROUPS = 16, 5


def takes(program: Program) -> str:
    """What it takes and what it gives."""
    if frames_sentences(program):
        words = len([word for word in program.vocabulary if word not in (PAD, UNK, BOS, EOS)])
        text = f"a sentence of up to {program.max_length - 2} words, of {words:,} that it knows"
    else:
        text = _strings(program)
    labels = [label for label in program.classes if label not in (PAD, UNK)]
    kinds = f"{len(labels):,}" if len(labels) > _MAX_NAMED else plain(labels)
    return f"{program.name} takes {text}, and gives {_place(program)} a label, one of {kinds}."


def _strings(program: Program) -> str:
    """The strings of the language of a program of tokens."""
    words = [word for word in program.vocabulary if word != PAD]
    shown = plain(words) if len(words) <= _MAX_NAMED else f"{len(words):,} that it knows"
    alternatives = program.language.alternatives
    whole = f"up to {program.max_length:,} tokens, each one of {shown}"
    if len(alternatives) != 1 or len(alternatives[0]) > _MAX_GROUPS:
        return whole
    told = [_group(program, group) for group in alternatives[0]]
    return ", then ".join(told) if all(told) else whole


def _group(program: Program, group: Group[int]) -> str:
    """A part of the language; nothing if that takes more than a few words."""
    if len(group.slots) != 1 or len(group.slots[0].tokens) > _MAX_NAMED:
        return ""
    tokens = [program.vocabulary[index] for index in group.slots[0].tokens]
    if len(tokens) == 1 and group.least == group.most == 1:
        return in_words(tokens[0])
    times = str(group.least) if group.least == group.most else f"{group.least} to {group.most}"
    return f"{times} of {plain(tokens)}"


def _place(program: Program) -> str:
    """What gets a label."""
    if program.label_type.pooled:
        return "it as a whole"
    if frames_sentences(program):
        return "each word"
    scored, unscored = _tokens(program, scored=True), _tokens(program, scored=False)
    if not scored & unscored and unscored:
        if len(unscored) > 2:
            return f"each {listed(sorted(scored), 'or')}"
        return f"each token but {listed(sorted(map(in_words, unscored), reverse=True))}"
    return "each token"


def _tokens(program: Program, *, scored: bool) -> set[str]:
    groups = (group for groups in program.language.alternatives for group in groups)
    slots = (slot for group in groups for slot in group.slots if slot.scored == scored)
    return {program.vocabulary[index] for slot in slots for index in slot.tokens}


def depends(program: Program) -> Iterable[str]:
    """What a label cannot depend on, as the program alone shows it."""
    needed = backward_slice(program.nodes, [program.result])
    nodes = [node for node in program.nodes if node.name in needed]
    selects = [node for node in nodes if isinstance(node, Select)]
    thing = "The label" if program.label_type.pooled else "A label"
    if TOKENS not in needed:
        yield f"{thing} does not depend on what the tokens are."
    pool = next((node.pool for node in nodes if isinstance(node, Classify)), "none")
    if not selects and pool == "none":
        place = " and place" if any(isinstance(node, Positions) for node in nodes) else ""
        yield f"{thing} depends on its own token{place} alone."
    elif all(_unordered(node) for node in nodes) and pool != "first":
        others = "the tokens" if program.label_type.pooled else "the tokens around it"
        yield f"{thing} does not depend on the order of {others}."
    elif selects and all(node.causal for node in selects) and not program.label_type.pooled:
        yield f"{thing} depends on nothing to the right of it."


def _unordered(node: Node) -> bool:
    """Whether a node computes the same wherever the tokens stand."""
    if isinstance(node, Select):
        return node.rule == "all" and not node.causal
    return not isinstance(node, Positions)


def possible_labels(program: Program, lowered: Lowered) -> frozenset[str]:
    """The labels that its task's inputs can get, and perhaps more."""
    node = program.by_name[program.result]
    if isinstance(node, Classify):
        columns = range(len(program.classes))
        return frozenset(
            program.classes[c] for c in columns if c not in node.never and _votes(node, c)
        )
    mask = Promised(program).answered().get(program.result)
    if mask is None:
        return frozenset(lowered.columns[program.result].labels or ())
    return frozenset(
        label for label, occurs in zip(program.classes, mask.tolist(), strict=True) if occurs
    )


def _votes(node: Classify, c: int) -> bool:
    """Whether a class can win: one that gets the same as an earlier one never does."""
    rows = [row for feature in node.features for row in feature.rows]
    earlier = (other for other in range(c) if other not in node.never)
    return not any(all(row[other] == row[c] for row in rows) for other in earlier)


def never(program: Program, given: Iterable[str]) -> str:
    """Which of its labels a program never gives, as a sentence; nothing if it gives all."""
    known = set(given)
    classes = [label for label in program.classes if label not in (PAD, UNK, BOS, EOS)]
    missing = [label for label in classes if label not in known]
    if not missing:
        return ""
    numbers = _numbers(classes)
    if numbers is not None and (shown := _numbers(sorted(known))) is not None:
        if set(missing) == {str(n) for n in numbers if n > max(shown)}:
            return f"It never says more than {max(shown)}."
        if set(missing) == {str(n) for n in numbers if n < min(shown)}:
            return f"It never says less than {min(shown)}."
    few = missing if len(missing) <= _MAX_NAMED else [f"{len(missing):,} of its labels"]
    return f"It never says {listed(few, 'or')}."


def _numbers(labels: Sequence[str]) -> list[int] | None:
    """Labels as numbers, if they all are."""
    if not labels or not all(label.isascii() and label.isdecimal() for label in labels):
        return None
    return [int(label) for label in labels]


def inputs(count: int) -> str:
    """A number of inputs."""
    return f"{counted(count)} input{'s' if count != 1 else ''}"
