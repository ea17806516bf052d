"""A decoder layer: attention, then feed-forward, each added to the residual stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import torch
from torch import Tensor

from frameworks.pytorch.linear import Linear
from frameworks.pytorch.step import Step


@dataclass(frozen=True)
class Branch:
    """One device's part of attention or feed-forward: its heads or its columns, and its part of the way back."""

    #: (tokens, width) to (tokens, inner width), or both without their first dimension for a single token
    inner: Callable[[Tensor, Step], Tensor]
    output: Linear
    device: torch.device


@dataclass(frozen=True)
class Layer:
    attention_norm: Callable[[Tensor], Tensor]
    attention: list[Branch]
    feed_forward_norm: Callable[[Tensor], Tensor]
    feed_forward: list[Branch]
    #: Of the residual stream.
    device: torch.device

    def __call__(self, x: Tensor, step: Step) -> Tensor:
        """x: (tokens, width), or (width,) for a single token. It is changed in place and returned."""
        _add(x, self.attention_norm(x), self.attention, step)
        _add(x, self.feed_forward_norm(x), self.feed_forward, step)
        return x


def _add(x: Tensor, h: Tensor, branches: list[Branch], step: Step) -> None:
    """Adds what all branches make of h to x; those on other devices send their sums over."""
    branches[0].output.add_to(x, branches[0].inner(h, step))
    for branch in branches[1:]:
        x.add_(branch.output(branch.inner(h.to(branch.device), step)).to(x.device))
