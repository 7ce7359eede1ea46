"""What a classifier reads of labelled rows: the features of its own program, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tpc.data.task import Row
from tpc.diagnostics import TpcError
from tpc.evaluation.metrics import accuracy, span_scheme, span_score
from tpc.ir.nodes import Classify
from tpc.ir.program import Program
from tpc.ir.types import Cat
from tpc.semantics.arrays import Array
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.encoding import known_ids
from tpc.semantics.strings import padded_batches


@dataclass(frozen=True)
class Columns:
    """Where the weights of each feature stand in a matrix `[column, class]`.

    Attributes:
        node: The classifier.
        starts: The first column of each feature: a categorical one has a column for each value of
            its variable, a number one.
        size: Columns in all.
        answers: The classes that can be answered.
    """

    node: Classify
    starts: tuple[int, ...]
    size: int
    answers: tuple[int, ...]

    @staticmethod
    def of(program: Program) -> Columns:
        """The columns of a program.

        Raises:
            TpcError: Its label comes from no classifier.
        """
        node = program.by_name[program.result]
        if not isinstance(node, Classify):
            raise TpcError(
                f"%{program.name} has no classifier to be fitted: its label is looked up in "
                f"%{program.result}",
                hint="give the program as it was exported, or after -O1",
            )
        sizes = [len(feature.rows) for feature in node.features]
        starts = tuple(sum(sizes[:index]) for index in range(len(sizes)))
        classes = range(len(program.classes))
        answers = tuple(c for c in classes if c not in node.never)
        return Columns(node, starts, sum(sizes), answers)


@dataclass(frozen=True)
class Design:
    """Labelled rows as a classifier sees them.

    Attributes:
        columns: What they are columns of.
        values: The columns that are added up for a label, `[label, feature]`; of a program that
            adds up positions, and of numbers, none.
        amounts: What the other columns are multiplied by, `[label, column]`; empty without them.
        labels: The right answers, as indices into `columns.answers`.
        rows: The row of each label.
        texts: The classes that can be answered.
        pooled: Whether each row has one label.
    """

    columns: Columns
    values: Array
    amounts: Array
    labels: Array
    rows: Array
    texts: tuple[str, ...]
    pooled: bool

    def merit(self, answers: Array) -> float:
        """F1 of spans where the labels mark some, else the share of labels that are right.

        Args:
            answers: Of each label, as indices into `texts`.
        """
        edges = np.flatnonzero(np.diff(self.rows)) + 1
        true = [[self.texts[i] for i in part] for part in np.split(self.labels, edges)]
        said = [[self.texts[i] for i in part] for part in np.split(answers, edges)]
        scheme = None if self.pooled else span_scheme(self.texts, true)
        return span_score(true, said, scheme).f1 if scheme else accuracy(true, said).token


def design(program: Program, rows: Sequence[Row]) -> Design:
    """Run a program on rows, and keep what its classifier reads where they have a label.

    Raises:
        TpcError: The program has no classifier, or takes no row that has a label of its own.
    """
    columns = Columns.of(program)
    texts = tuple(program.classes[c] for c in columns.answers)
    index = {text: number for number, text in enumerate(texts)}
    encoded = [(known_ids(program, tokens), tags) for tokens, tags in rows]
    kept = [(ids, tags) for ids, tags in encoded if ids and len(ids) <= program.max_length]
    names = [feature.variable for feature in columns.node.features]
    evaluator = BatchEvaluator(program, only=names, result=False)
    found: list[_Part] = []
    for numbers, ids, lengths in padded_batches([ids for ids, _ in kept]):
        result = evaluator.evaluate(ids, lengths).columns
        read = [np.asarray(result[name], dtype=np.float64) for name in names]
        for at, number in enumerate(numbers):
            length = int(lengths[at])
            tags = kept[number][1]
            at_positions = range(1) if columns.node.pool != "none" else range(length)
            scored = [i for i in at_positions if tags[i] in index]
            if scored:
                labels = [index[tags[i]] for i in scored]
                here = np.stack([column[at, :length] for column in read], 1)
                shown = here if columns.node.pool == "sum" else here[scored]
                found.append(_Part(number, labels, shown))
    if not found:
        raise TpcError("no row of the data has a label that this program can give")
    found.sort(key=lambda part: part.number)
    return _design(program, columns, found, texts)


@dataclass(frozen=True)
class _Part:
    """What one row has: its number, its labels, its features `[position, feature]`."""

    number: int
    labels: list[int]
    features: Array


def _design(
    program: Program, columns: Columns, parts: Sequence[_Part], texts: tuple[str, ...]
) -> Design:
    summed = columns.node.pool == "sum"
    features = columns.node.features
    valued = [k for k, f in enumerate(features) if isinstance(program.type_of(f.variable), Cat)]
    numbers = [k for k in range(len(features)) if k not in valued]
    labels = np.concatenate([part.labels for part in parts]).astype(np.int64)
    starts = np.array(columns.starts, dtype=np.int64)
    values = np.zeros((len(labels), 0), dtype=np.int64)
    amounts = np.zeros((len(labels), 0))
    if summed:
        amounts = np.zeros((len(labels), columns.size))
        for index, part in enumerate(parts):
            ids = part.features[:, valued].astype(np.int64) + starts[valued]
            np.add.at(amounts[index], ids.ravel(), 1.0)
            amounts[index, starts[numbers]] += part.features[:, numbers].sum(0)
    else:
        every = np.concatenate([part.features for part in parts])
        values = every[:, valued].astype(np.int64) + starts[valued]
        if numbers:
            amounts = np.zeros((len(labels), columns.size))
            amounts[:, starts[numbers]] = every[:, numbers]
    rows = np.repeat([part.number for part in parts], [len(part.labels) for part in parts])
    pooled = program.label_type.pooled
    return Design(columns, values, amounts, labels, rows, texts, pooled)
