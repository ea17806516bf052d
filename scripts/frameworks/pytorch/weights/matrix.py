"""Weight matrices as the decoder multiplies with them, whatever they are stored as."""

from __future__ import annotations

import functools
import platform
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from frameworks.pytorch.weights.int4 import Int4Groups, Int4Matrix, Int4Rows
from frameworks.pytorch.weights.low_bit import (
    CPU_PIECE,
    DequantizedMatrix,
    EngineInt8Matrix,
    Int8Rows,
    Nf4Blocks,
    Products,
    int8_engine,
)
from frameworks.pytorch.weights.precision import QUANTIZED, Precision, bytes_of, name_of


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

    def __init__(self, rows: Tensor, compute: torch.dtype, device: torch.device, multiplies: bool = True):
        """multiplies: False where rows are looked up and little else, so that they lie as they are"""
        on_cpu, exact = device.type == "cpu", compute == torch.float32
        weight = rows.to(device=device, dtype=compute)
        self._weight = weight.t().contiguous().t() if on_cpu and exact and multiplies else weight.contiguous()
        self._columns = self._weight.t()
        #: A CPU's gemv is slow in bfloat16.
        self._has_gemv = compute != torch.bfloat16 or not on_cpu
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


class HalfMatrix(FloatMatrix):
    """float16 weights on a CPU that does not compute in float16.

    torch's product with one vector converts as it reads, at the speed of the memory. Its product with several vectors takes
    twenty times as long as in float32, so for those a piece of the weights at a time becomes float32.
    """

    def __init__(self, rows: Tensor, compute: torch.dtype, device: torch.device):
        super().__init__(rows, compute, device)
        step = max(1, CPU_PIECE // rows.shape[1])
        self._pieces = self._weight.split(step)

    def product(self, x: Tensor) -> Tensor:
        return super().product(x) if x.dim() == 1 else self._products(x).to(x.dtype)

    def biased_product(self, bias: Tensor, x: Tensor) -> Tensor:
        return super().biased_product(bias, x) if x.dim() == 1 else self._products(x).add_(bias).to(x.dtype)

    def add_product_to(self, sum: Tensor, x: Tensor) -> None:
        if x.dim() == 1:
            super().add_product_to(sum, x)
        else:
            sum.add_(self._products(x))

    def _products(self, x: Tensor) -> Tensor:
        """float32 of (tokens, outputs)"""
        vectors = x.float()
        return torch.cat([functional.linear(vectors, piece.float()) for piece in self._pieces], dim=-1)


@functools.lru_cache(maxsize=None)
def multiplies_halves() -> bool:
    """Whether the processor has instructions for float16 that torch uses; True where torch does not say."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return True
    try:
        return torch.ops.mkldnn._is_mkldnn_fp16_supported()
    except (AttributeError, RuntimeError):
        return True


class PackedMatrix(Products):
    """bfloat16 or float32 weights in the layout that oneDNN chooses for single vectors on this processor.

    As torch.compile stores the weights of a linear layer that it freezes. In bfloat16 a product with one vector then takes
    less than half of the time that the same library needs with rows as they are, two weights of one row after the other.
    """

    def __init__(self, rows: Tensor, compute: torch.dtype):
        self._packed = torch.ops.mkldnn._reorder_linear_weight(rows.to(compute).contiguous(), 1)
        # Named once, which saves half a microsecond a product.
        self._multiply = torch.ops.mkldnn._linear_pointwise.default
        self.format = name_of(compute)
        self.elements = rows.numel()
        self.bytes = self.elements * bytes_of(compute)

    def product(self, x: Tensor) -> Tensor:
        return self._multiply(x, self._packed, None, "none", [], "")

    def biased_product(self, bias: Tensor, x: Tensor) -> Tensor:
        return self._multiply(x, self._packed, bias, "none", [], "")


#: The formats that are packed on a CPU, and from how many threads on.
PACKED = {torch.bfloat16: 1, torch.float32: 2}


@functools.lru_cache(maxsize=None)
def packs(compute: torch.dtype, threads: int) -> bool:
    """Whether weights of that format are packed: where that is faster, and this torch multiplies them by a trial with one
    vector and with several.

    In float32 one thread is faster with columns. But MKL's product of a matrix with one vector takes one thread however many
    it may, and oneDNN's takes all.
    """
    if compute not in PACKED or threads < PACKED[compute]:
        return False
    try:
        matrix = PackedMatrix(torch.eye(32), compute)
        return all(
            torch.equal(matrix.product(x), x)
            and torch.equal(matrix.biased_product(torch.ones(32).to(compute), x), x + 1)
            for x in (torch.arange(32.0).to(compute), torch.arange(64.0).view(2, 32).to(compute))
        )
    except (RuntimeError, AttributeError, NotImplementedError):
        return False


def kernels_of(precision: Precision, device: torch.device) -> str:
    """What multiplies the matrices, in words."""
    if precision.name == "int4":
        return "int4 with bfloat16 vectors"
    if precision.name == "int8":
        return (
            "int8" if takes_engine_int8(precision, device) else f"{name_of(precision.compute)}, dequantised in pieces"
        )
    if precision.name == "nf4":
        return f"{name_of(precision.compute)}, dequantised in pieces"
    if takes_packed(precision, device):
        return f"{name_of(precision.compute)}, packed"
    if takes_half(precision, device):
        return "float16 for one token, float32 in pieces for several"
    return name_of(precision.compute)


def takes_engine_int8(precision: Precision, device: torch.device) -> bool:
    """Whether int8 is multiplied as int8, by torch's engine for it: on CPUs."""
    return precision.name == "int8" and device.type == "cpu" and int8_engine() is not None


def takes_packed(precision: Precision, device: torch.device) -> bool:
    return precision.packed and device.type == "cpu" and packs(precision.compute, torch.get_num_threads())


def takes_half(precision: Precision, device: torch.device) -> bool:
    return precision.compute == torch.float16 and device.type == "cpu" and not multiplies_halves()


def build_table(rows: Tensor, precision: Precision, device: torch.device, groups: Int4Groups | None = None) -> Table:
    """rows: float32 of (outputs, inputs), on the CPU; groups: the same weights in four bits, where the file has them so"""
    if precision.name == "int8":
        return DequantizedMatrix(Int8Rows(rows, precision.compute, device))
    if precision.name == "nf4":
        return DequantizedMatrix(Nf4Blocks(rows, precision.compute, device))
    if precision.name == "int4":
        return DequantizedMatrix(Int4Rows(groups or Int4Groups.quantized(rows), precision.compute))
    if takes_half(precision, device):
        return HalfMatrix(rows, precision.compute, device)
    return FloatMatrix(rows, precision.compute, device, table_multiplies(precision, device))


def build_matrix(rows: Tensor, precision: Precision, device: torch.device, groups: Int4Groups | None = None) -> Matrix:
    if precision.name == "int4":
        return Int4Matrix(groups or Int4Groups.quantized(rows))
    if table_multiplies(precision, device):
        return build_table(rows, precision, device)
    return EngineInt8Matrix(rows) if precision.name == "int8" else PackedMatrix(rows, precision.compute)


def table_multiplies(precision: Precision, device: torch.device) -> bool:
    """Whether a matrix whose rows can be read is as good for products as any. On CPUs it is not where torch multiplies
    int8, int4 or packed weights, which have layouts of their own."""
    if precision.name in QUANTIZED:
        return precision.name != "int4" and not takes_engine_int8(precision, device)
    return not takes_packed(precision, device)


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
