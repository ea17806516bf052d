"""PyTorch's model with another way to evaluate single tokens, and PyTorch's own way when that fails."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from engine.python.contract import Effective, one_line
from frameworks.tinygrad.counters import captured_kernels

if TYPE_CHECKING:
    from torch import Tensor

    from frameworks.hybrid.decode_step import DecodeStep
    from frameworks.hybrid.loading import TinygradSide


class HybridNetwork:
    """A SequenceModel of frameworks/pytorch/network.py: tinygrad evaluates single tokens, PyTorch everything else."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder
        self._step: DecodeStep | None = None
        self.device = decoder.device
        self.fallback_reason: str | None = None
        self.fallbacks = 0
        self.tinygrad_tokens = 0
        self.fallback_tokens = 0

    def decode_with(self, step: DecodeStep) -> None:
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
        """Stays with PyTorch: what a failed step left behind is unknown. The token at hand is evaluated again."""
        if self._step is not None:
            self._step.fetch_cache()
            self._step = None
        self.fallbacks += 1
        self.fallback_reason = one_line(error, 300)
        print(f"tinygrad's step failed, PyTorch continues: {self.fallback_reason}", file=sys.stderr, flush=True)


class HybridModel:
    def __init__(self, inner: Any, network: HybridNetwork, side: TinygradSide | None, effective: Effective) -> None:
        """inner: frameworks.pytorch.model.TorchModel, which drives the network"""
        self._inner = inner
        self._network = network
        self._side = side
        self.effective = effective

    def __getattr__(self, name: str) -> Any:
        """Everything else of contract.Model is torch's."""
        return getattr(self._inner, name)

    def memory(self) -> dict[str, int]:
        """tinygrad's own buffers and copies count with torch's; what is shared counts once."""
        memory = self._inner.memory()
        if self._side is None:
            return memory
        from tinygrad.helpers import GlobalCounters

        return {**memory, "deviceBytes": memory["deviceBytes"] + int(GlobalCounters.mem_used)}

    def statistics(self) -> dict[str, str | int | float | bool | None]:
        network = self._network
        figures: dict[str, str | int | float | bool | None] = {
            "tinygrad_tokens": network.tinygrad_tokens,
            "fallbacks": network.fallbacks,
            "fallback_tokens": network.fallback_tokens,
            "fallback_reason": network.fallback_reason,
        }
        if self._side is None:
            return figures
        return {
            **figures,
            "shared_bytes": self._side.bridge.shared_bytes,
            "copied_bytes": self._side.bridge.copied_bytes,
            "jit_kernels": captured_kernels(self._side.step.jit),
            **self._side.kernels.statistics(),
            **self._side.search.statistics(),
        }
