"""The classifier of a discretised network, fitted anew once nothing else moves.

While a network trains, its classifier follows features that are relaxed and still change. Those
that a program has are 0 or 1 (or numbers), and for them it is a logistic regression: convex, solved
by L-BFGS, with a penalty on the squares of its weights that the validation split chooses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - as everywhere
from torch import Tensor

from tpc.diagnostics import TpcError
from tpc.model import layout
from tpc.model.config import ModelConfig
from tpc.model.discrete import NEVER, DiscreteNetwork
from tpc.training.encoding import Encoded
from tpc.training.loss import Score, score, with_positions
from tpc.training.recipe import LossAggregation

Objective = Callable[[Tensor], tuple[Tensor, Tensor]]
"""From parameters to their loss and its gradient."""


def minimised(
    start: Tensor, objective: Objective, steps: int, history: int, tolerance: float
) -> Tensor:
    """Parameters of least loss.

    Args:
        start: Where to begin; it stays as it is.
        objective: A smooth convex function.
        steps: At most.
        history: How many earlier steps decide the next one's direction.
        tolerance: It ends where no number of the gradient is larger.

    Raises:
        TpcError: The numbers are so large that a step is not finite.
    """
    parameters = start.detach().clone().requires_grad_()
    optimizer = torch.optim.LBFGS(
        [parameters],
        max_iter=steps,
        history_size=history,
        line_search_fn="strong_wolfe",
        tolerance_grad=tolerance,
    )

    def closure() -> Tensor:
        loss, parameters.grad = objective(parameters)
        return loss

    try:
        optimizer.step(closure)  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        if "overflow" not in str(error):
            raise
        raise TpcError(
            "the weights are too large for a classifier to be fitted",
            hint="train anew with a smaller --lr",
        ) from error
    return parameters.detach()


PENALTIES = (1e-3, 1e-4, 3e-5)
"""Of the mean loss of a sequence, times the sum of squares; strongest first."""

ITERATIONS = 40
_ROWS_AT_ONCE = 512


@dataclass(frozen=True)
class Features:
    """What the classifier of a discretised network reads of a split.

    Attributes:
        values: Rows of the classifier that are added up, `[row, position, variable]`, for the
            first of its rows; the row after those is all zeros, and stands at padding.
        numbers: What its other rows are multiplied by, `[row, position, number]`, 0 at padding.
        divisor: Upstream's mean of pooled outputs: the longest length; else 1.
    """

    values: Tensor
    numbers: Tensor
    divisor: int

    @staticmethod
    def of(config: ModelConfig, network: DiscreteNetwork, split: Encoded) -> Features:
        """Run the network on a split."""
        names = layout.categorical_variables(config, config.n_layers)
        numerical = layout.numerical_variables(config, config.n_layers)
        values, numbers = [], []
        for ids in torch.split(split.ids.T, _ROWS_AT_ONCE):
            mask = ids != 0
            found = network.trace(ids, mask).variables
            rows = [found[name] + index * config.d_var for index, name in enumerate(names)]
            shown = mask.unsqueeze(-1)
            if config.pool_outputs and config.autoregressive:
                # Upstream pools over what the first position sees: itself.
                shown = shown & (torch.arange(ids.shape[1]) == 0)[:, None]
            nothing = torch.tensor(len(names) * config.d_var)
            values.append(torch.stack(rows, -1).where(shown, nothing))
            zero = torch.zeros(*ids.shape, 0)
            found_numbers = [found[name].float().unsqueeze(-1) for name in numerical]
            numbers.append(torch.cat([zero, *found_numbers], -1) * shown)
        divisor = config.n_ctx if config.pool_outputs else 1
        return Features(torch.cat(values), torch.cat(numbers), divisor)

    def pooled(self, n_rows: int) -> Features:
        """The features of whole rows as those of one position: how often each value occurs."""
        values = self.values.flatten(1)
        counts = torch.zeros(len(values), n_rows + 1)
        counts.scatter_add_(1, values, torch.ones(values.shape))
        numbers = torch.cat([counts[:, :-1], self.numbers.sum(1)], -1).unsqueeze(1)
        return Features(self.values[:, :1, :0], numbers, self.divisor)

    def logits(self, classifier: Tensor) -> Tensor:
        """Logits `[row, position, class]` of a classifier `[feature, class]`."""
        n_rows = len(classifier) - self.numbers.shape[-1]
        of_numbers = self.numbers @ classifier[n_rows:]
        if n_rows == 0:
            return of_numbers / self.divisor
        table = torch.cat([classifier[:n_rows], classifier.new_zeros(1, classifier.shape[1])])
        summed = F.embedding_bag(
            self.values.flatten(0, 1), table, mode="sum", padding_idx=len(table) - 1
        )
        logits = torch.unflatten(summed, 0, self.values.shape[:2])
        return (logits + of_numbers) / self.divisor


@dataclass(frozen=True)
class Fitted:
    """A classifier `[feature, class]`, the loss it was fitted to, and its validation score."""

    classifier: Tensor
    train_loss: float
    val: Score


def fit_classifier(
    config: ModelConfig,
    weights: dict[str, Tensor],
    train: Encoded,
    val: Encoded,
    aggregation: LossAggregation,
) -> Fitted:
    """The best classifier by validation among those of all penalties.

    Args:
        config: The architecture.
        weights: By name; of the classifier, only where to start.
        train: What it is fitted to.
        val: What chooses the penalty.
        aggregation: Of the loss over a sequence.
    """
    network = DiscreteNetwork(config, weights, torch.float32)
    splits = [Features.of(config, network, split) for split in (train, val)]
    n_rows = len(layout.categorical_variables(config, config.n_layers)) * config.d_var
    if config.pool_outputs:
        splits = [features.pooled(n_rows) for features in splits]
    of_train, of_val = splits
    classifier = weights["unembed.W_U"].detach().float()
    found: list[Fitted] = []
    for penalty in PENALTIES:
        classifier, loss = _fitted(config, of_train, train, classifier, penalty, aggregation)
        logits = _scored_logits(config, of_val.logits(classifier))
        merit = score(logits, val, aggregation)
        found.append(Fitted(classifier, loss, merit))
    return max(found, key=lambda fitted: fitted.val.merit)


def _fitted(
    config: ModelConfig,
    features: Features,
    train: Encoded,
    start: Tensor,
    penalty: float,
    aggregation: LossAggregation,
) -> tuple[Tensor, float]:
    """The classifier of least penalised loss, and its loss without the penalty."""
    tags = train.tags
    scored = tags.T != 0
    counts = scored.sum(1, keepdim=True).clamp(min=1)
    weights = 1.0 / counts if aggregation == "per_token" else torch.ones(counts.shape)
    shares = (weights / len(scored)).expand(scored.shape)[scored]
    values, numbers = (t[scored].unsqueeze(1) for t in (features.values, features.numbers))
    at_scored = Features(values, numbers, features.divisor)
    targets = tags.T[scored]
    if train.class_weights is not None:
        shares = shares * train.class_weights[targets]
    # What is divided by a length has larger weights for the same logits.
    scaled = penalty / features.divisor**2

    def loss(classifier: Tensor) -> Tensor:
        logits = _without_masked(config, at_scored.logits(classifier).squeeze(1))
        return (F.cross_entropy(logits, targets, reduction="none") * shares).sum()

    def objective(classifier: Tensor) -> tuple[Tensor, Tensor]:
        total = loss(classifier) + scaled * classifier.square().sum()
        (gradient,) = torch.autograd.grad(total, classifier)
        return total.detach(), gradient.contiguous()

    classifier = minimised(start, objective, ITERATIONS, history=10, tolerance=1e-7)
    return classifier, float(loss(classifier))


def _scored_logits(config: ModelConfig, logits: Tensor) -> Tensor:
    """Logits `[row, position, class]` as `score` takes them."""
    logits = _without_masked(config, logits)
    if config.pool_outputs:
        return with_positions(logits.squeeze(1).T, pooled=True)
    return logits.permute(1, 2, 0)


def _without_masked(config: ModelConfig, logits: Tensor) -> Tensor:
    never = torch.zeros(config.n_classes)
    never[list(config.masked_classes)] = NEVER
    return logits + never
