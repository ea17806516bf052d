"""PyTorch's decoder with another way to evaluate single tokens, and PyTorch's own way back when that fails."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor


class Step(Protocol):
    def logits(self, token: int, position: int) -> Tensor:
        """(vocabulary,), good until the next call; the token's keys and values are stored."""

    def bring_cache(self) -> None:
        """After torch wrote keys and values."""

    def fetch_cache(self) -> None:
        """Before torch reads keys and values that the step wrote."""


class HybridNetwork:
    """A SequenceModel of frameworks/pytorch/sequence_model.py."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder
        self._step: Step | None = None
        self.device = decoder.device
        self.fallback_reason: str | None = None
        self.fallbacks = 0
        self.tinygrad_tokens = 0
        self.fallback_tokens = 0

    def decode_with(self, step: Step) -> None:
        self._step = step

    def next(self, token: int, position: int) -> Tensor:
        if self._step is not None:
            try:
                logits = self._step.logits(token, position)
                self.tinygrad_tokens += 1
                return logits
            except Exception as error:  # whatever fails there, the answer goes on
                self.fall_back(error)
        self.fallback_tokens += 1
        return self._decoder.next(token, position)

    def prefill(self, tokens: list[int], start: int) -> Tensor:
        logits = self._decoder.prefill(tokens, start)
        if self._step is not None:
            self._step.bring_cache()
        return logits

    def all_logits(self, tokens: list[int], start: int) -> Tensor:
        return self._decoder.all_logits(tokens, start)

    def compile(self) -> None:
        """Single tokens are compiled already, by tinygrad."""

    def cache_bytes(self) -> int:
        return self._decoder.cache_bytes()

    def fall_back(self, error: Exception) -> None:
        """For good: what a failed step left behind is unknown. The token at hand is evaluated again."""
        if self._step is not None:
            self._step.fetch_cache()
            self._step = None
        self.fallbacks += 1
        self.fallback_reason = f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
        print(f"tinygrad's step failed, PyTorch decodes on: {self.fallback_reason}", file=sys.stderr, flush=True)
