"""Buffers for single tokens, made once for all layers that are alike.

Between two layers the weights pass through the processor's caches. A buffer of each layer's own would be read from memory
again for every token, and so would the views of it; a shared one stays.
"""

from __future__ import annotations

from typing import Any, Callable, Hashable, TypeVar

Buffers = TypeVar("Buffers")


class Scratch:
    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}

    def shared(self, make: Callable[..., Buffers], *shape: Hashable) -> Buffers:
        """What `make` makes of the arguments, the same object for equal ones."""
        key = (make, *shape)
        if key not in self._made:
            self._made[key] = make(*shape)
        return self._made[key]
