"""The loaded model as the host drives it: generation, kernel workload, scoring."""

from __future__ import annotations

import contextlib
import sys
import time
from dataclasses import dataclass
from typing import Callable, SupportsInt

import torch
from torch import Tensor

from engine.python.contract import (
    Effective,
    Generated,
    GenerateOptions,
    KernelClock,
    KernelTest,
    Likelihoods,
    TokenSink,
    UserError,
)
from engine.python.prompt_tokens import assert_fits, random_tokens, shared_prefix
from frameworks.pytorch import devices
from frameworks.pytorch.network import SequenceModel


@dataclass(frozen=True)
class Limits:
    context_tokens: int
    #: Prompt tokens that are evaluated at once.
    batch_tokens: int
    vocabulary: int
    bos: int | None
    end_of_sequence: frozenset[int]


class TorchModel:
    def __init__(
        self,
        network: SequenceModel,
        effective: Effective,
        limits: Limits,
        placed_on: list[torch.device],
        weights_bytes: int,
        arithmetic: Callable[[], contextlib.AbstractContextManager[None]],
    ):
        """arithmetic: the modes of torch within which everything is evaluated"""
        self.effective = effective
        self.network = network
        self._limits = limits
        self._devices = placed_on
        self._weights_bytes = weights_bytes
        self.arithmetic = arithmetic
        self._wait = devices.waiting_for(placed_on)
        #: A CPU is done when a call returns; other devices have only taken the work.
        self._asynchronous = network.device.type != "cpu"
        #: Ids whose keys and values are cached, in order.
        self._cached: list[int] = []

    def generate(self, prompt: list[int], options: GenerateOptions, sink: TokenSink) -> Generated:
        limits = self._limits
        if not prompt:
            raise UserError("the prompt has no tokens", "Ask something.")
        assert_fits(len(prompt) + options.max_tokens, limits.context_tokens)
        ends = frozenset() if options.ignore_end_of_sequence else limits.end_of_sequence
        sample = sampler(options.temperature, options.seed, self.network.device, options.top_p)
        reused = shared_prefix(prompt, self._cached) if options.reuse_prefix else 0
        now, network, asynchronous = time.perf_counter_ns, self.network, self._asynchronous
        with self.arithmetic():
            started = now()
            logits = self._prefill(prompt, reused)
            enqueue_ns = now() - started
            self._wait()
            sink.prompt_evaluated()
            started = now()
            chosen = sample(logits)
            enqueue_ns = enqueue_ns + now() - started if asynchronous else -1
            generated = 0
            while True:
                token = int(chosen)
                if token in ends:
                    return Generated("end", reused, token)
                generated += 1
                if not sink.token(token, enqueue_ns):
                    return Generated("cancelled", reused)
                if generated == options.max_tokens:
                    return Generated("length", reused)
                started = now()
                chosen = sample(network.next(token, len(self._cached)))
                if asynchronous:
                    enqueue_ns = now() - started
                self._cached.append(token)

    def kernel(self, test: KernelTest, clock: KernelClock) -> None:
        """llama-bench's pp and tg (tools/llama-bench/llama-bench.cpp, test_prompt and test_gen): no sampling."""
        limits = self._limits
        assert_fits(test.depth + test.tokens, limits.context_tokens)
        tokens = random_tokens(test.depth + test.tokens, limits.vocabulary, limits.bos, test.seed)
        filled = tokens[: test.depth]
        with self.arithmetic():
            if filled:
                self._prefill(filled, 0)
            self._wait()
            if test.test == "pp":
                clock.start()
                self._prefill(tokens, test.depth)
                self._wait()
                clock.stop()
            else:
                following = list(enumerate(tokens))[test.depth :]
                clock.start()
                for position, token in following:
                    self.network.next(token, position)
                    self._wait()
                clock.stop()
        self._cached = []

    def score(self, tokens: list[int], start: int, write: Callable[[bytes], None]) -> tuple[int, int]:
        """Logits after the tokens start - 1 to the last, float32 rows. Returns (rows, columns)."""
        limits = self._limits
        assert_fits(len(tokens), limits.context_tokens)
        rows = columns = 0
        with self.arithmetic():
            for at in range(0, len(tokens), limits.batch_tokens):
                logits = self.network.all_logits(tokens[at : at + limits.batch_tokens], at)
                wanted = logits[max(0, start - 1 - at) :].float().cpu().contiguous()
                write(wanted.numpy().tobytes())
                rows += wanted.shape[0]
                columns = wanted.shape[1]
        self._cached = []
        return rows, columns

    def likelihoods(self, tokens: list[int], start: int, top: int) -> Likelihoods:
        """How probable each token from start on was, and with top the most probable ones at its place."""
        limits = self._limits
        assert_fits(len(tokens), limits.context_tokens)
        log_probabilities: list[float] = []
        most_probable: list[int] = []
        most_probable_ones: list[list[tuple[int, float]]] = []
        with self.arithmetic():
            for at in range(0, len(tokens), limits.batch_tokens):
                batch = tokens[at : at + limits.batch_tokens]
                first = max(0, start - 1 - at)
                following = tokens[at + first + 1 : at + len(batch) + 1]
                logits = self.network.all_logits(batch, at)[first:][: len(following)].float()
                if following:
                    targets = torch.tensor(following, device=logits.device).unsqueeze(1)
                    total = torch.logsumexp(logits, -1)
                    chosen = logits.gather(1, targets).squeeze(1) - total
                    log_probabilities += chosen.tolist()
                    most_probable += logits.argmax(-1).tolist()
                    if top > 0:
                        best = logits.topk(min(top, logits.shape[1]))
                        rows = zip(best.indices.tolist(), (best.values - total.unsqueeze(1)).tolist())
                        most_probable_ones += [list(zip(ids, logarithms)) for ids, logarithms in rows]
        self._cached = []
        return Likelihoods(log_probabilities, most_probable, most_probable_ones if top > 0 else None)

    def memory(self) -> dict[str, int]:
        context_bytes = self.network.cache_bytes()
        allocated = devices.allocated_bytes(self._devices)
        return {
            "weightsBytes": self._weights_bytes,
            "contextBytes": context_bytes,
            "deviceBytes": self._weights_bytes + context_bytes if allocated is None else allocated,
        }

    def statistics(self) -> dict[str, int]:
        """Graphs that torch.compile has made, where it is in use, and what torch's allocator held at most on GPUs."""
        return {**compiled_graphs(), **devices.allocator_counters(self._devices)}

    def close(self) -> None:
        """Memory goes with the process."""

    def _prefill(self, tokens: list[int], start: int) -> Tensor:
        """Evaluates the tokens from index `start` on, in batches. Returns the logits after the last one."""
        self._cached = tokens[:start]
        logits = None
        for at in range(start, len(tokens), self._limits.batch_tokens):
            batch = tokens[at : at + self._limits.batch_tokens]
            logits = self.network.prefill(batch, at)
            self._cached += batch
        assert logits is not None
        return logits


def sampler(temperature: float, seed: int, device: torch.device, top_p: float = 1.0) -> Callable[[Tensor], SupportsInt]:
    """A function from (vocabulary,) logits to an id; int() of it waits for the device.

    Temperature 0: the first of the largest. On a CPU numpy finds it, in an eighth of the time that torch 1.13 takes.
    top_p: only the most probable ids are drawn from, as few as have this probability together before the temperature is
    applied (the order of llama.cpp); 1: all.
    """
    if temperature <= 0:
        return torch.argmax if device.type != "cpu" else lambda logits: logits.float().numpy().argmax()
    generator = torch.Generator(device).manual_seed(seed)

    def sample(logits: Tensor) -> Tensor:
        if top_p < 1:
            logits = nucleus(logits.float(), top_p)
        return torch.multinomial(torch.softmax(logits.float() / temperature, dim=-1), 1, generator=generator)[0]

    return sample


def nucleus(logits: Tensor, top_p: float) -> Tensor:
    """Sets (vocabulary,) logits outside of the nucleus to minus infinity. The most probable id is always in it."""
    ordered, ids = logits.sort(descending=True, stable=True)
    probabilities = ordered.softmax(dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities
    outside = before >= top_p
    outside[0] = False
    return logits.scatter(0, ids, ordered.masked_fill(outside, float("-inf")))


def compiled_graphs() -> dict[str, int]:
    """How many graphs torch has compiled in this process; nothing where it never compiled."""
    dynamo = sys.modules.get("torch._dynamo.utils")
    return {} if dynamo is None else {"compiledGraphs": dynamo.counters["stats"]["unique_graphs"]}
