"""Attention by torch's fused kernels (FlashAttention, Dao et al.: arXiv 2205.14135), where they really run."""

from __future__ import annotations

import contextlib
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


class FusedMix:
    """torch's scaled_dot_product_attention."""

    def several(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """A prompt from position 0 on needs no mask, which the flash kernel cannot take."""
        tokens, kv_heads, group, size = queries.shape
        keys = keys.transpose(1, 2)
        from_start = tokens == keys.shape[1]
        mixed = functional.scaled_dot_product_attention(
            queries.reshape(1, tokens, kv_heads * group, size).transpose(1, 2),
            keys[None].repeat_interleave(group, dim=1),
            values[None].repeat_interleave(group, dim=1),
            attn_mask=None if from_start else mask,
            is_causal=from_start,
        )
        return mixed.transpose(1, 2).reshape(tokens, -1)

    def one(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """The queries of a group stand where those of several tokens would: all see all keys.

        Some kernels (that of 32-bit numbers on CUDA) give a result whose heads stand behind its positions in memory.
        """
        mixed = functional.scaled_dot_product_attention(queries[None], keys.transpose(1, 2)[None], values[None])
        return mixed[0].contiguous()


def fused_kernels() -> contextlib.AbstractContextManager[Any]:
    """Within it scaled_dot_product_attention takes a fused kernel or fails, but never falls back. Needs torch 2.3."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    return sdpa_kernel([SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION])


def fused_works(heads: int, kv_heads: int, head_size: int, dtype: torch.dtype, device: torch.device) -> bool:
    """Found by trying one token, a prompt and the middle of a prompt."""

    def ones(*shape: int) -> Tensor:
        return torch.ones(shape, dtype=dtype, device=device)

    try:
        with torch.no_grad(), fused_kernels():
            values = ones(kv_heads, 8, head_size)
            keys = values.transpose(1, 2)
            FusedMix().one(ones(kv_heads, heads // kv_heads, head_size), keys, values)
            for tokens in (8, 4):
                queries = ones(tokens, kv_heads, heads // kv_heads, head_size)
                FusedMix().several(queries, keys, values, ones(tokens, 8))
        return True
    except (ImportError, AttributeError, RuntimeError):
        return False
