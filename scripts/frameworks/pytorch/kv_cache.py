"""Keys and values of one layer, for the heads that live on one device."""

from __future__ import annotations

import torch
from torch import Tensor


class KvCache:
    """Allocated in full at load: a cache that grew would copy itself between two tokens."""

    def __init__(
        self,
        kv_heads: int,
        positions: int,
        head_size: int,
        dtype: torch.dtype,
        compute: torch.dtype,
        device: torch.device,
    ):
        #: Keys, then values.
        self._both = torch.zeros(2, kv_heads, positions, head_size, dtype=dtype, device=device)
        self._keys_transposed = self._both[0].transpose(1, 2)
        self._values = self._both[1]
        self._compute = compute
        self.dtype = dtype
        self._converts = dtype != compute
        self.bytes = self._both.numel() * self._both.element_size()

    def store(self, start: int, stop: int, keys: Tensor, values: Tensor) -> None:
        """keys, values: (stop - start, kv heads, head size)"""
        self._both[0, :, start:stop] = keys.transpose(0, 1)
        self._both[1, :, start:stop] = values.transpose(0, 1)

    def store_one(self, position: int, keys_and_values: Tensor) -> None:
        """(2, kv heads, head size)"""
        self._both.select(2, position).copy_(keys_and_values)

    def read(self, stop: int) -> tuple[Tensor, Tensor]:
        """Keys of (kv heads, head size, stop), transposed for the product, and values of (kv heads, stop, head size).

        Views, or copies in the format of the arithmetic where that differs.
        """
        keys, values = self._keys_transposed.narrow(2, 0, stop), self._values.narrow(1, 0, stop)
        return (keys.to(self._compute), values.to(self._compute)) if self._converts else (keys, values)
