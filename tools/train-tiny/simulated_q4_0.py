"""Q4_0 as llama.cpp stores it: blocks of 32 weights, one scale, 16 levels (ggml-quants.c, quantize_row_q4_0_ref)."""

import torch
from torch import Tensor

BLOCK = 32


def simulate_q4_0(weight: Tensor) -> Tensor:
    """The weights as they are after Q4_0; the gradient passes through as if nothing had been rounded."""
    blocks = weight.detach().reshape(-1, BLOCK)
    largest = blocks.gather(1, blocks.abs().argmax(1, keepdim=True))
    scale = largest / -8
    inverse = torch.where(scale == 0, torch.zeros_like(scale), 1 / scale)
    levels = (blocks * inverse + 8.5).floor().clamp(0, 15) - 8
    return weight + ((levels * scale).reshape(weight.shape) - weight.detach())
