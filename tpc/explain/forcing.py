"""What decides a label: the changes of one token that flip it, the fewest tokens that force it.

Both are decided by trying all inputs in question, so that they are facts, not estimates; where
these are too many, nothing is said here but how many they are. A set of positions forces a label if
every input of the same length that has the same tokens there gets it. `ForcingSets` is what any
other method, a solver say, has to find: `Decide` is its signature, `by_exhaustion` the one there
is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tpc.explain.influence import influencing_positions, token_classes
from tpc.ir.language import Group, Language, Slot
from tpc.ir.nodes import Select
from tpc.ir.program import Program
from tpc.ir.words import PAD, rewrite
from tpc.semantics.arrays import Array
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.interpreter import Computation
from tpc.semantics.strings import language_batches

#: Inputs that are tried at most for each of the two questions, and pairs of positions that heads
#: compare in all of them together: long inputs of programs with many heads take longer each.
LIMIT, _MAX_PAIRS = 1 << 20, 1 << 31

#: Positions that are evaluated together.
_CELLS = 1 << 18

Shape: TypeAlias = tuple[Slot[int], ...]


@dataclass(frozen=True)
class Flip:
    """A change of one token that changes the label.

    Attributes:
        position: Of the token.
        token: What is put there.
        label: The label then.
    """

    position: int
    token: str
    label: str


@dataclass(frozen=True)
class Flips:
    """The changes of one token that change the label.

    Attributes:
        flips: All there are, by position and token; `None` if there are too many to try.
        changes: How many changes of one token there are.
        tried: How many inputs stand for all of these: tokens that are the same to the program are
            tried once, positions that cannot matter not at all.
    """

    flips: tuple[Flip, ...] | None
    changes: int
    tried: int


@dataclass(frozen=True)
class ForcingSets:
    """The smallest sets of positions whose tokens force the label.

    Attributes:
        sets: All that are of the smallest size, each ascending; `None` if that is unknown.
        necessary: Positions that are in every such set: changing one of them alone can flip the
            label.
        inputs: How many inputs, or sets of positions if these are more, decide it: all that differ
            in other positions that matter.
        limit: How many would have been tried.
        solver: What proved it, where that was not done by trying.
    """

    sets: tuple[tuple[int, ...], ...] | None
    necessary: tuple[int, ...]
    inputs: int
    limit: int
    solver: str = ""


@dataclass(frozen=True)
class Question:
    """A label of an input, and the inputs that it is compared with.

    Args:
        program: The program.
        ids: The input.
        position: Of the label; `None` for the one label of a pooled program.
        label: The index of its class.
        relevant: The positions whose tokens can matter.
        shapes: The inputs of the same length: those of the language, or, if the input is in none
            of its shapes, all strings over the vocabulary.
        in_language: Which of the two.
    """

    program: Program
    ids: tuple[int, ...]
    position: int | None
    label: int
    relevant: frozenset[int]
    shapes: tuple[Shape, ...]
    in_language: bool


Decide: TypeAlias = Callable[[Question, Flips, int], ForcingSets]


def default_limit(program: Program, length: int) -> int:
    """How many inputs of a length are tried if nobody says otherwise: `LIMIT`, or some seconds."""
    heads = sum(isinstance(node, Select) for node in program.nodes)
    return max(1, min(LIMIT, _MAX_PAIRS // max(1, heads * length**2)))


def question(
    program: Program, ids: Sequence[int], position: int | None, found: Computation
) -> Question:
    """The question of a label; `found` is what the input makes the program compute."""
    string, length = tuple(ids), len(ids)
    in_language = program.language.match(string, program.max_length) is not None
    if in_language:
        shapes = program.language.shapes(program.max_length)
    else:
        # A word that rewriting changes never reaches the program.
        words = enumerate(program.vocabulary)
        known = [i for i, word in words if word != PAD and rewrite(word, program.rewrite) == word]
        shapes = iter([(Slot(tuple(known)),) * length])
    return Question(
        program,
        string,
        position,
        int(found.columns[program.result][position or 0]),
        influencing_positions(program, found.patterns, length, position),
        tuple(shape for shape in shapes if len(shape) == length),
        in_language,
    )


def single_changes(asked: Question, limit: int = LIMIT) -> Flips:
    """Every change of one token, to an input of the same shapes, that changes the label."""
    replaced = _replacements(asked)
    changes = sum(len(tokens) for tokens in replaced)
    classes = token_classes(asked.program)
    groups: list[tuple[int, list[int]]] = []
    for position in sorted(asked.relevant):
        same: dict[int, list[int]] = {}
        for token in replaced[position]:
            same.setdefault(classes[token], []).append(token)
        same.pop(classes[asked.ids[position]], None)
        groups += [(position, tokens) for tokens in same.values()]
    if len(groups) > limit:
        return Flips(None, changes, len(groups))
    ids = np.tile(np.array(asked.ids, dtype=np.int64), (len(groups), 1))
    for row, (position, tokens) in enumerate(groups):
        ids[row, position] = tokens[0]
    labels = Labels(asked)(ids).tolist()
    found = [
        (position, token, label)
        for (position, tokens), label in zip(groups, labels, strict=True)
        if label != asked.label
        for token in tokens
    ]
    program = asked.program
    flips = [
        Flip(p, program.vocabulary[t], program.classes[label]) for p, t, label in sorted(found)
    ]
    return Flips(tuple(flips), changes, len(groups))


def by_exhaustion(asked: Question, flips: Flips, limit: int = LIMIT) -> ForcingSets:
    """The smallest forcing sets, by trying every input that could tell.

    A position that flips the label alone is in every forcing set; so only the others are varied.
    """
    necessary = tuple(sorted({flip.position for flip in flips.flips or ()}))
    free = sorted(asked.relevant - set(necessary))
    kinds = [slots for shape in asked.shapes if (slots := varied(asked, shape, free))]
    free = [at for at in free if any(slots[at].tokens != (asked.ids[at],) for slots in kinds)]
    strings = sum(math.prod(len(slot.tokens) for slot in slots) for slots in kinds)
    inputs = max(strings, 1 << len(free))
    if inputs > limit:
        return ForcingSets(None, necessary, inputs, limit)
    own = np.array(asked.ids)[free]
    bits = 1 << np.arange(len(free), dtype=np.int64)
    flipping, labels = np.zeros(1 << len(free), dtype=bool), Labels(asked)
    language = Language(tuple((Group(slots),) for slots in kinds))
    for batch in language_batches(asked.program.replace(language=language)):
        flipped = labels(batch.ids) != asked.label
        flipping[((batch.ids[flipped][:, free] != own) * bits).sum(axis=1)] = True
    sets = [sorted((*necessary, *(free[i] for i in chosen))) for chosen in _hitting_sets(flipping)]
    return ForcingSets(tuple(map(tuple, sorted(sets))), necessary, inputs, limit)


def _hitting_sets(flipping: Array) -> Iterator[tuple[int, ...]]:
    """The smallest sets that have a position of every flipping change.

    Args:
        flipping: For each set of positions, as bits, whether changing just these can flip.
    """
    count = len(flipping).bit_length() - 1
    # Whether changing no more than these positions can flip the label.
    unsafe = flipping.copy()
    for bit in range(count):
        halves = unsafe.reshape(-1, 2, 1 << bit)
        halves[:, 1] |= halves[:, 0]
    # What is kept forces the label if no change of the rest flips it.
    forcing = np.flatnonzero(~unsafe[::-1])
    sizes = np.array([int(chosen).bit_count() for chosen in forcing])
    for chosen in forcing[sizes == sizes.min()]:
        yield tuple(bit for bit in range(count) if int(chosen) >> bit & 1)


def _replacements(asked: Question) -> list[set[int]]:
    """For each position the other tokens that can stand there while all else stays."""
    found: list[set[int]] = [set() for _ in asked.ids]
    for shape in asked.shapes:
        pairs = zip(asked.ids, shape, strict=True)
        unfit = [at for at, (token, slot) in enumerate(pairs) if token not in slot.members]
        if len(unfit) > 1:
            continue
        for at in unfit or range(len(shape)):
            found[at] |= shape[at].members - {asked.ids[at]}
    return found


def varied(asked: Question, shape: Shape, free: Sequence[int]) -> Shape:
    """The inputs of a shape that differ from the input in some positions, one for many.

    Of tokens that are the same to the program one is kept, the input's own if it is there.
    Positions that cannot matter keep one token. Nothing if a position that must stay cannot.
    """
    classes = token_classes(asked.program)
    slots = []
    for at, (token, slot) in enumerate(zip(asked.ids, shape, strict=True)):
        if at in asked.relevant and at not in free:
            if token not in slot.members:
                return ()
            tokens: tuple[int, ...] = (token,)
        elif at in free:
            ordered = sorted(slot.tokens, key=lambda other: other != token)
            chosen = {classes[other]: other for other in reversed(ordered)}
            tokens = tuple(sorted(chosen.values()))
        else:
            tokens = (token if token in slot.members else slot.tokens[0],)
        slots.append(Slot(tokens))
    return tuple(slots)


class Labels:
    """The class at the position in question of many strings of one length."""

    def __init__(self, asked: Question) -> None:
        self._evaluator = BatchEvaluator(asked.program, only=())
        self._position = asked.position

    def __call__(self, ids: Array) -> Array:
        """The classes of some strings `[B, L]`."""
        rows = max(1, _CELLS // max(1, ids.shape[1]))
        parts = [self._some(ids[low : low + rows]) for low in range(0, len(ids), rows)]
        return np.concatenate([np.zeros(0, dtype=np.int64), *parts])

    def _some(self, ids: Array) -> Array:
        lengths = np.full(len(ids), ids.shape[1], dtype=np.int64)
        labels = self._evaluator.evaluate(ids, lengths).labels
        return labels if self._position is None else labels[:, self._position]
