"""A matrix with the bias that goes with it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from frameworks.pytorch.matrix import Matrix


@dataclass(frozen=True)
class Linear:
    """Vectors are (inputs,) or, several together, (tokens, inputs)."""

    matrix: Matrix
    bias: Tensor | None

    def __call__(self, x: Tensor) -> Tensor:
        return self.matrix.product(x) if self.bias is None else self.matrix.biased_product(self.bias, x)

    def add_to(self, residual: Tensor, x: Tensor) -> None:
        """Adds what the layer makes of x, in place."""
        self.matrix.add_product_to(residual, x)
        if self.bias is not None:
            residual.add_(self.bias)

    def into(self, out: Tensor, x: Tensor) -> None:
        """Writes what the layer makes of one vector into (outputs,)."""
        self.matrix.product_into(out, x)
        if self.bias is not None:
            out.add_(self.bias)
