"""Size against accuracy: programs whose votes are fitted again under one penalty after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tpc.data.task import Row
from tpc.diagnostics import TpcError
from tpc.evaluation.scores import score
from tpc.evaluation.sizes import emitted_size
from tpc.ir.nodes import Feature
from tpc.ir.program import Contract, Program
from tpc.passes.pipelines import optimise
from tpc.passes.rewriting import with_nodes
from tpc.refit.design import Columns, Design, design
from tpc.refit.lasso import Problem, path
from tpc.runtime.backend import run_with
from tpc.semantics.arrays import Array
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.encoding import known_ids

#: Penalties as parts of the least one that leaves no weight, strongest first.
PENALTIES = tuple(10 ** (-k / 4) for k in range(2, 15))

#: Votes for each unit of a logit, before they are rounded.
SCALES = (2, 4, 8, 16)

#: Programs that are written out to be counted, at most.
MOST_COUNTED = 16

Progress = Callable[[Iterable[Any], str, int], Iterable[Any]]


@dataclass(frozen=True)
class Votes:
    """A classifier of small integers.

    Attributes:
        weights: `[column, class]`.
        penalty: What it was fitted under.
        scale: Votes for each unit of a logit.
        val: Its score on the validation rows.
    """

    weights: Array
    penalty: float
    scale: int
    val: float

    @property
    def size(self) -> tuple[int, int]:
        """About how much is to be read: rows that are not all 0, and votes."""
        return int((self.weights != 0).any(1).sum()), int((self.weights != 0).sum())


@dataclass(frozen=True)
class Point:
    """A program of the curve.

    Attributes:
        program: It votes as was fitted, and is another program than its network.
        tokens: Of the Python that it compiles to.
        votes: Weights that are not 0.
        val: Its score on the validation rows: F1 of spans where labels mark some, else accuracy.
        penalty: What it was fitted under.
        scale: Votes for each unit of a logit.
    """

    program: Program
    tokens: int
    votes: int
    val: float
    penalty: float
    scale: int

    def to_json(self) -> dict[str, object]:
        """All but the program."""
        return {
            "tokens": self.tokens,
            "votes": self.votes,
            "val": self.val,
            "penalty": self.penalty,
            "scale": self.scale,
        }


def curve(
    program: Program,
    train: Sequence[Row],
    val: Sequence[Row],
    data: str,
    progress: Progress = lambda items, *_: items,
) -> list[Point]:
    """Fit a program's votes again, and keep the programs that no other is smaller and better than.

    Args:
        program: A verified program with a classifier.
        train: The rows that votes are fitted to.
        val: The rows that they are scored on.
        data: What the rows are called.
        progress: Told of penalties and programs.

    Returns:
        The smallest first.

    Raises:
        TpcError: The program has no classifier, or cannot be compiled to Python.
    """
    program = optimise(program, 1).program
    columns, of_train, of_val = Columns.of(program), design(program, train), design(program, val)
    found = _best(_fitted(of_train, of_val, progress), lambda votes: votes.size)
    if len(found) > MOST_COUNTED:
        chosen = np.linspace(0, len(found) - 1, MOST_COUNTED).round().astype(int)
        found = [found[index] for index in dict.fromkeys(chosen.tolist())]
    points = []
    for votes in progress(found, "programs", len(found)):
        facts = {"data": data, "rows": len(train), "val_rows": len(val), "val": votes.val}
        made = refitted(program, columns, votes, facts)
        _check(made, val)
        tokens = emitted_size(made).tokens
        points.append(Point(made, tokens, votes.size[1], votes.val, votes.penalty, votes.scale))
    return _best(points, lambda point: (point.tokens,))


def within(points: Sequence[Point], budget: int) -> Point:
    """The best point on validation of no more tokens than that; of equal ones the smallest.

    Raises:
        TpcError: All take more.
    """
    fitting = [point for point in points if point.tokens <= budget]
    if not fitting:
        least = min(point.tokens for point in points)
        raise TpcError(
            f"no program within {budget:,} tokens was found",
            hint=f"the smallest takes {least:,}: give --budget-tokens at least that",
        )
    return max(fitting, key=lambda point: (point.val, -point.tokens))


def refitted(program: Program, columns: Columns, votes: Votes, facts: dict[str, object]) -> Program:
    """The program with other votes, which says so; equality with its network is not claimed."""
    features = []
    for start, feature in zip(columns.starts, columns.node.features, strict=True):
        rows = []
        for column in range(start, start + len(feature.rows)):
            row = [0.0] * len(feature.rows[0])
            for c, weight in zip(columns.answers, votes.weights[column].tolist(), strict=True):
                row[c] = weight
            rows.append(tuple(row))
        features.append(Feature(feature.variable, tuple(rows)))
    kept = tuple(f for f in features if any(any(row) for row in f.rows))
    node = replace(columns.node, features=kept)
    numbers = {"votes": votes.size[1], "penalty": votes.penalty, "scale": votes.scale}
    metadata = {k: v for k, v in program.metadata.items() if k not in ("accuracy", "optimised")}
    origin = metadata.get("origin")
    known = origin if isinstance(origin, dict) else {}
    metadata["origin"] = {**known, "refitted": facts["data"]}
    metadata["refitted"] = {**facts, **numbers}
    made = with_nodes(program, {node.name: node}).replace(
        contract=Contract("data", str(facts["data"])), metadata=metadata
    )
    return optimise(made, 1).program


def _fitted(train: Design, val: Design, progress: Progress) -> list[Votes]:
    """Classifiers of integers for each penalty, as fitted under it and fitted again without it."""
    import torch

    problem, measured = Problem(train), Problem(val)
    most = problem.smallest_silent()
    penalties = [most * part for part in PENALTIES]
    found = []
    for penalty, *fits in progress(path(problem, penalties), "penalties", len(penalties)):
        for weights in fits:
            for scale in SCALES:
                # `+ 0.0`: a zero has no sign.
                votes = np.round(weights * scale) + 0.0
                logits = measured.logits(torch.from_numpy(votes.astype(np.float32)))
                # The first of equal ones, as programs have it.
                merit = val.merit(np.argmax(logits.numpy(), axis=1))
                found.append(Votes(votes, penalty, scale, merit))
    return found


def _best(found: Sequence[Any], size: Callable[[Any], tuple[int, ...]]) -> list[Any]:
    """Those that none is both smaller and at least as good as, the smallest first."""
    kept: list[Any] = []
    for one in sorted(found, key=lambda one: (size(one), -one.val)):
        if not kept or one.val > kept[-1].val:
            kept.append(one)
    return kept


def _check(program: Program, rows: Sequence[Row]) -> None:
    """Check that emitted Python answers as the reference does on every row.

    Raises:
        TpcError: It does not: a bug.
    """
    encoded = [(known_ids(program, tokens), tokens) for tokens, _ in rows]
    kept = [(ids, t) for ids, t in encoded if ids and len(ids) <= program.max_length]
    expected = BatchEvaluator(program, only=()).class_indices([ids for ids, _ in kept])
    with run_with(program, "python") as loaded:
        said = loaded.run_many([tokens for _, tokens in kept], raw=True)
        for indices, labels in zip(expected, said, strict=True):
            right = [program.classes[index] for index in indices]
            if [labels] != [right[0]] if isinstance(labels, str) else list(labels) != right:
                raise TpcError(f"the emitted Python of %{program.name} answers otherwise")


def measured(program: Program, rows: Sequence[Row]) -> float:
    """The score of a program on rows: F1 of spans where labels mark some, else accuracy."""
    found = score(program, rows)
    return found.token_accuracy if found.spans is None else found.spans.f1
