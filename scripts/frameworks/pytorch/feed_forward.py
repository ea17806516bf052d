"""The inner half of a layer's feed-forward part: what stands between its first matrices and its last."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from frameworks.pytorch.linear import Linear
from frameworks.pytorch.step import Step


class GatedFeedForward:
    """silu(gate h) * up h (SwiGLU, Shazeer: arXiv 2002.05202)"""

    def __init__(self, gate_up: Linear, width: int, compute: torch.dtype, device: torch.device):
        """gate_up: both matrices in one, the gate first; width: of each"""
        self._gate_up = gate_up
        self._width = width
        # For single tokens, as in Attention.
        self._one_both = torch.empty(2 * width, dtype=compute, device=device)
        self._one_gate, self._one_up = self._one_both[:width], self._one_both[width:]

    def __call__(self, h: Tensor, step: Step) -> Tensor:
        if h.dim() == 1:
            self._gate_up.into(self._one_both, h)
            return functional.silu(self._one_gate).mul_(self._one_up)
        both = self._gate_up(h)
        return functional.silu(both[:, : self._width]).mul_(both[:, self._width :])


class PlainFeedForward:
    """gelu(up h), with the approximation by tanh"""

    def __init__(self, up: Linear):
        self._up = up

    def __call__(self, h: Tensor, step: Step) -> Tensor:
        return functional.gelu(self._up(h), approximate="tanh")
