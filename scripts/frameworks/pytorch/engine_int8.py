"""int8 times int8 on CPUs, by torch's own engine for quantised models (fbgemm, x86, onednn, qnnpack).

Weights have one scale a row; the vector is quantised each time with one scale (torch.ops.quantized.linear_dynamic).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch import Tensor

from frameworks.pytorch.int8_rows import row_scales


@dataclass(frozen=True)
class Engine:
    name: str
    #: Whether vectors take 7 bits instead of 8, because sums of two products would not fit the 16 bits that processors
    #: without dot-product instructions (VNNI) have for them.
    seven_bits: bool


@functools.lru_cache(maxsize=None)
def engine() -> Engine | None:
    """The first of this build that multiplies exactly, or else the one that torch prefers; None where none works.

    From now on torch uses it for everything that is quantised.
    """
    preferred = torch.backends.quantized.engine
    others = [name for name in torch.backends.quantized.supported_engines if name != preferred]
    working = [engine for engine in map(_tried, [preferred, *others]) if engine is not None]
    chosen = next((engine for engine in working if not engine.seven_bits), working[0] if working else None)
    torch.backends.quantized.engine = preferred if chosen is None else chosen.name
    return chosen


def _tried(name: str) -> Engine | None:
    """Ones times ones: with saturation far less than the 256 that it is."""
    try:
        torch.backends.quantized.engine = name
        product = torch.ops.quantized.linear_dynamic(torch.ones(1, 256), _packed(torch.ones(16, 256)), False)
        return Engine(name, seven_bits=abs(float(product[0, 0]) - 256) > 1)
    except RuntimeError:
        return None


def _packed(rows: Tensor):
    zeros = torch.zeros(len(rows), dtype=torch.int64)
    quantized = torch.quantize_per_channel(rows, row_scales(rows).double(), zeros, axis=0, dtype=torch.qint8)
    return torch.ops.quantized.linear_prepack(quantized, None)


class EngineInt8Matrix:
    format = "int8 per row"

    def __init__(self, rows: Tensor):
        self._packed = _packed(rows)
        chosen = engine()
        self._seven_bits = chosen is not None and chosen.seven_bits
        self.elements = rows.numel()
        self.bytes = rows.numel() + 4 * len(rows)

    def product(self, x: Tensor) -> Tensor:
        if x.dim() == 1:
            return torch.ops.quantized.linear_dynamic(x.unsqueeze(0), self._packed, self._seven_bits)[0]
        return torch.ops.quantized.linear_dynamic(x, self._packed, self._seven_bits)

    def biased_product(self, bias: Tensor, x: Tensor) -> Tensor:
        return self.product(x).add_(bias)

    def product_into(self, out: Tensor, x: Tensor) -> None:
        out.copy_(self.product(x))

    def add_product_to(self, sum: Tensor, x: Tensor) -> None:
        sum.add_(self.product(x))
