"""tinygrad's counters of memory traffic and arithmetic: estimates that its kernels carry, not measurements."""

from __future__ import annotations

from dataclasses import dataclass

#: Largest ratio of counted to necessary bytes at which the counter passes for plausible.
PLAUSIBLE_EXCESS = 2.0


@dataclass
class StepCounters:
    """Sums over decode steps."""

    steps: int = 0
    memory_bytes: int = 0
    operations: int = 0
    kernels: int = 0

    def add(self, steps: int, memory_bytes: int, operations: int, kernels: int) -> None:
        self.steps += steps
        self.memory_bytes += memory_bytes
        self.operations += operations
        self.kernels += kernels

    def statistics(self, necessary_bytes: int) -> dict[str, int]:
        """Means of a step. necessary_bytes: weights that a step reads; a counter below it has missed something, one far
        above it counts a buffer of which a kernel touches only a part. Either is left out rather than believed.
        """
        if self.steps == 0:
            return {}
        memory = self.memory_bytes // self.steps
        figures = {"global_ops_per_step": self.operations // self.steps, "kernels_per_step": self.kernels // self.steps}
        if necessary_bytes <= memory <= PLAUSIBLE_EXCESS * necessary_bytes:
            figures["global_mem_per_step_bytes"] = memory
        return figures


def counted() -> tuple[int, int, int]:
    """Bytes, operations and kernels since the process began."""
    from tinygrad.helpers import GlobalCounters

    return int(GlobalCounters.global_mem), int(GlobalCounters.global_ops), int(GlobalCounters.kernel_count)
