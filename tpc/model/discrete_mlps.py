"""Discretised MLPs: a function of the values of the variables they read."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

LARGEST_TABLE = 65_536


@dataclass(frozen=True)
class Mlp:
    """The variables an MLP reads, by name, and its weights.

    Attributes:
        reads: The variables, in the order in which their values are concatenated.
        w_in: `[d_mlp, inputs]`.
        b_in: `[d_mlp]`.
        w_out: `[d_var, d_mlp]`.
        b_out: `[d_var]`.
    """

    reads: tuple[str, ...]
    w_in: Tensor
    b_in: Tensor
    w_out: Tensor
    b_out: Tensor

    def run(self, inputs: list[Tensor]) -> tuple[Tensor, Tensor]:
        """The output value and the gap between the two highest outputs, like one input."""
        raise NotImplementedError

    def _decide(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Value and margin from `W_in @ x`, `[..., d_mlp]`."""
        outputs = (hidden + self.b_in).relu() @ self.w_out.T + self.b_out
        if outputs.shape[-1] == 1:
            alone = torch.zeros(outputs.shape[:-1], dtype=torch.int64)
            return alone, torch.full(alone.shape, torch.inf, dtype=outputs.dtype)
        highest = outputs.topk(2, -1).values
        return outputs.argmax(-1), highest[..., 0] - highest[..., 1]


@dataclass(frozen=True)
class NumericalMlp(Mlp):
    """An MLP over numbers."""

    def run(self, inputs: list[Tensor]) -> tuple[Tensor, Tensor]:
        """The output on the numbers as they are."""
        return self._decide(torch.stack(inputs, -1) @ self.w_in.T)


@dataclass(frozen=True)
class CategoricalMlp(Mlp):
    """An MLP over one-hot values, evaluated once for each combination of them."""

    def run(self, inputs: list[Tensor]) -> tuple[Tensor, Tensor]:
        """The output on the one-hot encodings of the values."""
        d_var = self.w_out.shape[0]
        codes = torch.zeros_like(inputs[0])
        for values in inputs:
            codes = codes * d_var + values
        combinations = d_var ** len(inputs)
        if combinations <= LARGEST_TABLE:
            value, margin = self._evaluate(torch.arange(combinations), len(inputs))
            return value[codes], margin[codes]
        distinct, where = _unique(codes)
        value, margin = self._evaluate(distinct, len(inputs))
        return value[where], margin[where]

    def _evaluate(self, codes: Tensor, n_inputs: int) -> tuple[Tensor, Tensor]:
        """Value and margin for each combination, numbered with the first input most significant."""
        d_var = self.w_out.shape[0]
        hidden = torch.zeros(len(codes), self.w_in.shape[0], dtype=self.w_in.dtype)
        for index in range(n_inputs):
            values = codes // d_var ** (n_inputs - 1 - index) % d_var
            hidden += self.w_in.T[index * d_var + values]
        return self._decide(hidden)


def _unique(codes: Tensor) -> tuple[Tensor, Tensor]:
    """The distinct codes in order, and each code's index among them."""
    distinct, where = torch.unique(codes, sorted=True, return_inverse=True)
    return distinct, where


def discretise_mlps(
    weights: dict[str, Tensor], prefix: str, names: tuple[str, ...], n_mlps: int
) -> list[Mlp]:
    """The MLPs of `prefix`.

    Args:
        weights: Tensors by upstream's names.
        prefix: `blocks.{l}.cat_mlp` or `blocks.{l}.num_mlp`.
        names: The variables that they may read.
        n_mlps: How many there are.
    """
    kind = NumericalMlp if prefix.endswith("num_mlp") else CategoricalMlp
    mlps: list[Mlp] = []
    for index in range(n_mlps):
        tensors = (
            weights[f"{prefix}.mlps.{index}.{name}"] for name in ("W_in", "b_in", "W_out", "b_out")
        )
        reads = weights[f"{prefix}.mlps.{index}.W_read.W"].argmax(-1).tolist()
        mlps.append(kind(tuple(names[read] for read in reads), *tensors))
    return mlps
