"""Single inputs of a program as properties see them, answered by the interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tpc.ir.program import Program
from tpc.properties.frames import FramedShape, body_tokens, framed_shapes
from tpc.properties.meaning import Case, Failure, Meaning
from tpc.properties.syntax import Property, PropertyFile
from tpc.semantics.interpreter import Interpreter


@dataclass(frozen=True)
class Counterexample:
    """An input on which a property fails, as the interpreter confirms.

    Args:
        tokens: The whole input.
        labels: By position of the whole input, `None` where nothing is scored; a single one if
            the program labels whole inputs.
        changed_tokens: The changed input, if the property has one.
        changed_labels: Its labels.
        line: Of the file: the innermost formula that fails.
        text: That line.
        values: Of the variables there.
        position: A position that the variables name, the frame counted; 0 if there is none.
    """

    tokens: tuple[str, ...]
    labels: tuple[str | None, ...]
    changed_tokens: tuple[str, ...] | None
    changed_labels: tuple[str | None, ...] | None
    line: int
    text: str
    values: dict[str, int | str]
    position: int


class Referee:
    """Asks the interpreter and the meaning of properties about single inputs.

    Args:
        program: The program.
        file: The properties.
    """

    def __init__(self, program: Program, file: PropertyFile) -> None:
        self._program, self._file = program, file
        self._interpreter = Interpreter(program)
        self._tokens = body_tokens(program)
        self._words = {*program.vocabulary, *program.classes, *file.order.words}

    def counterexample(
        self, prop: Property, shape: FramedShape, ids: Sequence[int]
    ) -> Counterexample | None:
        """Where a property fails on an input of a shape; `None` if it holds there."""
        case = self._case(shape, ids)
        ends = ids[: shape.start], ids[len(ids) - shape.end :]

        def run(tokens: tuple[str, ...]) -> Case | None:
            body = [self._program.token_ids[token] for token in tokens]
            changed = [*ends[0], *body, *ends[1]]
            inside = all(
                token in slot.members for token, slot in zip(changed, shape.slots, strict=True)
            )
            return self._case(shape, changed) if inside else None

        meaning = Meaning(self._file, self._tokens, self._words, run)
        failure = meaning.failure(prop, case)
        return None if failure is None else self._shown(failure, case, shape, ids)

    def _case(self, shape: FramedShape, ids: Sequence[int]) -> Case:
        program = self._program
        column = self._interpreter.evaluate(ids).columns[program.result]
        labels: list[str | None] = [program.classes[int(label)] for label in column]
        inside = slice(shape.start, len(ids) - shape.end)
        scored = tuple(slot.scored for slot in shape.body)
        pooled = program.label_type.pooled
        if not pooled:
            labels = [
                label if good else None for label, good in zip(labels[inside], scored, strict=True)
            ]
        tokens = tuple(program.vocabulary[token] for token in ids[inside])
        return Case(tokens, tuple(labels), scored, pooled)

    def _shown(
        self, failure: Failure, case: Case, shape: FramedShape, ids: Sequence[int]
    ) -> Counterexample:
        before, after = (
            tuple(self._program.vocabulary[token] for token in part)
            for part in (ids[: shape.start], ids[len(ids) - shape.end :])
        )

        def whole(found: Case) -> tuple[tuple[str, ...], tuple[str | None, ...]]:
            unscored = tuple(None for _ in before), tuple(None for _ in after)
            framed = (*unscored[0], *found.labels, *unscored[1])
            return (*before, *found.tokens, *after), found.labels if found.pooled else framed

        changed = whole(failure.changed) if failure.changed is not None else None
        positions = [value for value in failure.values.values() if isinstance(value, int)]
        position = shape.start + positions[-1] if positions and not case.pooled else 0
        tokens, labels = whole(case)
        return Counterexample(
            tokens=tokens,
            labels=labels,
            changed_tokens=changed[0] if changed else None,
            changed_labels=changed[1] if changed else None,
            line=failure.place.line,
            text=failure.place.source.strip(),
            values=failure.values,
            position=position,
        )


def shape_of(program: Program, ids: tuple[int, ...]) -> FramedShape | None:
    """The shape of an input; `None` if it is not in the language."""
    slots = program.language.match(ids, program.max_length)
    if not slots:
        return None
    return next(shape for shape in framed_shapes(program) if shape.slots == slots)
