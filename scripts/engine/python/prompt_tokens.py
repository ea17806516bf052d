"""Token ids of prompts: those of the kernel workload, and how many a cached sequence shares with a prompt."""

from __future__ import annotations


def random_tokens(count: int, vocabulary: int, bos: int | None, seed: int) -> list[int]:
    """A linear congruential generator (Numerical Recipes); as in llama-bench, the first id is BOS if the model has one."""
    tokens = []
    state = seed & 0xFFFFFFFF
    for _ in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        tokens.append(state * vocabulary >> 32)
    if bos is not None and tokens:
        tokens[0] = bos
    return tokens


def shared_prefix(prompt: list[int], cached: list[int]) -> int:
    """How many cached ids the prompt begins with; its last token is always evaluated, for its logits."""
    limit = min(len(cached), len(prompt) - 1)
    return next((index for index in range(limit) if prompt[index] != cached[index]), limit)
