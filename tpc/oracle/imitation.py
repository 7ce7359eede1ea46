"""A program that answers as an oracle does: learn, look for differences, learn from them too.

RUN_DIR/round-1/...   the run of the first round, as any run directory
RUN_DIR/rows-1/...    its rows, if they are learned as text: a run of other rows keeps them itself
RUN_DIR/oracle.json   what each round came to, and how often oracle and program agree
RUN_DIR/...           the best round, as any run directory; run.json has oracle.json too
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tpc.data.dataset import Dataset, dataset_of
from tpc.data.kept_rows import kept_task
from tpc.data.splits import SPLIT_NAMES, Splits, split_rows
from tpc.data.task import Answer, Row, Task, TaskArguments, TaskSource, Tokens
from tpc.data.text_source import rows_digest
from tpc.diagnostics import TpcError
from tpc.files import read_json, write_atomic
from tpc.frontends.program_file import read_program_file
from tpc.ir.program import Program
from tpc.ir.words import PAD
from tpc.model import run_dir
from tpc.model.architecture import Architecture
from tpc.model.config import ModelConfig
from tpc.model.weights import read_weights
from tpc.oracle.asking import ASKED_TWICE, Asker, Oracle, Scored
from tpc.oracle.inputs import LONGEST, Inputs
from tpc.oracle.report import Imitation, Round, Settled, as_json
from tpc.oracle.search import Comparison
from tpc.oracle.text import MOST_TOKENS, write_text
from tpc.proof.verdict import Proved
from tpc.training import checkpoint, run_writer
from tpc.training.plan import Plan, read_plan
from tpc.training.planning import plan_training
from tpc.training.session import Listener, start_run
from tpc.training.state import Say, silent
from tpc.verification.rightness import Mistake

Showing = Callable[[Plan], AbstractContextManager[Listener]]
"""What takes the metrics of each epoch or round of a training, as long as it lasts."""

LEAST_JOINED = 100
JOINED_SHARE = 5
"""At most a fifth as many rows as were learned from join them in a round."""


def unseen(_: Plan) -> AbstractContextManager[Listener]:
    """Show nothing."""
    return nullcontext(lambda _: None)


@dataclass(frozen=True)
class ImitationOptions:
    """How far to go.

    Attributes:
        rounds: How often to learn, at most.
        limit: Languages of up to this many strings are compared string by string.
        tries: Inputs of a search for differences otherwise.
        fresh: Inputs on which the agreement is counted otherwise.
        dataset_size: Rows to learn from in the first round, all splits together.
        seed: Of the inputs.
    """

    rounds: int = 5
    limit: int = 400_000
    tries: int = 20_000
    fresh: int = 10_000
    dataset_size: int = 10_000
    seed: int = 0


@dataclass(frozen=True)
class Question:
    """What is asked, of whom.

    Attributes:
        oracle: Who answers.
        inputs: Which inputs there are.
        start: The tokens before each of them.
        end: The tokens after it.
        right: The right labels, if there is a task that says them.
        dataset: The rows of the first round, if a task has drawn them.
        settle: Says whether a program is right on every input, if that is asked.
    """

    oracle: Oracle
    inputs: Inputs
    start: Tokens
    end: Tokens
    right: Answer | None = None
    dataset: Dataset | None = None
    settle: Callable[[Program], Settled] | None = None


def imitate(
    question: Question,
    path: Path,
    given: Mapping[str, Any],
    options: ImitationOptions,
    *,
    showing: Showing = unseen,
    overwrite: bool = False,
    say: Say = silent,
) -> Imitation:
    """Train a program that answers as an oracle does.

    Args:
        question: What is asked, of whom.
        path: The directory to make.
        given: Options of training, those that were given.
        options: How far to go.
        showing: What shows how each training goes.
        overwrite: Replace a run that is there.
        say: Told how each round went.

    Raises:
        TpcError: The oracle fails, or training does.
    """
    with run_writer.new_directories([path], overwrite, path / run_writer.ORACLE):
        for earlier in path.glob("round-*"):
            if (earlier / run_dir.OPTIONS).is_file():
                shutil.rmtree(earlier)
        found = _Rounds(question, path, given, options).run(showing, say)
        best = path / f"round-{found.best}"
        for name in run_writer.ALL_FILES:
            if (best / name).is_file() and name != checkpoint.FILE:
                write_atomic(path / name, (best / name).read_bytes())
        content = as_json(found)
        summary = {**read_json(path / run_writer.SUMMARY), "oracle": content}
        write_atomic(path / run_writer.SUMMARY, json.dumps(summary, indent=1) + "\n")
        write_atomic(path / run_writer.ORACLE, json.dumps(content, indent=1) + "\n")
    return found


class _Rounds:
    """The rounds of one imitation; rows join from one to the next."""

    def __init__(
        self,
        question: Question,
        path: Path,
        given: Mapping[str, Any],
        options: ImitationOptions,
    ) -> None:
        self.question, self.path, self.given, self.options = question, path, given, options
        self.inputs = question.inputs
        self.asker = Asker(question.oracle, _scored(self.inputs))
        needed = options.dataset_size if question.dataset is None else ASKED_TWICE
        drawn = self.inputs.drawn(needed, options.seed)
        answered = list(zip(drawn, self.asker.labels(drawn), strict=True))
        if all(found is None for _, found in answered):
            raise TpcError(
                f"{question.oracle.where} has no labels for any of {len(drawn):,} inputs",
                hint="it answers None, or null, for inputs that are not asked",
            )
        self.task = self._task()
        rows = [self.task.framed(tokens, found) for tokens, found in answered if found is not None]
        asked = question.dataset
        self.splits = split_rows(rows, options.seed) if asked is None else asked.splits
        self.exhaustive = self.inputs.language.count() <= options.limit

    def run(self, showing: Showing, say: Say) -> Imitation:
        rounds: list[Round] = []
        joined: list[Row] = []
        for number in range(1, self.options.rounds + 1):
            done = self._round(number, joined, showing)
            rounds.append(done)
            say(done.line)
            stuck = self.exhaustive and len(rounds) > 1 and not _better(done, rounds[-2])
            stuck = stuck and self.question.settle is None
            if not done.search.mistakes or done.interrupted or stuck:
                break
            joined += _chosen(done.search.mistakes, len(self.splits.train))
        best = min(rounds, key=_order)
        smallest = best.search.smallest
        if smallest is not None and not self.exhaustive:
            smallest = self._comparison(best.number).shrunk(smallest)
        shared = None
        if self.question.right is not None:
            comparison = self._comparison(best.number)
            shared = comparison.mistakes_of_the_oracle(self.question.right)
        where = self.question.oracle.where
        return Imitation(where, tuple(rounds), best.number, smallest, shared)

    def _round(self, number: int, joined: Sequence[Row], showing: Showing) -> Round:
        splits = replace(self.splits, train=(*self.splits.train, *joined))
        plan = self._plan(number, splits)
        start = None
        if number > 1:
            earlier = self.path / f"round-{number - 1}"
            start = read_weights(earlier / run_dir.WEIGHTS)
            # Which heads to have was tried in the first round, and stays.
            model = _of_data(read_plan(earlier).model, plan.model)
            plan = replace(plan, model=model, alternatives=())
        with showing(plan) as listener:
            outcome = start_run(plan, self.path / f"round-{number}", listener, start=start)
        comparison = self._comparison(number)
        train = len(splits.train)
        interrupted = outcome.status == "interrupted"
        if self.exhaustive:
            found = comparison.everywhere()
            settled = None
            if self.question.settle is not None:
                settled = self.question.settle(self._program(number))
            return Round(number, train, found, found, interrupted, settled)
        seed = self.options.seed + number
        search = comparison.searched(self.options.tries, seed)
        settled = None
        if self.question.settle is not None and not search.mistakes:
            settled = self.question.settle(self._program(number))
            if settled.mistake is not None:
                near = self.task.bare(settled.mistake.tokens)
                search = comparison.searched(self.options.tries, seed, [near])
                search.mistakes.append(settled.mistake)
        fresh = comparison.on(self._fresh(joined))
        return Round(number, train, search, fresh, interrupted, settled)

    def _fresh(self, joined: Sequence[Row]) -> list[Tokens]:
        """Inputs that are no training rows: the user's own in the test split, or drawn ones."""
        given = frozenset(self.inputs.given)
        held_out = [self.task.bare(tokens) for tokens, _ in self.splits.test]
        if own := [tokens for tokens in held_out if tokens in given]:
            return own
        rows = (*self.splits.train, *joined)
        known = frozenset(self.task.bare(tokens) for tokens, _ in rows)
        return self.inputs.drawn(self.options.fresh, self.options.seed + 1_000_003, known)

    def _comparison(self, number: int) -> Comparison:
        return Comparison(self._program(number), self.task, self.asker, self.inputs)

    def _program(self, number: int) -> Program:
        return read_program_file(self.path / f"round-{number}" / run_writer.PROGRAM)

    def _task(self) -> Task:
        source = TaskSource(self.question.oracle.where, "", keeps_rows=True)
        made = kept_task(
            _identifier(self.question.oracle.name),
            self.inputs.language,
            self.asker.pooled,
            source,
        )
        return replace(
            made,
            inputs=lambda _arguments, longest: self.inputs.up_to(longest),
            start=self.question.start,
            end=self.question.end,
        )

    def _plan(self, number: int, splits: Splits) -> Plan:
        if len(self.inputs.alphabet) <= MOST_TOKENS:
            return plan_training(self._dataset(splits), self.given)
        folder = self.path / f"rows-{number}"
        bare = {name: tuple(map(self._bare, splits.named(name))) for name in SPLIT_NAMES}
        write_text(folder, Splits(**bare), pooled=self.task.pooled)
        kind = "classification" if self.task.pooled else "tagging"
        return plan_training(None, {**self.given, "data": str(folder), "kind": kind})

    def _bare(self, row: Row) -> Row:
        """A row without its frame."""
        tokens, tags = row
        return self.task.bare(tokens), tags[:1] if self.task.pooled else self.task.bare(tags)

    def _dataset(self, splits: Splits) -> Dataset:
        framing = len(self.question.start) + len(self.question.end)
        lengths = [len(shape) for shape in self.inputs.language.shapes()]
        arguments = TaskArguments(
            vocab_size=1 + framing + len(self.inputs.alphabet),
            dataset_size=self.options.dataset_size,
            min_length=min(lengths),
            max_length=max(lengths) + framing,
            seed=self.options.seed,
        )
        if self.question.dataset is not None:
            arguments = self.question.dataset.arguments
        made = dataset_of(self.task, arguments, splits)
        source = TaskSource(self.question.oracle.where, rows_digest(made), keeps_rows=True)
        return dataset_of(replace(self.task, source=source), arguments, splits)


def _of_data(earlier: Architecture, now: Architecture) -> Architecture:
    """The earlier network's configuration, with what follows from the rows of now.

    Rows that joined may have labels that there were none of.
    """
    if not isinstance(earlier, ModelConfig) or not isinstance(now, ModelConfig):
        return earlier
    return replace(
        earlier,
        vocabulary_size=now.vocabulary_size,
        n_classes=now.n_classes,
        n_ctx=now.n_ctx,
        d_var=now.d_var,
        masked_classes=now.masked_classes,
    )


def _order(done: Round) -> tuple[bool, int, int]:
    """The best first: proved, then of the fewest wrong labels, then the earliest."""
    proved = done.settled is not None and isinstance(done.settled.verdict, Proved)
    return not proved, done.compared.wrong_labels, done.number


def _better(done: Round, before: Round) -> bool:
    """Whether a round got further than the one before it, from whose network it began."""
    return done.compared.wrong_labels < before.compared.wrong_labels


def _scored(inputs: Inputs) -> Scored | None:
    """Which tokens the inputs' language scores, if not all."""
    language = inputs.language
    slots = [slot for groups in language.alternatives for group in groups for slot in group.slots]
    if all(slot.scored for slot in slots):
        return None

    def scored(tokens: Tokens) -> Sequence[bool]:
        found = language.scored(tokens, LONGEST)
        return [True] * len(tokens) if found is None else found

    return scored


def _chosen(mistakes: Sequence[Mistake], n_train: int) -> list[Row]:
    """The mistakes that join the training rows: the smallest, and some of all the others."""
    most = max(LEAST_JOINED, n_train // JOINED_SHARE)
    ordered = sorted(mistakes, key=lambda mistake: mistake.size)
    small, rest = ordered[: most // 2], ordered[most // 2 :]
    stride = max(1, -(-len(rest) // (most - most // 2)))
    chosen = [*small, *rest[::stride]]
    return [(mistake.tokens, _tags(mistake)) for mistake in chosen]


def _tags(mistake: Mistake) -> tuple[str, ...]:
    """The labels as a row has them: one label stands on the first token."""
    return (*mistake.expected, *[PAD] * (len(mistake.tokens) - len(mistake.expected)))


def _identifier(name: str) -> str:
    return name if name.isidentifier() else "oracle"
