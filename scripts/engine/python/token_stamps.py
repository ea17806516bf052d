"""The clock of the run, and instants on it: of a kernel test, and of an answer's tokens.

perf_counter_ns reads the monotonic clock that Node's hrtime reads; the harness checks that at the start.
"""

from __future__ import annotations

import time
from typing import Any, Callable

_origin_ns = 0


def set_origin(origin_ns: int) -> None:
    global _origin_ns
    _origin_ns = origin_ns


def now() -> int:
    """Nanoseconds since the origin of the run."""
    return time.perf_counter_ns() - _origin_ns


class StopWatch:
    start_ns = 0
    stop_ns = 0

    def start(self) -> None:
        self.start_ns = now()

    def stop(self) -> None:
        self.stop_ns = now()


class TokenStamps:
    """Ids and instants of an answer. They are written between two tokens, so `token` only stores."""

    __slots__ = ("_ids", "_at", "_enqueue", "_count", "_on_token", "prompt_evaluated_at", "cancelled")

    def __init__(self, max_tokens: int, on_token: Callable[[int], None] | None):
        self._ids = [0] * max_tokens
        self._at = [0] * max_tokens
        self._enqueue = [-1] * max_tokens
        self._count = 0
        self._on_token = on_token
        self.prompt_evaluated_at: int | None = None
        self.cancelled = False

    def prompt_evaluated(self) -> None:
        self.prompt_evaluated_at = time.perf_counter_ns()

    def token(self, token: int, enqueue_ns: int = -1, _now=time.perf_counter_ns) -> bool:
        count = self._count
        self._at[count] = _now()
        self._ids[count] = token
        self._enqueue[count] = enqueue_ns
        self._count = count + 1
        if self._on_token is not None:
            self._on_token(token)
        return not self.cancelled

    def message(self) -> dict[str, Any]:
        """Ids and instants as messages.ts has them; enqueueNs only if every token came with a figure."""
        count, evaluated_at, enqueue = self._count, self.prompt_evaluated_at, self._enqueue[: self._count]
        return {
            "promptEvaluatedNs": None if evaluated_at is None else evaluated_at - _origin_ns,
            "ids": self._ids[:count],
            "atNs": [at - _origin_ns for at in self._at[:count]],
            **({"enqueueNs": enqueue} if enqueue and min(enqueue) >= 0 else {}),
        }
