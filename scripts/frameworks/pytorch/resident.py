"""Counts what the weights take in memory, and what one decoded token reads of them."""

from __future__ import annotations

from torch import Tensor

from engine.python.contract import ResidentWeights
from frameworks.pytorch.matrix import Matrix, Table


class Resident:
    def __init__(self) -> None:
        self.bytes = 0
        self._elements = 0
        self._bytes_per_token = 0
        self._format = ""

    def add_table(self, table: Table, rows: int) -> None:
        """One token reads one of its rows."""
        self._elements += table.elements
        self.bytes += table.bytes
        self._bytes_per_token += table.bytes // rows

    def add_matrix(self, matrix: Matrix) -> None:
        self._elements += matrix.elements
        self.bytes += matrix.bytes
        self._bytes_per_token += matrix.bytes
        self._format = matrix.format

    def add_output_of_table(self, matrix: Matrix, table: Table) -> None:
        """The output matrix has the weights of the embedding: the same object, or a second copy of them."""
        if matrix is not table:
            self.bytes += matrix.bytes
        self._bytes_per_token += matrix.bytes

    def add_vector(self, vector: Tensor) -> None:
        size = vector.numel() * vector.element_size()
        self._elements += vector.numel()
        self.bytes += size
        self._bytes_per_token += size

    def add_position_table(self, table: Tensor) -> None:
        self._elements += table.numel()
        self.bytes += table.numel() * table.element_size()
        self._bytes_per_token += table[0].numel() * table.element_size()

    def weights(self) -> ResidentWeights:
        bits = 8 * self.bytes / max(1, self._elements)
        return ResidentWeights(self._format, round(bits, 3), self._bytes_per_token)
