"""The loaded model as the host drives it: generation, kernel workload, scoring."""

from __future__ import annotations

import heapq
import time
from typing import Any, Callable, Iterator

from engine.python.contract import (
    Effective,
    Generated,
    GenerateOptions,
    KernelClock,
    KernelTest,
    Likelihoods,
    TokenSink,
)
from engine.python.prompt_tokens import assert_fits, shared_prefix
from frameworks.tinygrad import counters
from frameworks.tinygrad.checkpoint import Checkpoint
from frameworks.tinygrad.counters import KernelCacheWatch, captured_kernels
from frameworks.tinygrad.search import KernelSearch
from frameworks.tinygrad.steps import CALLS_UNTIL_REPLAYED, Steps, kernel_steps, run_kernel_test

#: Tokens of one chunk of `score` and `likelihoods`, whose logits are in memory together.
SCORE_TOKENS = 32


class TinygradModel:
    effective: Effective

    def __init__(
        self,
        checkpoint: Checkpoint,
        steps: Steps,
        end_of_sequence: frozenset[int],
        kernel_cache: KernelCacheWatch,
        search: KernelSearch,
    ) -> None:
        self._checkpoint = checkpoint
        self._steps = steps
        self._end_of_sequence = end_of_sequence
        self._kernel_cache = kernel_cache
        self._search = search
        self._counters = counters.StepCounters()
        #: Made by the first kernel test.
        self._kernel_steps: Steps | None = None
        #: Token ids whose keys and values are in the cache, in order.
        self._cached: list[int] = []

    def warm_up(self) -> int:
        """Compiles and captures both functions, so that nothing compiles later. Returns how many positions it filled."""
        temperature = self._steps.temperature(0.0)
        for _ in range(CALLS_UNTIL_REPLAYED):
            token = self._steps.prefill([0, 0], 0, temperature)
            for position in range(2, 2 + CALLS_UNTIL_REPLAYED):
                token = self._steps.decode(token, position, temperature)
            self._steps.read(token)
        return 2 + CALLS_UNTIL_REPLAYED

    def generate(self, prompt: list[int], options: GenerateOptions, sink: TokenSink) -> Generated:
        steps, ends = self._steps, self._end_of_sequence
        assert_fits(len(prompt) + options.max_tokens, steps.context_tokens)
        reused = shared_prefix(prompt, self._cached) if options.reuse_prefix else 0
        self._cached = prompt[:reused]
        if options.temperature > 0:
            seed_captured_randomness(options.seed)
        temperature = steps.temperature(options.temperature)
        before = time.perf_counter_ns()
        chosen = steps.prefill(prompt, reused, temperature)
        enqueue_ns = time.perf_counter_ns() - before
        self._cached = list(prompt)
        memory, operations, kernels = counters.counted()
        position, generated, stop = len(prompt), 0, "length"
        while True:
            token = steps.read(chosen)
            if token in ends and not options.ignore_end_of_sequence:
                stop = "end"
                break
            generated += 1
            if not sink.token(token, enqueue_ns):
                stop = "cancelled"
                break
            if generated == options.max_tokens:
                break
            before = time.perf_counter_ns()
            chosen = steps.decode(chosen, position, temperature)
            enqueue_ns = time.perf_counter_ns() - before
            self._cached.append(token)
            position += 1
        counted = counters.counted()
        self._counters.add(position - len(prompt), counted[0] - memory, counted[1] - operations, counted[2] - kernels)
        return Generated(stop, reused, token if stop == "end" else None)

    def score(self, tokens: list[int], start: int, write: Callable[[bytes], None]) -> tuple[int, int]:
        for begin, first, last, logits in self._chunks(tokens, start - 1):
            rows = logits.contiguous().data().cast("B")
            width = len(rows) // logits.shape[0]
            write(bytes(rows[(first - begin) * width : (last - begin) * width]))
        return len(tokens) - (start - 1), self._vocabulary()

    def likelihoods(self, tokens: list[int], start: int, top: int) -> Likelihoods:
        """How probable each token from start on was, and with top the most probable ones at its place."""
        from tinygrad import Tensor

        log_probabilities: list[float] = []
        most_probable: list[int] = []
        most_probable_ones: list[list[tuple[int, float]]] = []
        for begin, first, last, logits in self._chunks(tokens, start - 1):
            length = logits.shape[0]
            following = tokens[begin + 1 : begin + length + 1]
            padded = [[token] for token in following] + [[0]] * (length - len(following))
            chosen = logits.gather(1, Tensor(padded, dtype="int32", device=logits.device)).squeeze(1)
            rows = slice(first - begin, min(last - begin, len(following)))
            total = logits.logsumexp(-1)
            log_probabilities += (chosen - total).tolist()[rows]
            most_probable += logits.argmax(-1).tolist()[rows]
            if top > 0:
                most_probable_ones += best_of_rows(logits, total, top)[rows]
        return Likelihoods(log_probabilities, most_probable, most_probable_ones if top > 0 else None)

    def _chunks(self, tokens: list[int], first_row: int) -> Iterator[tuple[int, int, int, Any]]:
        """Evaluates chunks of one length, so that one set of kernels serves them all; the last begins earlier.

        Yields where a chunk begins, the range of positions that are new in it and not before first_row, and its float32
        logits (length, vocabulary).
        """
        from tinygrad import Tensor

        steps = self._steps
        assert_fits(len(tokens), steps.context_tokens)
        self._cached = []
        length = min(SCORE_TOKENS, steps.context_tokens)
        padded = tokens + [0] * max(0, length - len(tokens))
        done = 0
        while done < len(tokens):
            begin = min(done, len(padded) - length)
            logits = steps.logits(Tensor([padded[begin : begin + length]], dtype="int32"), begin)
            first, last = max(done, first_row), min(begin + length, len(tokens))
            if first < last:
                yield begin, first, last, logits
            done = begin + length

    def kernel(self, test: KernelTest, clock: KernelClock) -> None:
        self._cached = []
        if self._kernel_steps is None:
            with self._search.compiling(span=None):
                self._kernel_steps = kernel_steps(self._steps)
        bos = self._checkpoint.metadata.get("tokenizer.ggml.bos_token_id")
        run_kernel_test(self._kernel_steps, self._vocabulary(), bos, test, clock)

    def memory(self) -> dict[str, int]:
        from tinygrad.helpers import GlobalCounters

        return {
            "deviceBytes": int(GlobalCounters.mem_used),
            "weightsBytes": self._checkpoint.resident_bytes(),
            "contextBytes": sum(block.cache_kv.nbytes() for block in self._checkpoint.transformer.blk),
        }

    def statistics(self) -> dict[str, str | int | float | bool | None]:
        return {
            **self._kernel_cache.statistics(),
            **self._search.statistics(),
            "jit_kernels": sum(captured_kernels(jit) for jit in (self._steps.prefill_jit, self._steps.rollout_jit)),
            **self._counters.statistics(self._checkpoint.bytes_per_token),
        }

    def close(self) -> None:
        self._cached = []

    def _vocabulary(self) -> int:
        return int(self._checkpoint.transformer.token_embd.weight.shape[0])


def best_of_rows(logits: Any, total: Any, top: int) -> list[list[tuple[int, float]]]:
    """For each row of (rows, vocabulary) float32 logits the most probable tokens with the logarithms of their probabilities.

    Found outside of tinygrad, whose topk sorts the whole vocabulary by a network of kernels of its own. total: (rows,)
    """
    values = logits.contiguous().data().cast("B").cast("f")
    width = logits.shape[1]
    found = []
    for row, log_weights in enumerate(total.tolist()):
        of_row = values[row * width : (row + 1) * width]
        ids = heapq.nlargest(top, range(width), key=of_row.__getitem__)
        found.append([(token, of_row[token] - log_weights) for token in ids])
    return found


def seed_captured_randomness(seed: int) -> None:
    """Seeds the random numbers of captured functions, by writing the buffers that they were captured with.

    Tensor.manual_seed would make new buffers, which a captured function never reads.
    """
    from tinygrad import Tensor, dtypes

    for device, key in Tensor._device_seeds.items():
        stream = int(key.tolist()[0])
        key.assign(Tensor([stream, seed & 0xFFFFFFFF], device=device, dtype=dtypes.uint32)).realize()
        counter = Tensor._device_rng_counters[device]
        counter.assign(Tensor([0, 0], device=device, dtype=dtypes.uint32)).realize()
