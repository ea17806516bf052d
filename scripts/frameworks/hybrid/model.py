"""A loaded model, as scripts/engine/python/contract.py wants it: PyTorch's, whose single tokens tinygrad evaluates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from engine.python.contract import Effective, Generated, GenerateOptions, KernelClock, KernelTest, TokenSink
from frameworks.hybrid.network import HybridNetwork
from frameworks.tinygrad.kernel_cache import captured_kernels

if TYPE_CHECKING:
    from frameworks.hybrid.loading import TinygradSide


class HybridModel:
    def __init__(self, inner: Any, network: HybridNetwork, side: TinygradSide | None, effective: Effective) -> None:
        """inner: frameworks.pytorch.model.TorchModel, which drives the network"""
        self._inner = inner
        self._network = network
        self._side = side
        self.effective = effective

    def generate(self, prompt: list[int], options: GenerateOptions, sink: TokenSink) -> Generated:
        return self._inner.generate(prompt, options, sink)

    def kernel(self, test: KernelTest, clock: KernelClock) -> None:
        self._inner.kernel(test, clock)

    def score(self, tokens: list[int], start: int, write: Callable[[bytes], None]) -> tuple[int, int]:
        return self._inner.score(tokens, start, write)

    def likelihoods(self, tokens: list[int], start: int) -> tuple[list[float], list[int]]:
        return self._inner.likelihoods(tokens, start)

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
        }

    def close(self) -> None:
        self._inner.close()
