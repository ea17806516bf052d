"""llama-bench's pp and tg tests (tools/llama-bench/llama-bench.cpp): random token ids, synchronised.

Unlike there, a step ends with choosing a token, because tinygrad's step is one function up to the token; the choice is
not used and not fetched.
"""

from __future__ import annotations

import random

from engine.python.contract import KernelClock, KernelTest, assert_fits

from frameworks.tinygrad.steps import Steps


def run_kernel_test(steps: Steps, vocabulary: int, test: KernelTest, clock: KernelClock) -> None:
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
    else:
        inputs = [steps.token_tensor(token) for token in tokens[test.depth :]]
        steps.synchronize()
        clock.start()
        for offset, token in enumerate(inputs):
            steps.decode(token, test.depth + offset, temperature)
    steps.synchronize()
    clock.stop()
