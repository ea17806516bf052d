"""llama-bench's pp and tg tests (tools/llama-bench/llama-bench.cpp): random token ids, synchronised, no token chosen."""

from __future__ import annotations

import random

from engine.python.contract import KernelClock, KernelTest, assert_fits

from frameworks.tinygrad.compiler_processes import end_compiler_processes
from frameworks.tinygrad.steps import CALLS_UNTIL_REPLAYED, Steps


def kernel_steps(steps: Steps) -> Steps:
    """Captured: tinygrad's own functions go on to the token, these end with the logits."""
    bare = steps.without_choice()
    temperature, token = bare.temperature(0.0), bare.token_tensor(0)
    for _ in range(CALLS_UNTIL_REPLAYED):
        bare.prefill([0, 0], 0, temperature)
        for position in range(2, 2 + CALLS_UNTIL_REPLAYED):
            bare.decode(token, position, temperature)
    bare.synchronize()
    end_compiler_processes()
    return bare


def run_kernel_test(steps: Steps, vocabulary: int, test: KernelTest, clock: KernelClock) -> None:
    """steps: of `kernel_steps`"""
    assert_fits(test.depth + test.tokens, steps.context_tokens)
    generator = random.Random(test.seed)
    tokens = [generator.randrange(vocabulary) for _ in range(test.depth + test.tokens)]
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
