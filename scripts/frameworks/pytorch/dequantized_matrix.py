"""Products with weights that are stored in few bits and turned into floats each time they are used, piece by piece."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

#: Weights that are floats at once: on a CPU they stay in its cache; on a GPU few launches matter more.
CPU_PIECE, GPU_PIECE = 1 << 18, 1 << 25


class Storage(Protocol):
    """A matrix of (outputs, inputs)"""

    format: str
    outputs: int
    inputs: int
    bytes: int
    device: torch.device

    def floats(self, start: int, stop: int) -> Tensor:
        """Rows start to stop, (stop - start, inputs), in the format of the arithmetic"""

    def rows(self, ids: Tensor) -> Tensor:
        """(ids, inputs)"""


class DequantizedMatrix:
    def __init__(self, storage: Storage):
        self._storage = storage
        piece = CPU_PIECE if storage.device.type == "cpu" else GPU_PIECE
        step = max(1, piece // storage.inputs)
        self._ranges = [(start, min(start + step, storage.outputs)) for start in range(0, storage.outputs, step)]
        self.format = storage.format
        self.elements = storage.outputs * storage.inputs
        self.bytes = storage.bytes

    def product(self, x: Tensor) -> Tensor:
        multiply = torch.mv if x.dim() == 1 and x.dtype == torch.float32 else _linear
        parts = [multiply(self._storage.floats(start, stop), x) for start, stop in self._ranges]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)

    def biased_product(self, bias: Tensor, x: Tensor) -> Tensor:
        return self.product(x).add_(bias)

    def product_into(self, out: Tensor, x: Tensor) -> None:
        out.copy_(self.product(x))

    def add_product_to(self, sum: Tensor, x: Tensor) -> None:
        sum.add_(self.product(x))

    def rows(self, ids: Tensor) -> Tensor:
        return self._storage.rows(ids)

    def row(self, id: int) -> Tensor:
        return self._storage.floats(id, id + 1)[0]


def _linear(weight: Tensor, x: Tensor) -> Tensor:
    return functional.linear(x, weight)
