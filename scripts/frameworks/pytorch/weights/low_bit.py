"""int8 and nf4 weights: as floats each time they are used, piece by piece, or multiplied as int8 by torch's own engine."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from engine.python.normal_float import NF4_BLOCK, NF4_LEVELS


#: Weights that are floats at once: on a CPU they stay in its cache; on a GPU few launches matter more.
CPU_PIECE, GPU_PIECE = 1 << 18, 1 << 25


class Storage(Protocol):
    """A matrix of (outputs, inputs) in few bits."""

    format: str
    outputs: int
    inputs: int
    bytes: int
    device: torch.device

    def floats(self, start: int, stop: int) -> Tensor:
        """Rows start to stop, (stop - start, inputs), in the format of the arithmetic"""

    def rows(self, ids: Tensor) -> Tensor:
        """(ids, inputs)"""


class Products:
    """What else a matrix of matrix.py does, by its product."""

    def biased_product(self, bias: Tensor, x: Tensor) -> Tensor:
        return self.product(x).add_(bias)

    def product_into(self, out: Tensor, x: Tensor) -> None:
        out.copy_(self.product(x))

    def add_product_to(self, sum: Tensor, x: Tensor) -> None:
        sum.add_(self.product(x))


class DequantizedMatrix(Products):
    """Turns its weights into floats each time they are used, piece by piece."""

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

    def rows(self, ids: Tensor) -> Tensor:
        return self._storage.rows(ids)

    def row(self, id: int) -> Tensor:
        return self._storage.floats(id, id + 1)[0]


def _linear(weight: Tensor, x: Tensor) -> Tensor:
    return functional.linear(x, weight)


def row_scales(rows: Tensor) -> Tensor:
    """float32 of (outputs,); 1 for a row of zeros"""
    scales = rows.abs().amax(dim=1) / 127
    return torch.where(scales > 0, scales, torch.ones_like(scales))


class Int8Rows:
    """int8 weights with one float32 scale a row: w = scale q, scale = largest |w| of the row / 127."""

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


class Nf4Blocks:
    """4-bit NormalFloat: blocks of 64 weights of a row with their largest magnitude in float32, two codes a byte.

    A row that is no whole number of blocks is padded with zeros.
    """

    format = f"nf4 in blocks of {NF4_BLOCK}"

    def __init__(self, rows: Tensor, compute: torch.dtype, device: torch.device):
        self.outputs, self.inputs = rows.shape
        self.device = device
        blocks = functional.pad(rows, (0, -self.inputs % NF4_BLOCK)).view(self.outputs, -1, NF4_BLOCK)
        largest = blocks.abs().amax(dim=2, keepdim=True)
        levels = torch.tensor(NF4_LEVELS)
        codes = torch.bucketize(blocks / largest.clamp(min=1e-30), (levels[1:] + levels[:-1]) / 2).to(torch.uint8)
        codes = codes.view(self.outputs, -1, 2)
        self._bytes = (codes[:, :, 0] | (codes[:, :, 1] << 4)).to(device)
        self._largest = largest.to(device)
        #: The two weights of every possible byte, before they are scaled: (256, 2).
        byte = torch.arange(256)
        self._pairs = torch.stack((levels[byte & 15], levels[byte >> 4]), dim=1).to(device=device, dtype=compute)
        self.bytes = self._bytes.numel() + 4 * self._largest.numel()

    def floats(self, start: int, stop: int) -> Tensor:
        return self._dequantized(self._bytes[start:stop], self._largest[start:stop])

    def rows(self, ids: Tensor) -> Tensor:
        return self._dequantized(self._bytes[ids], self._largest[ids])

    def _dequantized(self, bytes: Tensor, largest: Tensor) -> Tensor:
        values = functional.embedding(bytes.int(), self._pairs).view(len(bytes), -1, NF4_BLOCK)
        return values.mul_(largest.to(values.dtype)).view(len(bytes), -1)[:, : self.inputs]


@dataclass(frozen=True)
class Int8Engine:
    name: str
    #: Whether vectors take 7 bits instead of 8, because sums of two products would not fit the 16 bits that processors
    #: without dot-product instructions (VNNI) have for them.
    seven_bits: bool


@functools.lru_cache(maxsize=None)
def int8_engine() -> Int8Engine | None:
    """The first of this build that multiplies exactly, or else the one that torch prefers; None where none works.

    From now on torch uses it for everything that is quantised.
    """
    preferred = torch.backends.quantized.engine
    others = [name for name in torch.backends.quantized.supported_engines if name != preferred]
    working = [engine for engine in map(_tried, [preferred, *others]) if engine is not None]
    chosen = next((engine for engine in working if not engine.seven_bits), working[0] if working else None)
    torch.backends.quantized.engine = preferred if chosen is None else chosen.name
    return chosen


def _tried(name: str) -> Int8Engine | None:
    """Multiplies ones by ones: the result is 256, and far less with saturation."""
    try:
        torch.backends.quantized.engine = name
        product = torch.ops.quantized.linear_dynamic(torch.ones(1, 256), _packed(torch.ones(16, 256)), False)
        return Int8Engine(name, seven_bits=abs(float(product[0, 0]) - 256) > 1)
    except RuntimeError:
        return None


def _packed(rows: Tensor):
    zeros = torch.zeros(len(rows), dtype=torch.int64)
    quantized = torch.quantize_per_channel(rows, row_scales(rows).double(), zeros, axis=0, dtype=torch.qint8)
    return torch.ops.quantized.linear_prepack(quantized, None)


class EngineInt8Matrix(Products):
    """int8 times int8 on CPUs, by torch's own engine for quantised models (fbgemm, x86, onednn, qnnpack).

    Weights have one scale a row; the vector is quantised each time with one scale (torch.ops.quantized.linear_dynamic).
    """

    format = "int8 per row"

    def __init__(self, rows: Tensor):
        self._packed = _packed(rows)
        chosen = int8_engine()
        self._seven_bits = chosen is not None and chosen.seven_bits
        self.elements = rows.numel()
        self.bytes = rows.numel() + 4 * len(rows)

    def product(self, x: Tensor) -> Tensor:
        if x.dim() == 1:
            return torch.ops.quantized.linear_dynamic(x.unsqueeze(0), self._packed, self._seven_bits)[0]
        return torch.ops.quantized.linear_dynamic(x, self._packed, self._seven_bits)
