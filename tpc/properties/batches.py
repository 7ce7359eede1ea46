"""A property on many inputs of one shape at once: which of them it fails on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from tpc.ir.program import Program
from tpc.properties.arrays import CircuitArrays, WordCodes
from tpc.properties.frames import FramedShape, body_tokens
from tpc.properties.gates import FALSE, TRUE, Gate, Read
from tpc.properties.grounding import Change, Grounding
from tpc.properties.syntax import Property, PropertyFile
from tpc.semantics.arrays import Array, Mask
from tpc.semantics.batched import BatchEvaluator

#: So many gates times inputs are held at once.
_MAX_CELLS = 2**27


class PropertyBatches:
    """A property of a program on arrays of inputs.

    Args:
        program: The program.
        file: Where the property is.
        prop: The property.
    """

    def __init__(self, program: Program, file: PropertyFile, prop: Property) -> None:
        self._program, self._file, self._prop = program, file, prop
        self._evaluator = BatchEvaluator(program, only=())
        self._codes = WordCodes(program, file.order)
        self._tokens = body_tokens(program)
        self._shapes: dict[FramedShape, ShapeBatches] = {}

    def on(self, shape: FramedShape) -> ShapeBatches:
        """The property on a shape of the language."""
        if shape not in self._shapes:
            self._shapes[shape] = self._made(shape)
        return self._shapes[shape]

    def _made(self, shape: FramedShape) -> ShapeBatches:
        pooled = self._program.label_type.pooled
        grounding = Grounding(self._file, shape, self._tokens, pooled=pooled)
        roots = grounding.roots(self._prop)
        return ShapeBatches(self._program, self._evaluator, self._codes, shape, grounding, roots)


class ShapeBatches:
    """A property on a shape of the language.

    Args:
        program: The program.
        evaluator: Of it.
        codes: Of words.
        shape: The shape.
        grounding: Of the property on the shape.
        roots: What has to hold with each change.

    Attributes:
        tries: How many evaluations of the program an input takes.
        batch_size: How many inputs should be asked about at once.
    """

    def __init__(
        self,
        program: Program,
        evaluator: BatchEvaluator,
        codes: WordCodes,
        shape: FramedShape,
        grounding: Grounding,
        roots: Mapping[Change | None, Gate],
    ) -> None:
        self._program, self._evaluator, self._codes = program, evaluator, codes
        self._shape = shape
        self._circuits = {
            change: CircuitArrays(grounding.circuit, root, codes)
            for change, root in roots.items()
            if root != TRUE
        }
        self._never = roots.get(None) == FALSE
        self._allowed = np.zeros((len(shape.slots), len(program.vocabulary)), dtype=bool)
        for position, slot in enumerate(shape.slots):
            self._allowed[position, list(slot.tokens)] = True
        sizes = (
            len(shape.slots[change.positions[0]].tokens)
            if change is not None and change.kind == "changing"
            else 1
            for change in self._circuits
        )
        self.tries = max(1, sum(sizes))
        gates = len(grounding.circuit.nodes)
        self.batch_size = max(64, min(32_768, _MAX_CELLS // gates))

    def failing(self, ids: Array) -> Mask:
        """Which inputs the property fails on.

        Args:
            ids: `[B, L]`, all of the shape.
        """
        count = len(ids)
        if self._never or not self._circuits:
            return np.full(count, self._never)
        found = np.zeros(count, dtype=bool)
        columns = self._columns(ids, changed=False)
        for change, circuit in self._circuits.items():
            if change is None:
                found |= ~circuit.holds(columns, count)
                continue
            for changed in self._changed(ids, change):
                inside = self._allowed[np.arange(ids.shape[1]), changed].all(axis=1)
                if inside.any():
                    both = {**columns, **self._columns(changed, changed=True)}
                    found |= inside & ~circuit.holds(both, count)
        return found

    def _columns(self, ids: Array, *, changed: bool) -> dict[Read, Array]:
        length = ids.shape[1]
        lengths = np.full(len(ids), length, dtype=np.int64)
        labels = self._evaluator.evaluate(ids, lengths).labels
        outputs = labels[:, None] if labels.ndim == 1 else labels
        found = {
            Read("in", position, changed): self._codes.tokens[ids[:, position]]
            for position in range(length)
        }
        for position in range(outputs.shape[1]):
            codes = self._codes.labels[outputs[:, position]]
            found[Read("out", position, changed)] = codes
        return found

    def _changed(self, ids: Array, change: Change) -> Iterator[Array]:
        """The inputs that a change makes of these, each time one of each."""
        found = ids.copy()
        if change.kind == "changing":
            position = change.positions[0]
            for token in self._shape.slots[position].tokens:
                found[:, position] = token
                yield found
            return
        if change.kind == "positions":
            found[:, list(change.positions)] = ids[:, list(change.positions[::-1])]
        else:
            one, other = (self._program.token_ids[token] for token in change.tokens)
            # The frame is not changed.
            body = slice(self._shape.start, ids.shape[1] - self._shape.end)
            inner = ids[:, body]
            exchanged = np.where(inner == one, other, np.where(inner == other, one, inner))
            found[:, body] = exchanged
        yield found
