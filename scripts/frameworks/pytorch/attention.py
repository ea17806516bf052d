"""Grouped-query attention over the cached keys and values of one device's heads (Ainslie et al.: arXiv 2305.13245)."""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor

from frameworks.pytorch.kv_cache import KvCache
from frameworks.pytorch.linear import Linear
from frameworks.pytorch.rope import Rotation
from frameworks.pytorch.step import Step


class Mix(Protocol):
    """Softmax of queries times keys, times values.

    keys: (kv heads, head size, positions); values: (kv heads, positions, head size)
    """

    def several(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """queries: (tokens, kv heads, group, head size). Returns (tokens, kv heads * group * head size)."""

    def one(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """queries: (kv heads, group, head size), which may be changed in place. Returns the same shape."""


class Attention:
    def __init__(
        self,
        qkv: Linear,
        heads: int,
        kv_heads: int,
        head_size: int,
        cache: KvCache,
        rotation: Rotation | None,
        mix: Mix,
        compute: torch.dtype,
        device: torch.device,
    ):
        """qkv: queries, keys and values of all heads, one after the other"""
        self._qkv = qkv
        self._heads, self._kv_heads, self._head_size = heads, kv_heads, head_size
        self._cache = cache
        self._rotation = rotation
        self._mix = mix
        self._device = device
        # For single tokens: a buffer, and all views of it, made once.
        self._one_qkv = torch.empty((heads + 2 * kv_heads) * head_size, dtype=compute, device=device)
        by_heads = self._one_qkv.view(1, heads + 2 * kv_heads, head_size)
        self._one_by_pairs = None if rotation is None else rotation.pairs(by_heads[:, : heads + kv_heads])
        self._one_queries = by_heads[0, :heads].view(kv_heads, heads // kv_heads, head_size)
        self._one_fresh = by_heads[0, heads:].view(2, kv_heads, head_size)

    def __call__(self, h: Tensor, step: Step) -> Tensor:
        """h: (tokens, width), or (width,) for a single token. Returns the same with heads * head size."""
        if h.dim() == 1:
            return self._one(h, step)
        tokens = step.stop - step.start
        heads, kv_heads = self._heads, self._kv_heads
        qkv = self._qkv(h).view(tokens, heads + 2 * kv_heads, self._head_size)
        turning = qkv[:, : heads + kv_heads]
        if self._rotation is not None:
            turning = self._rotation.rotated(turning, step.turns[self._device])
        self._cache.store(step.start, step.stop, turning[:, heads:], qkv[:, heads + kv_heads :])
        queries = turning[:, :heads].view(tokens, kv_heads, heads // kv_heads, self._head_size)
        keys, values = self._cache.read(step.stop)
        if tokens == 1:
            return self._mix.one(queries[0], keys, values).view(1, -1)
        return self._mix.several(queries, keys, values, step.mask[self._device])

    def _one(self, h: Tensor, step: Step) -> Tensor:
        """With as few calls as a loop written by hand: between two tokens every one counts."""
        self._qkv.into(self._one_qkv, h)
        if self._rotation is not None:
            self._rotation.rotate_(self._one_by_pairs, step.turns[self._device])
        self._cache.store_one(step.start, self._one_fresh)
        keys, values = self._cache.read(step.stop)
        return self._mix.one(self._one_queries, keys, values).view(-1)


class PlainMix:
    """Two products and a softmax. The queries of a group are rows of one product with the keys they share.

    One for all layers of a device: what several tokens need for scores stays allocated from layer to layer. Taken anew
    each time, so much memory comes from the system page by page, which took a third of a prompt's time.
    """

    def __init__(self, head_size: int, compute: torch.dtype, device: torch.device):
        self._scale = 1 / math.sqrt(head_size)
        self._scale_tensor = torch.tensor(self._scale, dtype=compute, device=device)
        self._scores = self._weights = torch.empty(0, dtype=compute, device=device)

    def several(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        tokens, kv_heads, group, size = queries.shape
        rows = queries.transpose(0, 1).reshape(kv_heads, tokens * group, size)
        added = mask if group == 1 else mask.repeat_interleave(group, dim=0)
        shape = (kv_heads, tokens * group, keys.shape[2])
        if self._scores.shape != shape:
            self._scores, self._weights = rows.new_empty(shape), rows.new_empty(shape)
        torch.baddbmm(added, rows, keys, alpha=self._scale, out=self._scores)
        torch.softmax(self._scores, -1, out=self._weights)
        mixed = torch.bmm(self._weights, values)
        return mixed.view(kv_heads, tokens, group, size).transpose(0, 1).reshape(tokens, kv_heads * group * size)

    def one(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        scores = torch.bmm(queries.mul_(self._scale_tensor), keys)
        return torch.bmm(torch.softmax(scores, -1), values)
