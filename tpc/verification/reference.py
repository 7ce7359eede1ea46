"""What the network itself answers: the discretised network in binary64, with its margins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.ir.types import Cat, Label, Value
from tpc.semantics.shrinking import Ids

if TYPE_CHECKING:
    from torch import Tensor

    from tpc.model.discrete import Trace
    from tpc.model.run import Run

#: A choice between two numbers closer than this could go either way in binary32.
NEAR_TIE = 1e-5


@dataclass(frozen=True)
class Expected:
    """The network's answers for one input.

    Args:
        ids: The input.
        labels: Classes by position (one, if pooled).
        variables: Values of variables, as users see them, by position; of `label` alone where no
            more was asked for.
        margins: By variable that is a choice of a largest number (MLPs, and `label`), the gap
            between the two largest at each position.
    """

    ids: Ids
    labels: list[str]
    variables: dict[str, list[Value]]
    margins: dict[str, list[float]]


class Reference:
    """A run's network, asked about batches of inputs of one program.

    Raises:
        TpcError: Program and network do not have the same vocabulary, classes and length.
    """

    def __init__(self, run: Run, program: Program) -> None:
        import torch

        from tpc.model.discrete import DiscreteNetwork

        check_same_task(run, program)
        self._program = program
        self._torch = torch
        self._network = DiscreteNetwork(run.config, run.weights, torch.float64)
        origins = {origin: node for node in program.nodes for origin in node.origin}
        self._names = {"tokens": "tokens"} | {origin: node.name for origin, node in origins.items()}

    def answers(self, batch: Sequence[Ids], traced: Sequence[int] | None = None) -> list[Expected]:
        """The network's answers, in order.

        Args:
            batch: Inputs.
            traced: Which of them get all variables; by default all. The others have
                their labels alone.
        """
        from tpc.model.discrete import one_thread

        lengths = np.fromiter(map(len, batch), dtype=np.int64, count=len(batch))
        mask = np.arange(max(1, lengths.max(initial=0))) < lengths[:, None]
        padded = np.zeros(mask.shape, dtype=np.int64)
        padded[mask] = list(chain.from_iterable(batch))
        with self._torch.no_grad(), one_thread():
            ids = self._torch.from_numpy(padded)
            trace = self._network.trace(ids, self._torch.from_numpy(mask))
        gaps = self._margins(trace.logits).tolist()
        found = [
            self._expected(ids, label, gap)
            for ids, label, gap in zip(batch, trace.labels().tolist(), gaps, strict=True)
        ]
        for row in range(len(batch)) if traced is None else traced:
            found[row] = self._with_variables(found[row], trace, row)
        return found

    def _margins(self, logits: Tensor) -> Tensor:
        if logits.shape[-1] < 2:
            return self._torch.full(logits.shape[:-1], self._torch.inf)
        top = logits.topk(2, -1).values
        return top[..., 0] - top[..., 1]

    def _expected(self, ids: Ids, labels: list[int] | int, gaps: list[float] | float) -> Expected:
        """The labels, with their margins."""
        classes = self._program.classes
        chosen = labels[: len(ids)] if isinstance(labels, list) else [labels]
        margins = gaps[: len(ids)] if isinstance(gaps, list) else [gaps]
        names = [classes[label] for label in chosen]
        return Expected(ids, names, {"label": list(names)}, {"label": margins})

    def _with_variables(self, expected: Expected, trace: Trace, row: int) -> Expected:
        length = len(expected.ids)
        variables = {
            origin: self._present(name, trace.variables[origin][row, :length].tolist())
            for origin, name in self._names.items()
            if origin in trace.variables
        }
        margins = {name: gaps[row, :length].tolist() for name, gaps in trace.margins.items()}
        return replace(
            expected,
            variables=variables | expected.variables,
            margins=margins | expected.margins,
        )

    def _present(self, name: str, column: list[float]) -> list[Value]:
        if not isinstance(self._program.type_of(name), Cat | Label):
            return list(column)
        domain = self._program.domain_of(name)
        # A value outside the program's domain is shown as it is: it differs from any value of it.
        return [domain.value(int(v)) if v < domain.size else int(v) for v in column]


def check_same_task(run: Run, program: Program) -> None:
    """Refuse to compare a program with a network that takes other inputs or has other answers.

    Raises:
        TpcError: They do not have the same vocabulary, classes, length or pooling.
    """
    pairs = [
        ("vocabulary", program.vocabulary, run.vocabulary.words),
        ("classes", program.classes, run.vocabulary.classes),
        ("rewriting of words", program.rewrite, run.rewrite),
        ("maximum length", program.max_length, run.config.n_ctx),
        ("pooling", program.label_type.pooled, run.config.pool_outputs),
    ]
    for what, ours, theirs in pairs:
        if ours != theirs:
            raise TpcError(
                f"the program and the run {run.path} differ in their {what}",
                hint="compare a program with the run that it came from",
            )
