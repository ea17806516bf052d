"""Where the host keeps ids and instants while it generates: written between two tokens, so it only stores."""

from __future__ import annotations

import time
from typing import Callable


class TokenStamps:
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

    def ids(self) -> list[int]:
        return self._ids[: self._count]

    def instants(self, since_ns: int) -> list[int]:
        return [at - since_ns for at in self._at[: self._count]]

    def enqueue_ns(self) -> list[int] | None:
        """None unless every token came with a figure."""
        known = self._enqueue[: self._count]
        return known if known and min(known) >= 0 else None
