"""The two normalisations; both are computed in float32, whatever the arithmetic is."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


class RmsNorm:
    """x / sqrt(mean(x^2) + epsilon) * weight (Zhang, Sennrich: arXiv 1910.07467)"""

    def __init__(self, weight: Tensor, epsilon: float):
        self._weight = weight
        self._epsilon = torch.full((1,), epsilon, device=weight.device)

    def __call__(self, x: Tensor) -> Tensor:
        if x.dtype != torch.float32:
            return self._normed(x.float()).to(x.dtype).mul_(self._weight)
        return self._normed(x).mul_(self._weight)

    def _normed(self, x: Tensor) -> Tensor:
        if x.dim() == 1:
            # The sum of squares as a product of a matrix of one row: one call in place of four.
            return x * torch.addmv(self._epsilon, x.unsqueeze(0), x, alpha=1 / x.shape[0]).rsqrt_()
        return x * x.square().mean(-1, keepdim=True).add_(self._epsilon).rsqrt_()


class LayerNorm:
    """(x - mean) / sqrt(variance + epsilon) * weight + bias (Ba, Kiros, Hinton: arXiv 1607.06450)"""

    def __init__(self, weight: Tensor, bias: Tensor, epsilon: float):
        self._weight = weight
        self._bias = bias
        self._epsilon = epsilon

    def __call__(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, self._weight.shape, self._weight, self._bias, self._epsilon)
