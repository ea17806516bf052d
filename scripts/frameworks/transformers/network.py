"""transformers' own modules and cache, evaluated token by token: a SequenceModel of frameworks/pytorch/network.py."""

from __future__ import annotations

import inspect
from typing import Any, Callable

import torch
from torch import Tensor

from engine.python.contract import ResidentWeights
from frameworks.pytorch.weights.precision import bytes_of


class TransformersNetwork:
    def __init__(self, model: Any, new_cache: Callable[[], Any], device: torch.device):
        """new_cache: makes an empty cache of transformers"""
        self.model = model
        self.device = device
        self.cache_dtype = model.dtype
        #: What forward and generate call the cache; the name changed in 5.24.
        self.cache_name = "cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values"
        self._new_cache = new_cache
        self._cache = new_cache()
        #: Positions in the cache.
        self._kept = 0

    def next(self, token: int, position: int) -> Tensor:
        return self._evaluate([token], position, 1)[-1]

    def prefill(self, tokens: list[int], start: int) -> Tensor:
        return self._evaluate(tokens, start, 1)[-1]

    def all_logits(self, tokens: list[int], start: int) -> Tensor:
        return self._evaluate(tokens, start, 0)

    def compile(self) -> None:
        """Refused when it was loaded."""

    def cache_bytes(self) -> int:
        """The memory of keys and values; one that grows has what is in use."""
        tensors = [
            tensor for layer in self._cache.layers for tensor in (layer.keys, layer.values) if tensor is not None
        ]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    def cache_until(self, position: int) -> Any:
        """The cache with the keys and values before `position`, and no others."""
        if position == 0:
            self._cache = self._new_cache()
        elif position < self._kept:
            self._cache.crop(position - self._kept)
        self._kept = position
        return self._cache

    def keep(self, cache: Any, positions: int) -> None:
        """Takes over a cache that somebody else has filled."""
        self._cache, self._kept = cache, positions

    def _evaluate(self, tokens: list[int], start: int, logits_to_keep: int) -> Tensor:
        """(rows, vocabulary); logits_to_keep: of the last rows, 0 for all"""
        cache = {self.cache_name: self.cache_until(start)}
        self._kept = start + len(tokens)
        ids = torch.tensor([tokens], device=self.device)
        answer = self.model(input_ids=ids, use_cache=True, logits_to_keep=logits_to_keep, return_dict=True, **cache)
        return answer.logits[0]


def resident(model: Any, format: str) -> tuple[ResidentWeights, int]:
    """All weights, and their bytes; a token reads one row of an embedding that is not the output matrix too.

    format: name of the number format of all weights
    """
    size = bytes_of(model.dtype)
    elements = sum(weight.numel() for weight in model.parameters())
    table = model.get_input_embeddings().weight
    tied = model.get_output_embeddings().weight.data_ptr() == table.data_ptr()
    read = elements if tied else elements - table.numel() + table.shape[1]
    return ResidentWeights(format, 8.0 * size, read * size), elements * size
