"""What tinygrad counts: kernels compiled and found in its cache on disk, and estimates of memory traffic and arithmetic."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable


@dataclass(frozen=True)
class CacheContents:
    kernels: int
    #: Size of the compiled kernels, not of the file.
    bytes: int


def cache_file() -> Path:
    from tinygrad.helpers import CACHEDB

    return Path(CACHEDB)


def contents(file: Path) -> CacheContents:
    """Counts the kernels of all compilers; nothing where there is no cache yet or it is switched off (CACHELEVEL=0)."""
    if not file.is_file():
        return CacheContents(0, 0)
    # Read only: looking must not create or lock what tinygrad writes.
    with contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'compile\\_%' ESCAPE '\\'"
        )
        kernels = size = 0
        for (table,) in tables.fetchall():
            rows, length = connection.execute(
                f'SELECT COUNT(*), COALESCE(SUM(LENGTH(val)), 0) FROM "{table}"'
            ).fetchone()
            kernels += rows
            size += length
    return CacheContents(kernels, size)


class KernelCacheWatch:
    """What this process added to the cache since it began to watch, and what it found there.

    The cache shows only what it holds. A kernel that was lowered and is not new in the cache was found there: a hit.
    Kernels of another process that compiles at the same time are counted too.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._before = contents(file)
        self._lowered_before = lowered_kernels()

    def statistics(self) -> dict[str, int]:
        now = contents(self._file)
        new = max(0, now.kernels - self._before.kernels)
        return {
            "kernel_cache_kernels": now.kernels,
            "kernel_cache_bytes": now.bytes,
            "kernel_cache_new_kernels": new,
            "kernel_cache_new_bytes": max(0, now.bytes - self._before.bytes),
            "kernel_cache_hits": max(0, lowered_kernels() - self._lowered_before - new),
        }


def lowered_kernels() -> int:
    """Distinct kernels that this process lowered to machine code, compiled or from the cache."""
    from tinygrad.codegen import to_program_cache

    return len(to_program_cache)


def captured_kernels(jit: Any) -> int:
    """Kernels that a TinyJit replays; those batched into one graph count one by one."""
    from tinygrad.engine.realize import get_call_kernels

    if jit.captured is None:
        return 0
    return sum(inner_kernels(call, get_call_kernels) for call in jit.captured.linear.src)


def inner_kernels(call: Any, kernels_of: Callable[[Any], list[Any]]) -> int:
    program = call.src[0]
    return len(program.src[0].src) if getattr(program, "arg", None) == "graph" else len(kernels_of(call))


#: The largest plausible ratio of counted to necessary bytes.
PLAUSIBLE_EXCESS = 2.0


@dataclass
class StepCounters:
    """Sums over decode steps, of tinygrad's own counters: estimates that its kernels carry, not measurements."""

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
