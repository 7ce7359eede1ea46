"""A task as an oracle whose program is to be proved right: what `--until-proved` asks.

Rounds of learning go on as with any oracle. Where the task's inputs cannot be listed and a search
finds no mistake any more, the program is decided: its counterexamples join the rows, too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tpc.data.corpora import CORPORA
from tpc.data.dataset import Dataset
from tpc.data.task import Answer, Row, Task, Tokens
from tpc.data.tasks import TASKS
from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.ir.words import PAD
from tpc.oracle.imitation import ImitationOptions, Question
from tpc.oracle.inputs import LONGEST, Inputs, of_task
from tpc.oracle.report import Settled
from tpc.proof.verdict import Proved, Refuted, Unknown, Verdict
from tpc.properties.decide import Decision, decide
from tpc.properties.syntax import PropertyFile
from tpc.semantics.encoding import encode
from tpc.training.planning import plan_training
from tpc.verification.rightness import BatchAnswers, Mistake, check_task, mistakes
from tpc.verification.verify import VerificationOptions

#: Options of training that say which rows the task draws.
_OF_ROWS = ("vocab_size", "min_length", "max_length", "unique", "dataset_size", "data_seed")

#: Of the inputs of a search, one in so many is of a few tokens alone.
_FEW = 2


@dataclass(frozen=True)
class TaskOracle:
    """The right labels of a task.

    Attributes:
        name: Of the task.
        answer: What it answers.
        pooled: Whether with one label for the whole input.
    """

    name: str
    answer: Answer
    pooled: bool

    @property
    def where(self) -> str:
        """What messages call it."""
        return self.name

    def ask(self, inputs: Sequence[Tokens]) -> Iterator[object]:
        """As `Oracle.ask`."""
        for tokens in inputs:
            labels = self.answer(tokens)
            if labels is None:
                yield None
            elif self.pooled:
                yield labels[0]
            else:
                yield [None if label == PAD else label for label in labels]


def proof_of(
    named: str, rounds: int | None, files: Sequence[PropertyFile], given: Mapping[str, Any]
) -> tuple[Question, ImitationOptions, dict[str, Any]]:
    """What is asked, how far to go, and the options of training that are left.

    Args:
        named: The task.
        rounds: How often to learn, at most; the usual number if none is given.
        files: Properties that the program should have, instead of being right.
        given: Options of training, those that were given.

    Raises:
        TpcError: The task is none, or has no answers to inputs of its own.
    """
    for name in ("data", "seeds"):
        if name in given:
            raise TpcError(f"--{name} does not go with --until-proved", hint="leave it out")
    if rounds is not None and rounds < 1:
        raise TpcError(f"--rounds is {rounds}; it must be positive")
    if named in CORPORA:
        raise _has_no_answers(named)
    dataset = plan_training(named, given).dataset
    task = dataset.definition if isinstance(dataset, Dataset) else None
    if task is None or task.answer is None or not isinstance(dataset, Dataset):
        raise _has_no_answers(named)
    usual = ImitationOptions()
    options = ImitationOptions(
        rounds=10 if rounds is None else rounds, seed=dataset.arguments.seed, limit=usual.limit
    )
    inputs = _with_few_tokens(of_task(task, dataset.arguments))
    question = Question(
        TaskOracle(_called(task), task.answer, task.pooled),
        inputs,
        task.start,
        task.end,
        dataset=dataset,
        settle=_settling(task, dataset, files),
    )
    return question, options, {k: v for k, v in given.items() if k not in _OF_ROWS}


def _called(task: Task) -> str:
    """The name of a task; the file of one of a user's own that is named as one of tpc is."""
    return task.source.reference if task.source and task.name in TASKS else task.name


def _has_no_answers(named: str) -> TpcError:
    return TpcError(
        f"nothing says the right labels of other inputs of {named}",
        hint="--until-proved is for generated tasks, and for functions in Python",
    )


def _settling(
    task: Task, dataset: Dataset, files: Sequence[PropertyFile]
) -> Callable[[Program], Settled]:
    """What decides whether a program is right, or has properties."""

    def settle_right(program: Program) -> Settled:
        (found,) = check_task(program, task, dataset.arguments, VerificationOptions())
        what = f"right on every input of {task.name}"
        if found.decided is not None:
            return Settled(what, found.decided.verdict, found.smallest)
        verdict: Verdict = Unknown("the inputs that were not sampled", f"{found.inputs:,} sampled")
        if found.method == "exhaustive":
            verdict = Proved(f"all {found.inputs:,} inputs tried")
        if found.smallest is not None:
            ids = encode(program, found.smallest.tokens)
            verdict = Refuted(tuple(ids), found.smallest.position)
        return Settled(what, verdict, found.smallest)

    def settle_properties(program: Program) -> Settled:
        decisions = decide(program, files)
        what = f"so that {' and '.join(found.name for found in decisions)} hold"
        what += "" if len(decisions) > 1 else "s"
        order = ("refuted", "unknown", "proved")
        worst = min(decisions, key=lambda found: order.index(found.verdict.word))
        return Settled(what, worst.verdict, _wrong(program, task, worst))

    return settle_properties if files else settle_right


def _wrong(program: Program, task: Task, decision: Decision) -> Mistake | None:
    """What is wrong in a counterexample to a property, by the task.

    Raises:
        TpcError: Nothing is: it is the task that does not have the property.
    """
    example = decision.counterexample
    if example is None:
        return None
    assert task.answer is not None, "checked"
    rows: list[Row] = []
    for framed in filter(None, (example.tokens, example.changed_tokens)):
        labels = task.answer(task.bare(framed))
        if labels is not None:
            rows.append(task.framed(task.bare(framed), labels))
    found = next(mistakes(rows, BatchAnswers(program), pooled=task.pooled), None)
    if found is None:
        raise TpcError(
            f"the property {decision.name} fails on {' '.join(example.tokens)}, where the labels "
            f"are those of {task.name}",
            hint="the task itself does not have this property",
        )
    return found


def _with_few_tokens(inputs: Inputs) -> Inputs:
    """The same inputs, with a stream in which those of a few tokens are not rare."""

    def stream(seed: int) -> Iterator[Tokens]:
        source = random.Random(seed)
        for number, tokens in enumerate(inputs.stream(seed)):
            yield _of_few(tokens, source, inputs) if number % _FEW else tokens

    return Inputs(inputs.up_to, stream)


def _of_few(tokens: Tokens, source: random.Random, inputs: Inputs) -> Tokens:
    if not tokens:
        return tokens
    few = source.sample(tokens, min(len(tokens), source.randint(1, 3)))
    changed = tuple(source.choice(few) for _ in tokens)
    return changed if inputs.language.match(changed, LONGEST) is not None else tokens
