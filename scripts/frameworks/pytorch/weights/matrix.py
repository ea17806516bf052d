"""Weight matrices as the decoder multiplies with them, whatever they are stored as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from frameworks.pytorch.weights.low_bit import DequantizedMatrix, EngineInt8Matrix, Int8Rows, Nf4Blocks, int8_engine
from frameworks.pytorch.weights.precision import Precision, name_of


class Matrix(Protocol):
    """(outputs, inputs). x has the shape (inputs,) for one token or (tokens, inputs) for several."""

    format: str
    elements: int
    #: With scales.
    bytes: int

    def product(self, x: Tensor) -> Tensor:
        """(outputs,) or (tokens, outputs)"""

    def biased_product(self, bias: Tensor, x: Tensor) -> Tensor:
        """The same plus a bias of (outputs,)."""

    def add_product_to(self, sum: Tensor, x: Tensor) -> None:
        """Adds the product in place."""

    def product_into(self, out: Tensor, x: Tensor) -> None:
        """Writes the product with one vector into (outputs,)."""


class Table(Matrix, Protocol):
    """A matrix whose single rows can be read: an embedding."""

    def rows(self, ids: Tensor) -> Tensor:
        """(tokens, inputs), in the format of the arithmetic"""

    def row(self, id: int) -> Tensor:
        """(inputs,), a copy"""


class FloatMatrix:
    """Weights in the format of the arithmetic.

    On a CPU, float32 is stored column after column: a product with one vector then adds up columns, which BLAS does at
    the speed of the memory (its gemv without transposition), while the matrix product that `linear` would use for one
    row takes three to four times as long (OpenBLAS 0.3.21 on AVX2; MKL 1.5 times). Several rows cost the same either
    way.
    """

    def __init__(self, rows: Tensor, compute: torch.dtype, device: torch.device):
        on_cpu, exact = device.type == "cpu", compute == torch.float32
        weight = rows.to(device=device, dtype=compute)
        self._weight = weight.t().contiguous().t() if on_cpu and exact else weight.contiguous()
        self._columns = self._weight.t()
        #: In 16 bits a CPU has no fast gemv.
        self._has_gemv = exact or not on_cpu
        self.format = name_of(compute)
        self.elements = rows.numel()
        self.bytes = self.elements * weight.element_size()

    def product(self, x: Tensor) -> Tensor:
        if x.dim() == 1 and self._has_gemv:
            return torch.mv(self._weight, x)
        return functional.linear(x, self._weight)

    def biased_product(self, bias: Tensor, x: Tensor) -> Tensor:
        if x.dim() == 1 and self._has_gemv:
            return torch.addmv(bias, self._weight, x)
        return functional.linear(x, self._weight, bias)

    def add_product_to(self, sum: Tensor, x: Tensor) -> None:
        if not self._has_gemv:
            sum.add_(functional.linear(x, self._weight))
        elif x.dim() == 1:
            sum.addmv_(self._weight, x)
        else:
            sum.addmm_(x, self._columns)

    def product_into(self, out: Tensor, x: Tensor) -> None:
        if self._has_gemv:
            torch.mv(self._weight, x, out=out)
        else:
            out.copy_(functional.linear(x, self._weight))

    def rows(self, ids: Tensor) -> Tensor:
        return self._weight[ids]

    def row(self, id: int) -> Tensor:
        return self._weight[id].clone(memory_format=torch.contiguous_format)


def build_table(rows: Tensor, precision: Precision, device: torch.device) -> Table:
    """rows: float32 of (outputs, inputs), on the CPU"""
    if precision.name == "int8":
        return DequantizedMatrix(Int8Rows(rows, precision.compute, device))
    if precision.name == "nf4":
        return DequantizedMatrix(Nf4Blocks(rows, precision.compute, device))
    return FloatMatrix(rows, precision.compute, device)


def build_matrix(rows: Tensor, precision: Precision, device: torch.device) -> Matrix:
    return EngineInt8Matrix(rows) if takes_engine_int8(precision, device) else build_table(rows, precision, device)


def takes_engine_int8(precision: Precision, device: torch.device) -> bool:
    """Whether int8 is multiplied as int8, by torch's engine for it: on CPUs."""
    return precision.name == "int8" and device.type == "cpu" and int8_engine() is not None


@dataclass(frozen=True)
class Linear:
    """A matrix with its bias. Vectors are (inputs,) or, several together, (tokens, inputs)."""

    matrix: Matrix
    bias: Tensor | None

    def __call__(self, x: Tensor) -> Tensor:
        return self.matrix.product(x) if self.bias is None else self.matrix.biased_product(self.bias, x)

    def add_to(self, residual: Tensor, x: Tensor) -> None:
        """Adds the output for x, in place."""
        self.matrix.add_product_to(residual, x)
        if self.bias is not None:
            residual.add_(self.bias)

    def into(self, out: Tensor, x: Tensor) -> None:
        """Writes the output for one vector into (outputs,)."""
        self.matrix.product_into(out, x)
        if self.bias is not None:
            out.add_(self.bias)
