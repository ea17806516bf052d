"""The ids of the kernel workload."""

from __future__ import annotations


def random_tokens(count: int, vocabulary: int, bos: int | None, seed: int) -> list[int]:
    """A linear congruential generator (Numerical Recipes); as in llama-bench, the first id is BOS where one is."""
    tokens = []
    state = seed & 0xFFFFFFFF
    for _ in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        tokens.append(state * vocabulary >> 32)
    if bos is not None and tokens:
        tokens[0] = bos
    return tokens
