"""Token ids of prompts: whether they fit the context, those of the kernel workload, and the prefix that is cached."""

from __future__ import annotations

from engine.python.contract import UserError


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


def assert_fits(tokens: int, context_tokens: int) -> None:
    """Raises UserError for more tokens than the KV cache can hold."""
    if tokens > context_tokens:
        raise UserError(f"{tokens} tokens do not fit the context of {context_tokens}; raise --context")
