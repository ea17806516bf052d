"""Seeds what a captured function draws from: it goes on with the buffers it was captured with, so these are written."""

from __future__ import annotations


def seed_captured_randomness(seed: int) -> None:
    """Tensor.manual_seed would make new buffers, which a captured function never looks at."""
    from tinygrad import Tensor, dtypes

    for device, key in Tensor._device_seeds.items():
        stream = int(key.tolist()[0])
        key.assign(Tensor([stream, seed & 0xFFFFFFFF], device=device, dtype=dtypes.uint32)).realize()
        counter = Tensor._device_rng_counters[device]
        counter.assign(Tensor([0, 0], device=device, dtype=dtypes.uint32)).realize()
