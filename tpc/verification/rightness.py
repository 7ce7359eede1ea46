"""Is a program right? Its labels compared with those of its task, on every input of the task.

`verify` asks whether a program is its network; a program that is may still be wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Literal

from tpc.data.drawing import checked_arguments
from tpc.data.task import Row, Task, TaskArguments, Tokens
from tpc.data.tasks import TASKS
from tpc.diagnostics import TpcError
from tpc.ir.language import Language
from tpc.ir.program import Program
from tpc.ir.words import PAD, rewrite
from tpc.proof.verdict import Proved, Refuted, Unknown
from tpc.properties.decide import Budget, Decision, amount, decide
from tpc.properties.tasks import has_property, task_properties
from tpc.runtime.backend import INTERPRETER, run_with
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.encoding import encode
from tpc.verification.inputs import chunks
from tpc.verification.verify import Progress, VerificationOptions

CHUNK = 8_192
_ANY_LENGTH = 1_000_000

Answers = Callable[[Sequence[Tokens]], Iterable[Sequence[str] | None]]
"""The labels of framed inputs, one for a pooled program; `None` for one that it does not take."""


@dataclass(frozen=True)
class Mistake:
    """An input on which a program is wrong.

    Attributes:
        tokens: Framed.
        expected: The labels of the task, `<pad>` where it has none; a single one if pooled.
        found: The labels of the program; `None` if it does not take the input.
    """

    tokens: Tokens
    expected: tuple[str, ...]
    found: tuple[str, ...] | None

    @property
    def position(self) -> int:
        """Of the first wrong label; 0 if pooled, or if the program does not take the input."""
        labels = zip(self.expected, self.found or (), strict=False)
        wrong = (place for place, (tag, label) in enumerate(labels) if tag not in (PAD, label))
        return next(wrong, 0)

    @property
    def size(self) -> tuple[int, Tokens]:
        """What orders mistakes: the fewest tokens, then the first in string order."""
        return len(self.tokens), self.tokens


@dataclass(frozen=True)
class Rightness:
    """How a program did on the inputs of a task.

    Attributes:
        target: What ran it.
        method: Whether every input of the task was tried, or a sample of them; or the task was
            decided as a property of the program, by more than trying.
        inputs: How many inputs were compared; all that there are, if it was decided.
        not_asked: How many strings of the input language the task has no labels for.
        wrong: On how many inputs a label is wrong; on at least so many, if it was decided.
        smallest: The smallest of these; the smallest found, unless all were tried.
        decided: How it was decided, if it was.
    """

    target: str
    method: Literal["exhaustive", "sampled", "decided"]
    inputs: int = 0
    not_asked: int = 0
    wrong: int = 0
    smallest: Mistake | None = None
    decided: Decision | None = None

    @property
    def verdict(self) -> str:
        """`proved`, `refuted` or `unknown`: what was only sampled is not proved."""
        if self.decided is not None:
            return self.decided.verdict.word
        if self.wrong:
            return Refuted.word
        return Proved.word if self.method == "exhaustive" else Unknown.word


def check_task(
    program: Program,
    task: Task,
    arguments: TaskArguments,
    options: VerificationOptions,
    progress: Progress = lambda items, *_: items,
) -> list[Rightness]:
    """Compare a program's labels with a task's, through each target.

    Args:
        program: A verified program.
        task: What it should compute.
        arguments: Of the task: they decide which inputs it has.
        options: How far to go.
        progress: Told of the chunks of inputs.

    Raises:
        TpcError: The task has no function, it fails on an input, labels other things than the
            program does, or a target cannot be used.
    """
    refuse_incomparable(program, task)
    language = task.language(checked_arguments(task, arguments), _ANY_LENGTH)
    count = language.count()
    if count <= options.limit:
        return _tried(program, task, language.strings(), count, options, progress)
    decided = _decided(program, task, language, options)
    left = tuple(t for t in options.targets if decided is None or t != INTERPRETER)
    found = [] if decided is None else [decided]
    if not left:
        return found
    strings = language.sample(_ANY_LENGTH, options.samples, options.seed)
    rest = replace(options, targets=left)
    return [*found, *_tried(program, task, strings, options.samples, rest, progress)]


def _tried(
    program: Program,
    task: Task,
    strings: Iterable[Tokens],
    count: int,
    options: VerificationOptions,
    progress: Progress,
) -> list[Rightness]:
    """Compare on strings: on a sample if there are only so many as are sampled."""
    method: Literal["exhaustive", "sampled"] = (
        "sampled" if isinstance(strings, list) else "exhaustive"
    )
    with ExitStack() as stack:
        results = {target: Rightness(target, method) for target in options.targets}
        answers = {target: answers_of(program, target, stack) for target in options.targets}
        steps = -(-count // CHUNK)
        for chunk in progress(chunks(strings, CHUNK), f"{task.name}: inputs", steps):
            rows = [row for row in (asked_row(task, tokens) for tokens in chunk) if row]
            for target, known in results.items():
                found = list(mistakes(rows, answers[target], pooled=task.pooled))
                results[target] = _more(known, found, len(rows), len(chunk) - len(rows))
    return [*results.values()]


def _decided(
    program: Program, task: Task, language: Language[str], options: VerificationOptions
) -> Rightness | None:
    """Decide a task as a property of the program, as the interpreter runs it.

    Returns:
        What was found; `None` if the task is no property, or the interpreter is not asked for, or
        the program does not take all inputs.
    """
    if INTERPRETER not in options.targets or TASKS.get(task.name) is not task:
        return None
    if not has_property(task.name) or not _takes(program, language):
        return None
    asked = program.replace(language=language.mapped(program.token_ids))
    budget = Budget(options.limit, options.samples, options.seed)
    (found,) = decide(asked, [task_properties()], [task.name], budget)
    smallest = None
    if found.counterexample is not None:
        row = asked_row(task, found.counterexample.tokens)
        assert row is not None, "the property holds of what is not asked"
        (smallest,) = mistakes([row], BatchAnswers(program), pooled=task.pooled)
    return Rightness(
        INTERPRETER, "decided", found.inputs, 0, found.at_least, smallest, decided=found
    )


def _takes(program: Program, language: Language[str]) -> bool:
    """Whether a program takes every string of a language, and reads its words as they are."""
    slots = (slot for groups in language.alternatives for group in groups for slot in group.slots)
    words = {word for slot in slots for word in slot.tokens}
    known = all(
        word in program.token_ids and rewrite(word, program.rewrite) == word for word in words
    )
    return known and language.count(program.max_length) == language.count()


def refuse_incomparable(program: Program, task: Task) -> None:
    """Raise TpcError unless a program and a task give labels of the same kind for any input."""
    if task.answer is None:
        raise TpcError(
            f"{task.name} is a generator of rows: nothing says the labels of other inputs",
            hint="make it a function from tokens to labels, or score the program on its rows: "
            "tpc eval",
        )
    if task.pooled != program.label_type.pooled:
        ours, theirs = (
            "one label a sequence" if pooled else "a label for every token"
            for pooled in (program.label_type.pooled, task.pooled)
        )
        raise TpcError(f"%{program.name} gives {ours}, and {task.name} {theirs}")


def asked_row(task: Task, framed: Tokens) -> Row | None:
    """A framed input with its labels; `None` if the task does not ask it."""
    assert task.answer is not None, "whoever asks has checked it"
    tokens = task.bare(framed)
    labels = task.answer(tokens)
    return None if labels is None else task.framed(tokens, labels)


def mistakes(rows: Sequence[Row], answers: Answers, *, pooled: bool) -> Iterator[Mistake]:
    """The rows that are answered wrongly; what is tagged `<pad>` may be answered anyhow.

    Args:
        rows: Framed.
        answers: What answers them.
        pooled: Whether only the first tag counts.
    """
    for (tokens, tags), found in zip(rows, answers([row[0] for row in rows]), strict=True):
        expected = tags[:1] if pooled else tags
        if found is None:
            yield Mistake(tokens, expected, None)
        elif any(tag not in (PAD, label) for tag, label in zip(expected, found, strict=True)):
            yield Mistake(tokens, expected, tuple(found))


def answers_of(program: Program, target: str, stack: ExitStack) -> Answers:
    """What runs a program on many inputs, as long as the stack is open."""
    if target == INTERPRETER:
        return BatchAnswers(program)
    loaded = stack.enter_context(run_with(program, target))

    def answers(inputs: Sequence[Tokens]) -> Iterator[Sequence[str] | None]:
        taken = [_encoded(program, tokens) is not None for tokens in inputs]
        kept = [tokens for tokens, good in zip(inputs, taken, strict=True) if good]
        found = loaded.run_many(kept, raw=True)
        for good in taken:
            labels = next(found) if good else None
            yield [labels] if isinstance(labels, str) else labels

    return answers


class BatchAnswers:
    """The reference semantics on many inputs at once."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._evaluator = BatchEvaluator(program, only=())

    def __call__(self, inputs: Sequence[Tokens]) -> list[Sequence[str] | None]:
        """The labels of each input; `None` for one that the program does not take."""
        encoded = [_encoded(self._program, tokens) for tokens in inputs]
        found = iter(self._evaluator.class_indices([ids for ids in encoded if ids is not None]))
        classes = self._program.classes
        return [
            None if ids is None else [classes[index] for index in next(found)] for ids in encoded
        ]


def _encoded(program: Program, tokens: Tokens) -> list[int] | None:
    try:
        return encode(program, tokens)
    except TpcError:
        return None


def _more(known: Rightness, found: list[Mistake], inputs: int, not_asked: int) -> Rightness:
    candidates = [*found, *([known.smallest] if known.smallest else [])]
    return replace(
        known,
        inputs=known.inputs + inputs,
        not_asked=known.not_asked + not_asked,
        wrong=known.wrong + len(found),
        smallest=min(candidates, key=lambda mistake: mistake.size, default=None),
    )


def rightness_lines(results: Sequence[Rightness], name: str, task: str) -> list[str]:
    """A line for each target, the smallest mistakes, and the verdict.

    Args:
        results: What was found.
        name: Of the program.
        task: What it was compared with, for the verdict.
    """
    lines = [_sentence(result) for result in results]
    lines += [shown(found.smallest, found.target) for found in results if found.smallest]
    verdict = overall(results)
    if verdict == Refuted.word:
        return [*lines, f"{verdict}: {name} is not right on every input of {task}"]
    if verdict == Unknown.word:
        return [*lines, f"{verdict}: no wrong label of {name} was found on {task}"]
    return [*lines, f"{verdict}: {name} is right on every input of {task}"]


def overall(results: Sequence[Rightness]) -> str:
    """`proved`, `refuted` or `unknown`, of all targets together."""
    verdicts = {found.verdict for found in results}
    if Refuted.word in verdicts:
        return Refuted.word
    return Unknown.word if Unknown.word in verdicts else Proved.word


def _sentence(found: Rightness) -> str:
    if found.decided is not None:
        return f"{found.target}: {_of_decision(found.decided)}"
    what = "all" if found.method == "exhaustive" else "a sample of"
    text = f"{found.target}: {what} {found.inputs:,} inputs of the task, {found.wrong:,} wrong"
    if found.not_asked:
        text += f" ({found.not_asked:,} more strings have no labels in it)"
    return text


def _of_decision(decision: Decision) -> str:
    inputs = f"{amount(decision.inputs)} inputs of the task"
    if isinstance(decision.verdict, Refuted):
        which = "the smallest" if decision.smallest else "the smallest found"
        return f"at least {decision.at_least:,} of {inputs} wrong, {which} of {_tokens(decision)}"
    if isinstance(decision.verdict, Unknown):
        return f"{inputs}: {decision.verdict.open}; {decision.verdict.spent}"
    return str(decision.verdict)


def _tokens(decision: Decision) -> str:
    assert decision.counterexample is not None, "it is refuted"
    return f"{len(decision.counterexample.tokens)} tokens"


def shown(mistake: Mistake, target: str) -> str:
    """A mistake, on three lines; what the task does not ask is `<pad>` in both."""
    labels = " none, it does not take this input"
    if mistake.found is not None:
        pairs = zip(mistake.expected, mistake.found, strict=True)
        labels = f" {_json([tag if tag == PAD else label for tag, label in pairs])}"
    return "\n".join(
        [
            f"{target} is wrong on {_json(mistake.tokens)}",
            f"  labels of the task:    {_json(mistake.expected)}",
            f"  labels of the program:{labels}",
        ]
    )


def _json(tokens: Sequence[str]) -> str:
    return json.dumps(list(tokens), ensure_ascii=False)
