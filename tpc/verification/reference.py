"""What the network itself answers: the discretised network in binary64, with its margins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.ir.types import Cat, Label, Value
from tpc.verification.inputs import Ids

if TYPE_CHECKING:
    from torch import Tensor

    from tpc.model.run import Run

#: A choice between two numbers closer than this could go either way in binary32.
NEAR_TIE = 1e-5


@dataclass(frozen=True)
class Expected:
    """The network's answers for one input.

    Args:
        ids: The input.
        labels: Classes by position (one, if pooled).
        variables: Values of every variable, as users see them, by position.
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

        _check_same_task(run, program)
        self._program = program
        self._torch = torch
        self._network = DiscreteNetwork(run.config, run.weights(), torch.float64)
        origins = {origin: node for node in program.nodes for origin in node.origin}
        self._names = {"tokens": "tokens"} | {origin: node.name for origin, node in origins.items()}

    def answers(self, batch: Sequence[Ids]) -> list[Expected]:
        """The network's answers, in order."""
        torch = self._torch
        length = max(1, *(len(ids) for ids in batch)) if batch else 1
        padded = torch.zeros((len(batch), length), dtype=torch.int64)
        mask = torch.zeros((len(batch), length), dtype=torch.bool)
        for row, ids in enumerate(batch):
            padded[row, : len(ids)] = torch.tensor(ids, dtype=torch.int64)
            mask[row, : len(ids)] = True
        with torch.no_grad():
            trace = self._network.trace(padded, mask)
        columns = {name: tensor.tolist() for name, tensor in trace.variables.items()}
        margins = {name: tensor.tolist() for name, tensor in trace.margins.items()}
        labels = trace.labels().tolist()
        label_margins = self._margins(trace.logits).tolist()
        return [
            self._expected(
                ids,
                labels[row],
                {name: column[row] for name, column in columns.items()},
                {name: column[row] for name, column in margins.items()},
                label_margins[row],
            )
            for row, ids in enumerate(batch)
        ]

    def _margins(self, logits: Tensor) -> Tensor:
        if logits.shape[-1] < 2:
            return self._torch.full(logits.shape[:-1], self._torch.inf)
        top = logits.topk(2, -1).values
        return top[..., 0] - top[..., 1]

    def _expected(
        self,
        ids: Ids,
        labels: list[int] | int,
        columns: dict[str, list[float]],
        margins: dict[str, list[float]],
        label_margins: list[float] | float,
    ) -> Expected:
        length = len(ids)
        classes = self._program.classes
        chosen = labels[:length] if isinstance(labels, list) else [labels]
        gaps = label_margins[:length] if isinstance(label_margins, list) else [label_margins]
        variables: dict[str, list[Value]] = {}
        for origin, name in self._names.items():
            if origin in columns:
                variables[origin] = self._present(name, columns[origin][:length])
        names = [classes[label] for label in chosen]
        variables["label"] = list(names)
        kept = {name: column[:length] for name, column in margins.items()}
        return Expected(ids, names, variables, {**kept, "label": gaps})

    def _present(self, name: str, column: list[float]) -> list[Value]:
        if not isinstance(self._program.type_of(name), Cat | Label):
            return list(column)
        domain = self._program.domain_of(name)
        # A value outside the program's domain is shown as it is: it differs from any value of it.
        return [domain.value(int(v)) if v < domain.size else int(v) for v in column]


def _check_same_task(run: Run, program: Program) -> None:
    pairs = [
        ("vocabulary", program.vocabulary, run.vocabulary.words),
        ("classes", program.classes, run.vocabulary.classes),
        ("maximum length", program.max_length, run.config.n_ctx),
        ("pooling", program.label_type.pooled, run.config.pool_outputs),
    ]
    for what, ours, theirs in pairs:
        if ours != theirs:
            raise TpcError(
                f"the program and the run {run.path} differ in their {what}",
                hint="compare a program with the run that it came from",
            )
