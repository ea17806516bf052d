"""The decoder, from token ids to logits: embedding, layers of attention and feed-forward, norm and output.

Attention is in attention.py, the matrices in weights/matrix.py; architectures.py builds a decoder from a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from frameworks.pytorch.attention import KvCache, Rotation, Step, causal
from frameworks.pytorch.devices import Placement
from frameworks.pytorch.scratch import Scratch
from frameworks.pytorch.weights.matrix import Linear, Matrix, Table


class SequenceModel(Protocol):
    """Evaluates one sequence whose keys and values it keeps; what lies at a position and after it is written anew."""

    #: The device of the logits.
    device: torch.device
    #: The format of keys and values.
    cache_dtype: torch.dtype

    def next(self, token: int, position: int) -> Tensor:
        """Logits after one token at a position, (vocabulary,)."""

    def prefill(self, tokens: list[int], start: int) -> Tensor:
        """Logits after the last of several tokens from position `start` on, (vocabulary,)."""

    def all_logits(self, tokens: list[int], start: int) -> Tensor:
        """Logits after each token, (tokens, vocabulary)."""

    def compile(self) -> None:
        """Single tokens go through torch.compile from now on; the next calls compile."""

    def cache_bytes(self) -> int:
        """The memory of keys and values."""


class OneNormed:
    """A single vector in float32, and what becomes of it in its own format."""

    def __init__(self, width: int, dtype: torch.dtype, device: torch.device):
        self.wide = torch.empty(width, device=device)
        self.row = self.wide.unsqueeze(0)
        self.normed = torch.empty(width, dtype=dtype, device=device)


class RmsNorm:
    """Computes, in float32 whatever the arithmetic is, x / sqrt(mean(x^2) + epsilon) * weight (Zhang, Sennrich: arXiv 1910.07467)"""

    def __init__(self, weight: Tensor, epsilon: float, scratch: Scratch):
        self._weight = weight
        self._epsilon = torch.full((1,), epsilon, device=weight.device)
        self._share = 1 / len(weight)
        # For single tokens of 16 bits on a CPU.
        self._buffered = weight.dtype != torch.float32 and weight.device.type == "cpu"
        self._one_token = scratch.shared(OneNormed, len(weight), weight.dtype, weight.device)
        self._one_weight = weight.float()

    def __call__(self, x: Tensor) -> Tensor:
        if x.dtype == torch.float32:
            return self._normed(x).mul_(self._weight)
        if self._buffered and x.dim() == 1:
            one = self._one_token
            wide = one.wide.copy_(x)
            wide.mul_(self._factor(one.row, wide))
            return torch.mul(wide, self._one_weight, out=one.normed)
        return self._normed(x.float()).to(x.dtype).mul_(self._weight)

    def _normed(self, x: Tensor) -> Tensor:
        if x.dim() == 1:
            return x * self._factor(x.unsqueeze(0), x)
        return x * x.square().mean(-1, keepdim=True).add_(self._epsilon).rsqrt_()

    def _factor(self, row: Tensor, x: Tensor) -> Tensor:
        """1 / sqrt(mean(x^2) + epsilon). The sum of squares is a product of a matrix of one row: one call in place of four.

        row: x as this matrix
        """
        return torch.addmv(self._epsilon, row, x, alpha=self._share).rsqrt_()


class LayerNorm:
    """Computes (x - mean) / sqrt(variance + epsilon) * weight + bias (Ba, Kiros, Hinton: arXiv 1607.06450)"""

    def __init__(self, weight: Tensor, bias: Tensor, epsilon: float):
        self._weight = weight
        self._bias = bias
        self._epsilon = epsilon

    def __call__(self, x: Tensor) -> Tensor:
        return functional.layer_norm(x, self._weight.shape, self._weight, self._bias, self._epsilon)


class OneGateUp:
    """The gate and the values behind it of a single token."""

    def __init__(self, width: int, compute: torch.dtype, device: torch.device):
        self.both = torch.empty(2 * width, dtype=compute, device=device)
        self.gate, self.up = self.both[:width], self.both[width:]


class GatedFeedForward:
    """Computes silu(gate h) * up h (SwiGLU, Shazeer: arXiv 2002.05202)"""

    def __init__(self, gate_up: Linear, width: int, compute: torch.dtype, device: torch.device, scratch: Scratch):
        """gate_up: both matrices in one, the gate first; width: of each"""
        self._gate_up = gate_up
        self._width = width
        self._one_token = scratch.shared(OneGateUp, width, compute, device)

    def __call__(self, h: Tensor, step: Step) -> Tensor:
        if h.dim() == 1:
            token = self._one_token
            self._gate_up.into(token.both, h)
            return functional.silu(token.gate).mul_(token.up)
        both = self._gate_up(h)
        return functional.silu(both[:, : self._width]).mul_(both[:, self._width :])


class PlainFeedForward:
    """Computes gelu(up h), with the approximation by tanh"""

    def __init__(self, up: Linear):
        self._up = up

    def __call__(self, h: Tensor, step: Step) -> Tensor:
        return functional.gelu(self._up(h), approximate="tanh")


@dataclass(frozen=True)
class Branch:
    """One device's part of attention or feed-forward: its heads or its columns, and its part of the way back."""

    #: (tokens, width) to (tokens, inner width), or both without their first dimension for a single token
    inner: Callable[[Tensor, Step], Tensor]
    output: Linear
    device: torch.device


@dataclass(frozen=True)
class Layer:
    attention_norm: Callable[[Tensor], Tensor]
    attention: list[Branch]
    feed_forward_norm: Callable[[Tensor], Tensor]
    feed_forward: list[Branch]
    #: The device of the residual stream.
    device: torch.device

    def __call__(self, x: Tensor, step: Step) -> Tensor:
        """x: (tokens, width), or (width,) for a single token. It is changed in place and returned."""
        _add(x, self.attention_norm(x), self.attention, step)
        _add(x, self.feed_forward_norm(x), self.feed_forward, step)
        return x


def _add(x: Tensor, h: Tensor, branches: list[Branch], step: Step) -> None:
    """Adds the outputs of all branches to x; branches on other devices send their sums over."""
    branches[0].output.add_to(x, branches[0].inner(h, step))
    for branch in branches[1:]:
        x.add_(branch.output(branch.inner(h.to(branch.device), step)).to(x.device))


@dataclass
class Decoder:
    embedding: Table
    #: Learned positions, (positions, width); None with rotary ones.
    positions: Tensor | None
    layers: list[Layer]
    norm: Callable[[Tensor], Tensor]
    output: Matrix
    rotations: dict[torch.device, Rotation]
    placement: Placement
    #: Format of the scores of attention.
    attention_compute: torch.dtype
    caches: list[KvCache]

    def __post_init__(self) -> None:
        self.device = self.placement.last
        self.cache_dtype = self.caches[0].dtype
        self._layer_for_one_token: Callable[[Layer, Tensor, Step], Tensor] = Layer.__call__

    def compile(self) -> None:
        """Layers for single tokens: all layers share what is compiled, and prompts are large products already."""
        compiled = torch.compile(Layer.__call__)

        def layer_for_one_token(layer: Layer, x: Tensor, step: Step) -> Tensor:
            # As a prompt of one token: torch.compile leaves products of matrices to BLAS, but none with vectors.
            return compiled(layer, x.unsqueeze(0), step)[0]

        self._layer_for_one_token = layer_for_one_token

    def cache_bytes(self) -> int:
        return sum(cache.bytes for cache in self.caches)

    def next(self, token: int, position: int) -> Tensor:
        x = self.embedding.row(token)
        if self.positions is not None:
            x = x + self.positions[position]
        step = self._step(position, 1)
        for layer in self.layers:
            x = self._layer_for_one_token(layer, x.to(layer.device), step)
        return self.output.product(self.norm(x))

    def prefill(self, tokens: list[int], start: int) -> Tensor:
        if len(tokens) == 1:
            return self.next(tokens[0], start)
        return self.output.product(self.norm(self._evaluated(tokens, start)[-1]))

    def all_logits(self, tokens: list[int], start: int) -> Tensor:
        return self.output.product(self.norm(self._evaluated(tokens, start)))

    def _evaluated(self, tokens: list[int], start: int) -> Tensor:
        """Returns the output of the last layer, (tokens, width); keys and values are stored."""
        x = self.embedding.rows(torch.tensor(tokens, device=self.placement.first))
        if self.positions is not None:
            x = x + self.positions[start : start + len(tokens)]
        step = self._step(start, len(tokens))
        for layer in self.layers:
            x = layer(x.to(layer.device), step)
        return x

    def _step(self, start: int, tokens: int) -> Step:
        stop = start + tokens
        turns = {device: rotation.turns(start, stop) for device, rotation in self.rotations.items()}
        masked = self.placement.devices if tokens > 1 else []
        return Step(
            start, stop, turns, {device: causal(start, stop, self.attention_compute, device) for device in masked}
        )
