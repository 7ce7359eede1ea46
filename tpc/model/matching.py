"""The operations that most of a training step's time goes to, with their gradients by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd import Function

NO_MATCH = 1e-10

QUERY, KEY, VALUE = -5, -4, -2
"""Axes of `[..., query position, key position, head, value, example]`."""


def match_scores(matched: Tensor, key: Tensor) -> Tensor:
    """How far each key is what each query wants: the product of their distributions.

    Args:
        matched: `[..., query position, head, value, example]`.
        key: `[..., key position, head, value, example]`.

    Returns:
        `[..., query position, key position, head, example]`.
    """
    return _contract(matched.unsqueeze(KEY), key.unsqueeze(QUERY), VALUE, KEY, QUERY)


def aggregate(attention: Tensor, value: Tensor) -> Tensor:
    """The values at the key positions, weighted by the attention to them.

    Args:
        attention: `[..., query position, key position, head, example]`.
        value: `[..., key position, head, value, example]`.

    Returns:
        `[..., query position, head, value, example]`.
    """
    return _contract(attention.unsqueeze(VALUE), value.unsqueeze(QUERY), KEY, VALUE, QUERY)


def match_log(matches: Tensor, visible: Tensor, scale: float, floor: float) -> Tensor:
    """Log match probabilities, where position 0 counts as a match if nothing else does.

    Args:
        matches: `[..., query position, key position, head, example]`.
        visible: 1.0 where a query may see a key, `[query position, key position, 1, example]`.
        scale: Multiplies the probabilities.
        floor: Added to them, inside the logarithm.
    """
    return _match_log(matches, visible, scale, floor)


class _Contract(Function):
    """A broadcast product summed over one axis, without ever holding the product.

    Each operand is broadcast along an axis of its own, so each gradient is a contraction too.
    """

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        left: Tensor,
        right: Tensor,
        summed: int,
        left_axis: int,
        right_axis: int,
    ) -> Tensor:
        ctx.save_for_backward(left, right)
        ctx.axes = (summed, left_axis, right_axis)
        return _contracted(left, right, summed)

    @staticmethod
    def backward(
        ctx: Any,  # noqa: ANN401
        gradient: Tensor,
    ) -> tuple[Tensor, Tensor, None, None, None]:
        left, right = ctx.saved_tensors
        summed, left_axis, right_axis = ctx.axes
        gradient = gradient.unsqueeze(summed)
        of_left = _contracted(gradient, right, left_axis).unsqueeze(left_axis)
        of_right = _contracted(gradient, left, right_axis).unsqueeze(right_axis)
        return of_left, of_right, None, None, None


def _contracted(left: Tensor, right: Tensor, axis: int) -> Tensor:
    (first, first_factor), *rest = zip(left.unbind(axis), right.unbind(axis), strict=True)
    total = first * first_factor
    for term, factor in rest:
        total.addcmul_(term, factor)
    return total


class _MatchLog(Function):
    """Recorded as one step: as a dozen of them its gradient would take much of the time."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        matches: Tensor,
        visible: Tensor,
        scale: float,
        floor: float,
    ) -> Tensor:
        total = _contracted(matches, visible, -3)
        missing = (1 - total / (total + NO_MATCH)).relu_()
        found = torch.add(floor, matches, alpha=scale)
        found.select(-3, 0).add_(missing, alpha=scale)
        ctx.save_for_backward(found, total, missing, visible)
        ctx.scale = scale
        return found.log()

    @staticmethod
    def backward(
        ctx: Any,  # noqa: ANN401
        of_logits: Tensor,
    ) -> tuple[Tensor, None, None, None]:
        found, total, missing, visible = ctx.saved_tensors
        gradient = torch.div(of_logits, found).mul_(ctx.scale)
        # How fast the stand-in match at position 0 vanishes as real matches appear.
        slope = (NO_MATCH / (total + NO_MATCH).square()).mul_(missing > 0)
        of_total = gradient.select(-3, 0) * slope
        return gradient.addcmul_(visible, of_total.unsqueeze(-3), value=-1), None, None, None


_contract = cast("Callable[..., Tensor]", _Contract.apply)
_match_log = cast("Callable[..., Tensor]", _MatchLog.apply)
