"""int4 weights, which torch's kernels for CPUs multiply with bfloat16 vectors (aten/src/ATen/native/cpu/int4mm_kernel.cpp).

w = scale (q - 8) + offset, with q from 0 to 15 and one bfloat16 scale and offset for each 32 weights of a row. That is
how Q4_0, Q4_1 and Q4_K store weights too, so their integers are taken as they are; but their scales are rounded to
bfloat16, so the weights are no longer those of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from frameworks.pytorch.weights.low_bit import Products

GROUP = 32
FORMAT = f"int4 in groups of {GROUP}"
#: The kernel wants a whole number of these rows.
ROWS = 16


def has_int4_kernels() -> bool:
    return hasattr(torch, "_weight_int4pack_mm_for_cpu")


@dataclass(frozen=True)
class Int4Groups:
    """A matrix of (outputs, inputs). A row that is no whole number of groups is padded with zeros."""

    #: q, uint8 of (outputs, padded inputs)
    codes: Tensor
    #: scale and offset, bfloat16 of (outputs, padded inputs / 32, 2)
    scales: Tensor
    inputs: int

    @classmethod
    def rounded(cls, codes: Tensor, scales: Tensor, offsets: Tensor) -> Int4Groups:
        """codes: of (outputs, inputs), whole groups; scales, offsets: float32 of (outputs, inputs / 32)"""
        return cls(codes, torch.stack((scales, offsets), dim=-1).bfloat16(), codes.shape[1])

    @classmethod
    def quantized(cls, rows: Tensor) -> Int4Groups:
        """The 16 levels of a group go from its smallest to its largest weight; each weight takes the nearest, with the
        scale and offset that are stored. rows: float32 of (outputs, inputs)"""
        inputs = rows.shape[1]
        groups = functional.pad(rows, (0, -inputs % GROUP)).view(len(rows), -1, GROUP)
        low, high = groups.amin(dim=2), groups.amax(dim=2)
        scales = ((high - low) / 15).bfloat16()
        offsets = (low + 8 * scales.float()).bfloat16()
        steps = torch.where(scales > 0, scales, torch.ones_like(scales)).float()[:, :, None]
        codes = torch.round((groups - offsets.float()[:, :, None]) / steps + 8).clamp_(0, 15).to(torch.uint8)
        return cls(codes.view(len(rows), -1), torch.stack((scales, offsets), dim=-1), inputs)

    @classmethod
    def stacked(cls, parts: Sequence[Int4Groups]) -> Int4Groups:
        codes, scales = (torch.cat(tensors) for tensors in zip(*((part.codes, part.scales) for part in parts)))
        return cls(codes, scales, parts[0].inputs)

    def outputs_between(self, start: int, stop: int) -> Int4Groups:
        return Int4Groups(self.codes[start:stop], self.scales[start:stop], self.inputs)

    def reordered(self, order: Tensor) -> Int4Groups:
        """The rows in another order, ids of (outputs,)."""
        return Int4Groups(self.codes[order], self.scales[order], self.inputs)


class Int4Rows:
    """Rows that are looked up, as Storage of low_bit.py: two integers a byte."""

    format = FORMAT

    def __init__(self, groups: Int4Groups, compute: torch.dtype):
        self.outputs, self.inputs = len(groups.codes), groups.inputs
        self.device = groups.codes.device
        self._bytes = groups.codes[:, 0::2] | (groups.codes[:, 1::2] << 4)
        self._scales = groups.scales
        self._compute = compute
        self.bytes = self._bytes.numel() + 2 * self._scales.numel()

    def floats(self, start: int, stop: int) -> Tensor:
        return self._dequantized(self._bytes[start:stop], self._scales[start:stop])

    def rows(self, ids: Tensor) -> Tensor:
        return self._dequantized(self._bytes[ids], self._scales[ids])

    def _dequantized(self, bytes: Tensor, scales: Tensor) -> Tensor:
        codes = torch.stack((bytes & 15, bytes >> 4), dim=-1).view(len(bytes), -1, GROUP)
        scale, offset = scales.float().unsqueeze(-2).unbind(-1)
        values = (codes.float() - 8).mul_(scale).add_(offset)
        return values.view(len(bytes), -1)[:, : self.inputs].to(self._compute)


class Int4Matrix(Products):
    """Multiplies bfloat16 vectors; sums are float32, the product is rounded to bfloat16."""

    format = FORMAT

    def __init__(self, groups: Int4Groups):
        self._outputs, self._inputs = len(groups.codes), groups.inputs
        self._missing = -groups.inputs % GROUP
        rows = -self._outputs % ROWS
        codes = functional.pad(groups.codes, (0, 0, 0, rows))
        scales = functional.pad(groups.scales, (0, 0, 0, 0, 0, rows))
        self._packed = torch._convert_weight_to_int4pack_for_cpu(codes.int(), 1)
        self._scales = scales.transpose(0, 1).contiguous()
        self._padded = rows > 0
        self.elements = self._outputs * self._inputs
        self.bytes = self._packed.numel() + 2 * self._scales.numel()

    def product(self, x: Tensor) -> Tensor:
        vectors = x.unsqueeze(0) if x.dim() == 1 else x
        if self._missing > 0:
            vectors = functional.pad(vectors, (0, self._missing))
        products = torch._weight_int4pack_mm_for_cpu(vectors, self._packed, GROUP, self._scales)
        if self._padded:
            products = products[:, : self._outputs]
        return products[0] if x.dim() == 1 else products
