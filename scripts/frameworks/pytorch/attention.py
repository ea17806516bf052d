"""Grouped-query attention over the cached keys and values of one device's heads (Ainslie et al.: arXiv 2305.13245).

Positions are rotary (Su et al.: arXiv 2104.09864), on ADJACENT pairs of a head's dimensions: (0, 1), (2, 3), ...
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import Any, Callable, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from frameworks.pytorch.scratch import Scratch
from frameworks.pytorch.weights.matrix import Linear


@dataclass(frozen=True)
class AttentionChoice:
    #: torch's fused kernel, as fused_kernel names it; None: plain products.
    kernel: str | None
    #: Format of scores, and of keys and values while they are multiplied. On a CPU plain products are float32: torch has no
    #: fast ones of 16 bits for shapes that change with every token.
    compute: torch.dtype


@dataclass(frozen=True)
class Step:
    """The tokens at the positions start to stop, which are evaluated together, as all layers need them."""

    start: int
    stop: int
    #: By device: the rotations of the positions; empty for learned positions.
    turns: dict[torch.device, Tensor]
    #: By device: what is added to the scores so that no token looks ahead, (tokens, stop); empty for one token.
    mask: dict[torch.device, Tensor]


def causal(start: int, stop: int, compute: torch.dtype, device: torch.device) -> Tensor:
    """(stop - start, stop): 0 where a token may look, at itself and what is before it; minus infinity elsewhere"""
    positions = torch.arange(stop, device=device)
    ahead = positions > positions[start:, None]
    return torch.zeros(ahead.shape, dtype=compute, device=device).masked_fill_(ahead, -math.inf)


class KvCache:
    """Keys and values of one layer, for the heads on one device.

    Allocated in full at load: a cache that grew would copy itself between two tokens.
    """

    def __init__(
        self,
        kv_heads: int,
        positions: int,
        head_size: int,
        dtype: torch.dtype,
        compute: torch.dtype,
        device: torch.device,
    ):
        #: Keys, then values.
        self._both = torch.zeros(2, kv_heads, positions, head_size, dtype=dtype, device=device)
        self._keys_transposed = self._both[0].transpose(1, 2)
        self._values = self._both[1]
        self._key_rows, self._value_rows = self._both.unsqueeze(1).unbind(0)
        self.kv_heads, self.head_size = kv_heads, head_size
        self.dtype, self.compute, self.device = dtype, compute, device
        self._converts = dtype != compute
        self.bytes = self._both.numel() * self._both.element_size()

    def store(self, start: int, stop: int, keys: Tensor, values: Tensor) -> None:
        """keys, values: (stop - start, kv heads, head size)"""
        self._both[0, :, start:stop] = keys.transpose(0, 1)
        self._both[1, :, start:stop] = values.transpose(0, 1)

    def store_one(self, position: int, keys_and_values: Tensor) -> None:
        """(2, kv heads, head size)"""
        self._both.select(2, position).copy_(keys_and_values)

    def read(self, stop: int) -> tuple[Tensor, Tensor]:
        """Keys of (kv heads, head size, stop), transposed for the product, and values of (kv heads, stop, head size).

        Views, or copies in the format of the arithmetic where that differs.
        """
        keys, values = self._keys_transposed.narrow(2, 0, stop), self._values.narrow(1, 0, stop)
        return (keys.to(self.compute), values.to(self.compute)) if self._converts else (keys, values)

    def read_rows(self, stop: int) -> tuple[Tensor, Tensor]:
        """Keys and values of (1, kv heads, stop, head size), as `read` views or copies."""
        keys, values = self._key_rows.narrow(2, 0, stop), self._value_rows.narrow(2, 0, stop)
        return (keys.to(self.compute), values.to(self.compute)) if self._converts else (keys, values)


class Rotation:
    """Turns pairs of dimensions by position * frequency, for all positions of the context, on one device."""

    def __init__(self, frequencies: Tensor, positions: int, device: torch.device, use_complex: bool):
        """frequencies: float64 of (head size / 2,), radians a position.

        use_complex: one multiplication of complex numbers, in place; only of float32, and not within torch.compile or
        on MPS, which do not support complex numbers.
        """
        angles = torch.outer(torch.arange(positions, dtype=torch.float64), frequencies)
        turns = torch.stack((angles.cos(), angles.sin()), dim=-1).float().to(device)
        self.use_complex = use_complex
        #: (positions, 1, head size / 2), complex; or the same with cosine and sine as a last dimension
        self._turns = torch.view_as_complex(turns).unsqueeze(1) if use_complex else turns.unsqueeze(1)

    def turns(self, start: int, stop: int) -> Tensor:
        return self._turns[start:stop]

    def pairs(self, x: Tensor) -> Tensor:
        """A view of (tokens, heads, head size) by pairs."""
        pairs = x.view(x.shape[0], x.shape[1], x.shape[2] // 2, 2)
        return torch.view_as_complex(pairs) if self.use_complex else pairs

    def rotated(self, x: Tensor, turns: Tensor) -> Tensor:
        """x: (tokens, heads, head size), which may be changed in place; turns: those of the tokens' positions"""
        pairs = self.pairs(x)
        if self.use_complex:
            pairs.mul_(turns)
            return x
        return turned(pairs, turns).view(x.shape)

    def rotate_(self, pairs: Tensor, turns: Tensor) -> None:
        """In place, on a view by pairs."""
        if self.use_complex:
            pairs.mul_(turns)
        else:
            pairs.copy_(turned(pairs, turns))


def turned(pairs: Tensor, turns: Tensor) -> Tensor:
    """The complex product in real numbers and float32, in the format of `pairs`."""
    first, second = pairs.float().unbind(-1)
    cosine, sine = turns.unbind(-1)
    return torch.stack((first * cosine - second * sine, first * sine + second * cosine), dim=-1).to(pairs.dtype)


class Mix(Protocol):
    """Softmax of queries times keys, times values.

    keys: (kv heads, head size, positions); values: (kv heads, positions, head size)
    """

    def several(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """queries: (tokens, kv heads, group, head size). Returns (tokens, kv heads * group * head size)."""

    def read_for_one(self, cache: KvCache, stop: int) -> tuple[Tensor, Tensor]:
        """Keys and values in the layout that `one` takes."""

    def one(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """queries: (kv heads, group, head size), which may be changed in place. Returns as many numbers in this order."""


class OneQkv:
    """Queries, keys and values of a single token, and all views of them."""

    def __init__(
        self,
        heads: int,
        kv_heads: int,
        head_size: int,
        rotation: Rotation | None,
        formats: tuple[torch.dtype, torch.dtype],
        device: torch.device,
    ):
        """formats: while positions are turned, and of the scores"""
        turning, compute = formats
        self.all = torch.empty((heads + 2 * kv_heads) * head_size, dtype=turning, device=device)
        by_heads = self.all.view(1, heads + 2 * kv_heads, head_size)
        self.by_pairs = None if rotation is None else rotation.pairs(by_heads[:, : heads + kv_heads])
        self.queries = by_heads[0, :heads].view(kv_heads, heads // kv_heads, head_size)
        self.fresh = by_heads[0, heads:].view(2, kv_heads, head_size)
        self.rounded_queries = None if turning == compute else self.queries.to(compute)


class Attention:
    def __init__(
        self,
        qkv: Linear,
        heads: int,
        cache: KvCache,
        rotation: Rotation | None,
        mix: Mix,
        compute: torch.dtype,
        scratch: Scratch,
    ):
        """qkv: queries, keys and values of all heads, one after the other

        compute: the format of the vectors that come and go; cache.compute is that of the scores
        """
        self._qkv, self._cache, self._rotation, self._mix = qkv, cache, rotation, mix
        kv_heads, head_size, self._device = cache.kv_heads, cache.head_size, cache.device
        self._heads, self._kv_heads, self._head_size = heads, kv_heads, head_size
        self._compute = compute
        self._rotates_in = cache.compute if rotation is None or not rotation.use_complex else torch.float32
        formats = (self._rotates_in, cache.compute)
        self._one_token = scratch.shared(OneQkv, heads, kv_heads, head_size, rotation, formats, cache.device)
        self._returns_compute = cache.compute == compute

    def __call__(self, h: Tensor, step: Step) -> Tensor:
        """h: (tokens, width), or (width,) for a single token. Returns the same with heads * head size."""
        if h.dim() == 1:
            return self._one(h, step)
        tokens = step.stop - step.start
        heads, kv_heads = self._heads, self._kv_heads
        qkv = self._qkv(h).to(self._rotates_in).view(tokens, heads + 2 * kv_heads, self._head_size)
        turning = qkv[:, : heads + kv_heads]
        if self._rotation is not None:
            turning = self._rotation.rotated(turning, step.turns[self._device])
        self._cache.store(step.start, step.stop, turning[:, heads:], qkv[:, heads + kv_heads :])
        queries = turning[:, :heads].to(self._cache.compute)
        queries = queries.view(tokens, kv_heads, heads // kv_heads, self._head_size)
        if tokens == 1:
            mixed = self._mix.one(queries[0], *self._mix.read_for_one(self._cache, step.stop)).reshape(1, -1)
        else:
            mixed = self._mix.several(queries, *self._cache.read(step.stop), step.mask[self._device])
        return mixed.to(self._compute)

    def _one(self, h: Tensor, step: Step) -> Tensor:
        """With as few calls as a loop written by hand: between two tokens every one counts."""
        token = self._one_token
        if self._rotates_in == self._compute:
            self._qkv.into(token.all, h)
        else:
            token.all.copy_(self._qkv(h))
        if self._rotation is not None:
            self._rotation.rotate_(token.by_pairs, step.turns[self._device])
        self._cache.store_one(step.start, token.fresh)
        keys, values = self._mix.read_for_one(self._cache, step.stop)
        rounded = token.rounded_queries
        queries = token.queries if rounded is None else rounded.copy_(token.queries)
        mixed = self._mix.one(queries, keys, values).reshape(-1)
        return mixed if self._returns_compute else mixed.to(self._compute)


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

    def read_for_one(self, cache: KvCache, stop: int) -> tuple[Tensor, Tensor]:
        return cache.read(stop)

    def one(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        scores = torch.bmm(queries.mul_(self._scale_tensor), keys)
        return torch.bmm(torch.softmax(scores, -1), values)


class FusedMix:
    """torch's scaled_dot_product_attention (FlashAttention, Dao et al.: arXiv 2205.14135)."""

    def __init__(self, attention: Callable[..., Tensor] | None = None):
        """attention: called in place of torch's function, with the same arguments"""
        self._attention = attention or functional.scaled_dot_product_attention

    @classmethod
    def on(cls, device: torch.device) -> FusedMix:
        return FlashOnCpu() if device.type == "cpu" else cls()

    def several(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """A prompt from position 0 on needs no mask, which the flash kernel cannot take."""
        tokens, kv_heads, group, size = queries.shape
        keys = keys.transpose(1, 2)
        from_start = tokens == keys.shape[1]
        mixed = self._attention(
            queries.reshape(1, tokens, kv_heads * group, size).transpose(1, 2),
            keys[None].repeat_interleave(group, dim=1),
            values[None].repeat_interleave(group, dim=1),
            attn_mask=None if from_start else mask,
            is_causal=from_start,
        )
        return mixed.transpose(1, 2).reshape(tokens, -1)

    def read_for_one(self, cache: KvCache, stop: int) -> tuple[Tensor, Tensor]:
        return cache.read_rows(stop)

    def one(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """The queries of a group take the places of several tokens: all see all keys."""
        return self._attention(queries.unsqueeze(0), keys, values)


class FlashOnCpu(FusedMix):
    """For single tokens names the kernel that torch would otherwise choose anew each time."""

    def __init__(self) -> None:
        super().__init__()
        self._kernel = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default

    def one(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        return self._kernel(queries.unsqueeze(0), keys, values)[0]


def fused_kernels() -> contextlib.AbstractContextManager[Any]:
    """Within it scaled_dot_product_attention takes a fused kernel or fails, but never falls back. Needs torch 2.3."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    return sdpa_kernel([SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION])


def fused_kernel(heads: int, kv_heads: int, head_size: int, dtype: torch.dtype, device: torch.device) -> str | None:
    """Tries one token, a prompt and the middle of a prompt, and returns the kernels that torch chose for them: 'flash',
    'efficient', 'cudnn', or several of them. None where the fused kernels do not run all three."""

    def ones(*shape: int) -> Tensor:
        return torch.ones(shape, dtype=dtype, device=device)

    chosen: list[str] = []

    def attention(*inputs: Tensor, **options: Any) -> Tensor:
        from torch.nn.attention import SDPBackend

        number = torch._fused_sdp_choice(*inputs, **options)
        chosen.append(SDPBackend(number).name.split("_")[0].lower())
        return functional.scaled_dot_product_attention(*inputs, **options)

    try:
        with torch.no_grad(), fused_kernels():
            mix = FusedMix(attention)
            values = ones(kv_heads, 8, head_size)
            keys = values.transpose(1, 2)
            mix.one(ones(kv_heads, heads // kv_heads, head_size), values[None], values[None])
            for tokens in (8, 4):
                queries = ones(tokens, kv_heads, heads // kv_heads, head_size)
                mix.several(queries, keys, values, ones(tokens, 8))
        return " and ".join(sorted(set(chosen)))
    except (ImportError, AttributeError, RuntimeError):
        return None
