"""The weights of a file as torch tensors."""

from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor

from frameworks.gguf.dequantize import dequantize
from frameworks.gguf.file import GgufFile, damaged


class WeightReader:
    """Reads the tensors of a file as torch has them: float32, on the CPU, with the exact values of the file."""

    def __init__(self, file: GgufFile, progress: Callable[[float], None]):
        """progress: called with the part of the file's tensors that has been read, from 0 to 1"""
        self._file = file
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

    def optional(self, name: str, *shape: int) -> Tensor | None:
        return self.tensor(name, *shape) if self.has(name) else None
