"""int8 weights with one float32 scale a row: w = scale q, scale = largest |w| of the row / 127."""

from __future__ import annotations

import torch
from torch import Tensor


def row_scales(rows: Tensor) -> Tensor:
    """float32 of (outputs,); 1 for a row of zeros"""
    scales = rows.abs().amax(dim=1) / 127
    return torch.where(scales > 0, scales, torch.ones_like(scales))


class Int8Rows:
    format = "int8 per row"

    def __init__(self, rows: Tensor, compute: torch.dtype, device: torch.device):
        scales = row_scales(rows)
        self._integers = torch.round(rows / scales[:, None]).to(torch.int8).to(device)
        self._scales = scales[:, None].to(device=device, dtype=compute)
        self._compute = compute
        self.outputs, self.inputs = rows.shape
        self.device = device
        self.bytes = self._integers.numel() + self._scales.numel() * self._scales.element_size()

    def floats(self, start: int, stop: int) -> Tensor:
        return self._integers[start:stop].to(self._compute).mul_(self._scales[start:stop])

    def rows(self, ids: Tensor) -> Tensor:
        return self._integers[ids].to(self._compute).mul_(self._scales[ids])
