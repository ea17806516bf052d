"""Rotary positions (Su et al.: arXiv 2104.09864) on ADJACENT pairs of a head's dimensions: (0, 1), (2, 3), ...

GGUF files of the llama architecture have their rows in that order. Architectures that pair dimension i with i + half
(NEOX in llama.cpp) get it by reordering rows once, at load: attention sees only products of queries and keys, which are
the same in any common order.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.python.contract import UserError
from frameworks.pytorch.gguf import GgufFile
from frameworks.pytorch.hyperparameters import Hyperparameters


class Rotation:
    """Turns by position * frequency, for all positions of the context, on one device."""

    def __init__(self, frequencies: Tensor, positions: int, device: torch.device, use_complex: bool):
        """frequencies: float64 of (head size / 2,), radians a position.

        use_complex: one multiplication of complex numbers, in place; only in float32, and not within torch.compile or
        on MPS, which know no complex numbers.
        """
        angles = torch.outer(torch.arange(positions, dtype=torch.float64), frequencies)
        turns = torch.stack((angles.cos(), angles.sin()), dim=-1).float().to(device)
        self._use_complex = use_complex
        #: (positions, 1, head size / 2), complex; or the same with cosine and sine as a last dimension
        self._turns = torch.view_as_complex(turns).unsqueeze(1) if use_complex else turns.unsqueeze(1)

    def turns(self, start: int, stop: int) -> Tensor:
        return self._turns[start:stop]

    def pairs(self, x: Tensor) -> Tensor:
        """A view of (tokens, heads, head size) by pairs."""
        pairs = x.view(x.shape[0], x.shape[1], x.shape[2] // 2, 2)
        return torch.view_as_complex(pairs) if self._use_complex else pairs

    def rotated(self, x: Tensor, turns: Tensor) -> Tensor:
        """x: (tokens, heads, head size), which may be changed in place; turns: those of the tokens' positions"""
        pairs = self.pairs(x)
        if self._use_complex:
            pairs.mul_(turns)
            return x
        return turned(pairs, turns).view(x.shape)

    def rotate_(self, pairs: Tensor, turns: Tensor) -> None:
        """In place, on a view by pairs."""
        if self._use_complex:
            pairs.mul_(turns)
        else:
            pairs.copy_(turned(pairs, turns))


def turned(pairs: Tensor, turns: Tensor) -> Tensor:
    """The complex product in real numbers and float32, in the format of `pairs`."""
    first, second = pairs.float().unbind(-1)
    cosine, sine = turns.unbind(-1)
    return torch.stack((first * cosine - second * sine, first * sine + second * cosine), dim=-1).to(pairs.dtype)


def rotation_frequencies(file: GgufFile, hyperparameters: Hyperparameters, factors: Tensor | None) -> Tensor:
    """base^(-2i / d), divided by the model's own factors (Llama 3: tensor rope_freqs.weight) or by a linear scale.

    Raises UserError for scalings of other kinds.
    """
    name = hyperparameters.architecture
    size = hyperparameters.head_size
    dimensions = int(file.number(f"{name}.rope.dimension_count", size))
    scaling = file.text(f"{name}.rope.scaling.type", "linear")
    if dimensions != size or scaling not in ("none", "linear"):
        what = f"RoPE scaling {scaling}" if dimensions == size else f"RoPE on {dimensions} of {size} dimensions"
        raise UserError(f"{file.path} has {what}, which is not built here", "Choose another model.")
    base = file.number(f"{name}.rope.freq_base", 10000.0)
    frequencies = base ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    if scaling == "linear":
        # Older files have it under another key, and llama.cpp reads both.
        squeeze = file.number(f"{name}.rope.scaling.factor", file.metadata.get(f"{name}.rope.scale_linear", 0.0))
        frequencies = frequencies / (squeeze or 1.0)
    return frequencies if factors is None else frequencies / factors.double()


def adjacent_pairs(rows: Tensor, head_size: int) -> Tensor:
    """Rows of matrix or bias, (heads * head size, ...): of each head (0, half, 1, half + 1, ...)"""
    heads = rows.view(-1, 2, head_size // 2, *rows.shape[1:])
    return heads.transpose(1, 2).reshape(rows.shape)
