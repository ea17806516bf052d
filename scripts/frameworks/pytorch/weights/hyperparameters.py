"""What a file says of its model: the numbers that fix a decoder, and its weights as torch tensors.

The keys of the metadata are those of gguf-py/gguf/constants.py of llama.cpp.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np
import torch
from torch import Tensor

from engine.python.contract import UserError
from frameworks.pytorch.weights.dequantize import dequantize
from frameworks.pytorch.weights.gguf import GgufFile, damaged


@dataclass(frozen=True)
class Hyperparameters:
    architecture: str
    layers: int
    #: Numbers of the residual stream.
    width: int
    feed_forward: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    #: Positions the model was trained for.
    context_length: int
    norm_epsilon: float

    @property
    def kv_elements(self) -> int:
        """Keys and values of one position, all layers together."""
        return 2 * self.layers * self.kv_heads * self.head_size


def read_hyperparameters(file: GgufFile) -> Hyperparameters:
    """Raises UserError where a number is missing or layers differ from each other."""
    architecture = file.text("general.architecture")

    def whole(key: str, otherwise: int | None = None) -> int:
        name = f"{architecture}.{key}"
        value = file.metadata.get(name)
        if not isinstance(value, np.ndarray):
            return int(file.number(name, otherwise))
        # A list with a number for each layer; where all are the same, it is as good as one number.
        if len(set(value.tolist())) != 1:
            raise UserError(
                f'{file.path}: "{name}" differs from layer to layer, which is not built here', "Choose another model."
            )
        return int(value[0])

    heads = whole("attention.head_count")
    width = whole("embedding_length")
    head_size = whole("attention.key_length", width // heads)
    if whole("attention.value_length", width // heads) != head_size:
        raise UserError(
            f"{file.path} has values of another length than keys, which is not built here", "Choose another model."
        )
    return Hyperparameters(
        architecture=architecture,
        layers=whole("block_count"),
        width=width,
        feed_forward=whole("feed_forward_length"),
        heads=heads,
        kv_heads=whole("attention.head_count_kv", heads),
        head_size=head_size,
        vocabulary=file.tensor("token_embd.weight").shape[0],
        context_length=whole("context_length"),
        norm_epsilon=file.number(
            f"{architecture}.attention.layer_norm_rms_epsilon",
            file.metadata.get(f"{architecture}.attention.layer_norm_epsilon"),
        ),
    )


def rotation_frequencies(file: GgufFile, hyperparameters: Hyperparameters, factors: np.ndarray | None) -> np.ndarray:
    """base^(-2i / d), divided by the model's own factors (Llama 3: tensor rope_freqs.weight) or by a linear scale.

    Raises UserError for other kinds of scaling.
    """
    name = hyperparameters.architecture
    size = hyperparameters.head_size
    dimensions = int(file.number(f"{name}.rope.dimension_count", size))
    scaling = file.text(f"{name}.rope.scaling.type", "linear")
    if dimensions != size or scaling not in ("none", "linear"):
        what = f"RoPE scaling {scaling}" if dimensions == size else f"RoPE on {dimensions} of {size} dimensions"
        raise UserError(f"{file.path} has {what}, which is not built here", "Choose another model.")
    base = file.number(f"{name}.rope.freq_base", 10000.0)
    frequencies = base ** (-np.arange(0, size, 2, dtype=np.float64) / size)
    if scaling == "linear":
        # Older files have another key, and llama.cpp reads both.
        squeeze = file.number(f"{name}.rope.scaling.factor", file.metadata.get(f"{name}.rope.scale_linear", 0.0))
        frequencies = frequencies / (squeeze or 1.0)
    return frequencies if factors is None else frequencies / factors.astype(np.float64)


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
