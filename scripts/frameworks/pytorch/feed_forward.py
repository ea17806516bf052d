"""The inner half of a layer's feed-forward part: what stands between its first matrices and its last."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from frameworks.pytorch.linear import Linear
from frameworks.pytorch.step import Step


class GatedFeedForward:
    """silu(gate h) * up h (SwiGLU, Shazeer: arXiv 2002.05202)"""

    def __init__(self, gate_up: Linear, width: int, buffer: Tensor | None):
        """gate_up: both matrices in one, the gate first; width: of each; buffer: of twice the width, as in Attention"""
        self._gate_up = gate_up
        self._width = width
        self._buffer = buffer
        if buffer is not None:
            self._one_gate, self._one_up = buffer[:width], buffer[width:]

    def __call__(self, h: Tensor, step: Step) -> Tensor:
        if h.dim() == 1 and self._buffer is not None:
            self._gate_up.into(self._buffer, h)
            return functional.silu(self._one_gate).mul_(self._one_up)
        both = self._gate_up(h)
        return functional.silu(both[..., : self._width]).mul_(both[..., self._width :])


class PlainFeedForward:
    """gelu(up h), with the approximation by tanh"""

    def __init__(self, up: Linear):
        self._up = up

    def __call__(self, h: Tensor, step: Step) -> Tensor:
        return functional.gelu(self._up(h), approximate="tanh")
