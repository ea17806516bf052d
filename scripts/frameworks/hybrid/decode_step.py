"""One token through a Llama decoder in tinygrad, over torch's memory, captured once and replayed."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from frameworks.hybrid.bridge import Bridge
from frameworks.hybrid.inside_pytorch import DecoderTensors, LayerTensors, Weights


class DecodeStep:
    def __init__(self, tensors: DecoderTensors, bridge: Bridge, backend: str, logits: Tensor) -> None:
        """logits: torch's (vocabulary,), which every step writes."""
        from tinygrad import Device, TinyJit, UOp

        self._tensors = tensors
        self._bridge = bridge
        self._device = Device[backend]
        self._logits = logits
        vocabulary, width = tensors.embedding.shape
        _, self._kv_heads, positions, self._head_size = tensors.layers[0].cache.shape
        self._heads = tensors.layers[0].attention_output.matrix.shape[1] // self._head_size
        self._token = UOp.variable("token", 0, vocabulary - 1)
        self._position = UOp.variable("position", 0, positions - 1)
        self.jit = TinyJit(self._forward)

    def logits(self, token: int, position: int) -> Tensor:
        """(vocabulary,), good until the next call; the token's keys and values are stored."""
        self.jit(self._token.bind(token), self._position.bind(position))
        self._device.synchronize()
        self._bridge.fetch(self._logits)
        return self._logits

    def bring_cache(self) -> None:
        """Call it after torch wrote keys and values."""
        for layer in self._tensors.layers:
            self._bridge.bring(layer.cache)

    def fetch_cache(self) -> None:
        """Call it before torch reads keys and values that the step wrote."""
        for layer in self._tensors.layers:
            self._bridge.fetch(layer.cache)

    def _forward(self, token: Any, position: Any) -> Any:
        tensors, over = self._tensors, self._bridge.over
        x = over(tensors.embedding)[token : token + 1].float()
        turn = over(tensors.turns)[position : position + 1]
        for layer in tensors.layers:
            x = self._layer(layer, x, turn, position)
        hidden = self._norm(x, tensors.norm)
        logits = hidden.dot(over(tensors.output).T)
        return over(self._logits).assign(logits.reshape(-1).cast(over(self._logits).dtype)).realize()

    def _layer(self, layer: LayerTensors, x: Any, turn: Any, position: Any) -> Any:
        x = x + self._linear(
            layer.attention_output, self._attention(layer, self._norm(x, layer.attention_norm), turn, position)
        )
        both = self._linear(layer.gate_up, self._norm(x, layer.feed_forward_norm))
        half = both.shape[1] // 2
        # A buffer between the products, as in tinygrad's own model: one kernel for both would compute the gate again and again.
        inner = (both[:, :half].silu() * both[:, half:]).contiguous()
        return (x + self._linear(layer.down, inner)).contiguous()

    def _attention(self, layer: LayerTensors, hidden: Any, turn: Any, position: Any) -> Any:
        """(1, width) to (1, heads * head size)"""
        from tinygrad import Tensor as TinyTensor

        heads, kv_heads, size = self._heads, self._kv_heads, self._head_size
        qkv = self._linear(layer.qkv, hidden).reshape(heads + 2 * kv_heads, size)
        turned = self._turned(qkv[: heads + kv_heads], turn)
        cache = self._bridge.over(layer.cache)
        fresh = (
            TinyTensor.stack(turned[heads:], qkv[heads + kv_heads :]).reshape(2, kv_heads, 1, size).cast(cache.dtype)
        )
        stored = TinyTensor(cache.uop.after(cache[:, :, position : position + 1, :].uop.store(fresh.uop)))
        keys, values = stored[0, :, : position + 1], stored[1, :, : position + 1]
        queries = turned[:heads].reshape(kv_heads, heads // kv_heads, size)
        scores = queries.dot(keys.transpose(1, 2).float()) * size**-0.5
        return scores.softmax(-1).dot(values.float()).reshape(1, heads * size)

    def _turned(self, x: Any, turn: Any) -> Any:
        """x: (heads, head size), of which adjacent pairs turn; turn: (1, head size / 2, 2), cosine and sine."""
        pairs = x.reshape(x.shape[0], x.shape[1] // 2, 2)
        first, second = pairs[..., 0], pairs[..., 1]
        cosine, sine = turn[..., 0], turn[..., 1]
        both = (first * cosine - second * sine).stack(first * sine + second * cosine, dim=-1)
        return both.reshape(x.shape)

    def _norm(self, x: Any, weight: Tensor) -> Any:
        """x / sqrt(mean(x^2) + epsilon) * weight"""
        scale = (x.square().mean(-1, keepdim=True) + self._tensors.norm_epsilon).rsqrt()
        return x * scale * self._bridge.over(weight)

    def _linear(self, weights: Weights, x: Any) -> Any:
        product = x.dot(self._bridge.over(weights.matrix).T)
        return product if weights.bias is None else product + self._bridge.over(weights.bias)
