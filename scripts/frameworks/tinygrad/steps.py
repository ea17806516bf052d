"""The two functions that generation is made of, both jitted: a chunk of the prompt, and one token after another.

The kernel workload times them without the choice of a token.
"""

from __future__ import annotations

import copy
from typing import Any, Callable, Sequence

from engine.python.contract import KernelClock, KernelTest
from engine.python.prompt_tokens import assert_fits, random_tokens

#: A function runs as it is at the first call, is captured at the second, and replayed from then on.
CALLS_UNTIL_REPLAYED = 3


class Steps:
    """tinygrad's own prefill and rollout functions on one device, called as its Transformer.generate calls them."""

    def __init__(self, transformer: Any, chunk_tokens: int) -> None:
        from tinygrad import TinyJit, UOp

        self.transformer = transformer
        self.prefill_jit = transformer.prefill_jit
        self.rollout_jit = transformer.rollout_jit
        self.context_tokens: int = transformer.max_context
        self.chunk_tokens = min(chunk_tokens, self.context_tokens)
        self._start = UOp.variable("start_pos", 0, self.context_tokens - 1)
        self._length = UOp.variable("toks", 1, self.chunk_tokens)
        # Captured like the other two: otherwise each call makes the graph of every layer anew, which takes seconds.
        self._logits_jit = TinyJit(self._all_logits)

    def without_choice(self) -> Steps:
        """The same functions, not yet captured, that end with the logits after the last token and choose none."""
        steps = copy.copy(self)
        steps.capture(self._last_logits)
        return steps

    def capture(self, forward: Callable[[Any, Any, Any], Any]) -> None:
        """forward: tokens, start and temperature, as tinygrad's Transformer.forward takes them."""
        from tinygrad import TinyJit

        self.prefill_jit, self.rollout_jit = TinyJit(forward), TinyJit(forward)

    def on_devices(self, tensor: Any) -> Any:
        """Where the model reads its inputs."""
        return tensor

    def temperature(self, value: float) -> Any:
        from tinygrad import Tensor

        return Tensor([float(value)]).realize()

    def prompt_tensor(self, tokens: Sequence[int]) -> Any:
        """(1, context) int32, the rest zero."""
        from tinygrad import Tensor

        return Tensor([*tokens, *[0] * (self.context_tokens - len(tokens))], dtype="int32").reshape(1, -1)

    def token_tensor(self, token: int) -> Any:
        from tinygrad import Tensor

        return Tensor([[token]], dtype="int32").realize()

    def prefill(self, tokens: Sequence[int], start: int, temperature: Any) -> Any:
        """Evaluates tokens[start:]; those before are in the cache. Returns the token after them, on the device."""
        prompt = self.prompt_tensor(tokens)
        chosen = None
        while start < len(tokens):
            length = min(self.chunk_tokens, len(tokens) - start)
            first, count = self._start.bind(start), self._length.bind(length)
            chosen = self._step(prompt[:, first : first + count], first, temperature)
            start += length
        return chosen

    def decode(self, token: Any, position: int, temperature: Any) -> Any:
        """token (1, 1) on the device, at its position. Returns the next one, on the device."""
        return self.rollout_jit(token.contiguous(), self._start.bind(position), temperature)

    def _step(self, tokens: Any, start: Any, temperature: Any) -> Any:
        """A step of the prompt: tinygrad's Transformer chooses between the two in the same way."""
        from tinygrad.uop.ops import resolve

        function = self.prefill_jit if resolve(tokens.shape[1] != 1) else self.rollout_jit
        return function(tokens.contiguous(), start, temperature)

    def read(self, token: Any) -> int:
        """Waits for the token and fetches it to the host."""
        return int(token.item())

    def logits(self, tokens: Any, start: int) -> Any:
        """(1, n) tokens, n always the same, from position `start` on. Returns float32 (n, vocabulary): after each of them.

        The next call writes over what this one returned.
        """
        return self._logits_jit(self.on_devices(tokens.realize()), self._start.bind(start))

    def _all_logits(self, tokens: Any, start: Any) -> Any:
        return self.transformer.output(self.transformer.output_norm(self._hidden(tokens, start)))[0].float()

    def _last_logits(self, tokens: Any, start: Any, temperature: Any) -> Any:
        """Transformer.forward without its end, the choice."""
        x = self._hidden(tokens, start)
        return self.transformer.output(self.transformer.output_norm(x[:, -1:]))[:, -1, :]

    def _hidden(self, tokens: Any, start: Any) -> Any:
        x = self.transformer.token_embd(tokens).float()
        for block in self.transformer.blk:
            x = block(x, start)
        return x

    def synchronize(self) -> None:
        from tinygrad import Device

        for name in list(Device._opened_devices):
            if not name.startswith(("DISK", "NPY", "PYTHON")):
                Device[name].synchronize()


def end_compiler_processes() -> None:
    """Ends the processes in which tinygrad compiles, and which it keeps: their memory and wake-ups are not the model's.

    The next kernel that must be compiled starts new ones.
    """
    from tinygrad.engine.worker import terminate_worker_pool

    terminate_worker_pool()


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
    """llama-bench's pp and tg (tools/llama-bench/llama-bench.cpp): random token ids, synchronised, no token chosen.

    steps: those of `kernel_steps`
    """
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
