"""The weights of a file as torch tensors."""

from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor

from frameworks.gguf.dequantize import FOUR_BIT_TYPES, dequantize, four_bit_groups
from frameworks.gguf.file import GgufFile, damaged
from frameworks.pytorch.weights.int4 import GROUP, Int4Groups


class WeightReader:
    """Reads the tensors of a file as torch has them: float32, on the CPU, with the exact values of the file."""

    def __init__(self, file: GgufFile, progress: Callable[[float], None], keeps_groups: bool = False):
        """progress: called with the part of the file's tensors that has been read, from 0 to 1

        keeps_groups: matrices of four bits are read as their integers and scales too
        """
        self._file = file
        self._keeps_groups = keeps_groups
        self._progress = progress
        self._total = max(1, sum(tensor.bytes for tensor in file.tensors.values()))
        self._read = 0

    def has(self, name: str) -> bool:
        return name in self._file.tensors

    def tensor(self, name: str, *shape: int) -> Tensor:
        """float32, rows first. Raises UserError when the file has another shape than the hyperparameters say."""
        tensor = self._file.tensor(name)
        if tensor.shape != shape:
            raise damaged(self._file.path, f'has tensor "{name}" as {list(tensor.shape)}, not {list(shape)}')
        values = torch.empty(tensor.elements)
        dequantize(tensor.type, self._file.blocks(name), values.numpy())
        self._read += tensor.bytes
        self._progress(self._read / self._total)
        return values.view(shape)

    def groups(self, name: str) -> Int4Groups | None:
        """The integers and scales of a matrix; None where they are not wanted, or the file has no such ones."""
        tensor = self._file.tensor(name)
        if not self._keeps_groups or tensor.type.name not in FOUR_BIT_TYPES:
            return None
        outputs, inputs = tensor.shape
        codes, scales, offsets = map(torch.from_numpy, four_bit_groups(tensor.type, self._file.blocks(name)))
        per_group = (outputs, inputs // GROUP)
        return Int4Groups.rounded(codes.view(outputs, inputs), scales.view(per_group), offsets.view(per_group))

    def optional(self, name: str, *shape: int) -> Tensor | None:
        return self.tensor(name, *shape) if self.has(name) else None
