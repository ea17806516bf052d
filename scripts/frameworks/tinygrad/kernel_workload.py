"""llama-bench's pp and tg tests (tools/llama-bench/llama-bench.cpp): random token ids, synchronised, no token chosen."""

from __future__ import annotations

from engine.python.contract import KernelClock, KernelTest, assert_fits
from engine.python.prompt_tokens import random_tokens
from frameworks.tinygrad.steps import CALLS_UNTIL_REPLAYED, Steps, end_compiler_processes


def kernel_steps(steps: Steps) -> Steps:
    """Captures functions that end with the logits; tinygrad's own go on to the token."""
    bare = steps.without_choice()
    temperature, token = bare.temperature(0.0), bare.token_tensor(0)
    for _ in range(CALLS_UNTIL_REPLAYED):
        bare.prefill([0, 0], 0, temperature)
        for position in range(2, 2 + CALLS_UNTIL_REPLAYED):
            bare.decode(token, position, temperature)
    bare.synchronize()
    end_compiler_processes()
    return bare


def run_kernel_test(steps: Steps, vocabulary: int, bos: int | None, test: KernelTest, clock: KernelClock) -> None:
    """steps: those of `kernel_steps`"""
    assert_fits(test.depth + test.tokens, steps.context_tokens)
    tokens = random_tokens(test.depth + test.tokens, vocabulary, bos, test.seed)
    temperature = steps.temperature(0.0)
    if test.depth > 0:
        steps.prefill(tokens[: test.depth], 0, temperature)
    if test.test == "pp":
        steps.synchronize()
        clock.start()
        steps.prefill(tokens, test.depth, temperature)
        steps.synchronize()
    else:
        inputs = [steps.token_tensor(token) for token in tokens[test.depth :]]
        steps.synchronize()
        clock.start()
        for offset, token in enumerate(inputs):
            steps.decode(token, test.depth + offset, temperature)
            steps.synchronize()
    clock.stop()
