"""Weights as they are read, before they are cut, put together and placed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Projection:
    """float32 of (outputs, inputs), and a bias of (outputs,)"""

    rows: Tensor
    bias: Tensor | None = None

    def outputs(self, start: int, stop: int) -> Projection:
        return Projection(self.rows[start:stop], None if self.bias is None else self.bias[start:stop])

    def inputs(self, start: int, stop: int) -> Projection:
        """A part of a sum: the first one has the bias."""
        return Projection(self.rows[:, start:stop], self.bias if start == 0 else None)


def stacked(*projections: Projection) -> Projection:
    """One matrix in place of several with the same input: fewer, larger products."""
    biases = [projection.bias for projection in projections if projection.bias is not None]
    return Projection(torch.cat([projection.rows for projection in projections]), torch.cat(biases) if biases else None)
