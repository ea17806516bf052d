"""The whole model: embedding, layers, norm and output, over one sequence (a SequenceModel)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import torch
from torch import Tensor

from frameworks.pytorch.kv_cache import KvCache
from frameworks.pytorch.layer import Layer
from frameworks.pytorch.matrix import Matrix, Table
from frameworks.pytorch.rope import Rotation
from frameworks.pytorch.sharding import Placement
from frameworks.pytorch.step import Step, causal


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
    compute: torch.dtype
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
        """What the layers make of the tokens, (tokens, width); their keys and values are stored."""
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
        return Step(start, stop, turns, {device: causal(start, stop, self.compute, device) for device in masked})
