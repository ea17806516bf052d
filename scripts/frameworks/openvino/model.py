"""The compiled graph as the host drives it: generation, kernel workload, scoring."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Callable

import numpy as np
import openvino as ov

from engine.python.contract import (
    Effective,
    Generated,
    GenerateOptions,
    KernelClock,
    KernelTest,
    Likelihoods,
    PhaseProfile,
    ProfileRequest,
    TokenSink,
    UserError,
)
from engine.python.prompt_tokens import assert_fits, random_tokens, shared_prefix
from frameworks.openvino.profile import OperatorTimes


#: Evaluations of a whole prompt that a profile is the mean of.
PROFILED_PROMPTS = 3


@dataclass(frozen=True)
class Limits:
    context_tokens: int
    #: Prompt tokens that are evaluated at once.
    batch_tokens: int
    vocabulary: int
    bos: int | None
    end_of_sequence: frozenset[int]


class OpenVinoModel:
    def __init__(
        self,
        compiled: ov.CompiledModel,
        effective: Effective,
        limits: Limits,
        weights_bytes: int,
        compiled_with_timers: Callable[[], ov.CompiledModel],
    ):
        """compiled_with_timers: the same model once more, which times its operators, and is slower for it"""
        self.effective = effective
        self._limits = limits
        self._weights_bytes = weights_bytes
        self._compiled_with_timers = compiled_with_timers
        self._request = compiled.create_infer_request()
        #: Ids whose keys and values are cached, in order.
        self._cached: list[int] = []
        self._request.set_tensor("beam_idx", ov.Tensor(np.zeros(1, dtype=np.int32)))
        # The inputs of a single token: written in place, so that nothing is allocated between two tokens.
        self._one_id, self._one_start = np.zeros((1, 1), dtype=np.int64), np.zeros((), dtype=np.int64)
        self._one = {
            "ids": ov.Tensor(self._one_id, shared_memory=True),
            "start": ov.Tensor(self._one_start, shared_memory=True),
            "rows": ov.Tensor(np.zeros(1, dtype=np.int64)),
        }

    def generate(self, prompt: list[int], options: GenerateOptions, sink: TokenSink) -> Generated:
        limits = self._limits
        if not prompt:
            raise UserError("the prompt has no tokens", "Ask something.")
        assert_fits(len(prompt) + options.max_tokens, limits.context_tokens)
        ends = frozenset() if options.ignore_end_of_sequence else limits.end_of_sequence
        sample = sampler(options.temperature, options.seed, options.top_p)
        reused = shared_prefix(prompt, self._cached) if options.reuse_prefix else 0
        logits = self._prefill(prompt, reused)
        sink.prompt_evaluated()
        self._begin_single_tokens()
        generated = 0
        while True:
            token = int(sample(logits))
            if token in ends:
                return Generated("end", reused, token)
            generated += 1
            if not sink.token(token):
                return Generated("cancelled", reused)
            if generated == options.max_tokens:
                return Generated("length", reused)
            logits = self._next(token)
            self._cached.append(token)

    def kernel(self, test: KernelTest, clock: KernelClock) -> None:
        """llama-bench's pp and tg (tools/llama-bench/llama-bench.cpp, test_prompt and test_gen): no sampling."""
        limits = self._limits
        assert_fits(test.depth + test.tokens, limits.context_tokens)
        tokens = random_tokens(test.depth + test.tokens, limits.vocabulary, limits.bos, test.seed)
        if test.depth > 0:
            self._prefill(tokens[: test.depth], 0)
        else:
            self._cut(0)
        if test.test == "pp":
            clock.start()
            self._evaluate_rest(tokens, test.depth)
            clock.stop()
        else:
            self._begin_single_tokens()
            clock.start()
            for token in tokens[test.depth :]:
                self._next(token)
                self._cached.append(token)
            clock.stop()

    def profile(self, request: ProfileRequest) -> list[PhaseProfile]:
        """Where the time of an evaluation goes, by a second compiled model, so that timers are in no figure of the first."""
        limits = self._limits
        assert_fits(request.prompt_tokens + 1 + request.tokens, limits.context_tokens)
        tokens = random_tokens(request.prompt_tokens, limits.vocabulary, limits.bos, request.seed)
        timed = OpenVinoModel(
            self._compiled_with_timers(), self.effective, limits, self._weights_bytes, self._compiled_with_timers
        )
        return timed.own_profile(tokens, request.tokens)

    def own_profile(self, prompt: list[int], tokens: int) -> list[PhaseProfile]:
        """Of a model that times its operators. The first evaluation of each kind is left out: it prepares kernels."""
        times = OperatorTimes()
        batch = prompt[: self._limits.batch_tokens]
        last = np.array([len(batch) - 1])

        def prefill() -> np.ndarray:
            self._cut(0)
            started = time.perf_counter_ns()
            logits = self._evaluate(batch, last)[0]
            times.add(time.perf_counter_ns() - started)
            return logits

        def decode(token: int) -> np.ndarray:
            started = time.perf_counter_ns()
            logits = self._next(token)
            times.add(time.perf_counter_ns() - started)
            self._cached.append(token)
            return logits

        prefill()
        times.mark(self._request.profiling_info)
        for _ in range(PROFILED_PROMPTS):
            logits = prefill()
        prefills = times.since_mark("prefill", len(batch), self._request.profiling_info)
        self._begin_single_tokens()
        logits = decode(int(np.argmax(logits)))
        times.mark(self._request.profiling_info)
        for _ in range(tokens):
            logits = decode(int(np.argmax(logits)))
        decodes = times.since_mark("decode", 1, self._request.profiling_info)
        return [prefills, decodes]

    def score(self, tokens: list[int], start: int, write: Callable[[bytes], None]) -> tuple[int, int]:
        """Logits after the tokens start - 1 to the last, float32 rows. Returns (rows, columns)."""
        assert_fits(len(tokens), self._limits.context_tokens)
        rows = columns = 0
        for at, logits in self._all_logits(tokens):
            wanted = np.ascontiguousarray(logits[max(0, start - 1 - at) :])
            write(wanted.tobytes())
            rows += wanted.shape[0]
            columns = wanted.shape[1]
        return rows, columns

    def likelihoods(self, tokens: list[int], start: int, top: int) -> Likelihoods:
        """How probable each token from start on was, and with top the most probable ones at its place."""
        assert_fits(len(tokens), self._limits.context_tokens)
        log_probabilities: list[float] = []
        most_probable: list[int] = []
        most_probable_ones: list[list[tuple[int, float]]] = []
        for at, logits in self._all_logits(tokens):
            first = max(0, start - 1 - at)
            following = tokens[at + first + 1 : at + len(logits) + 1]
            rows = logits[first:][: len(following)].astype(np.float64)
            if following:
                highest = rows.max(axis=-1)
                total = highest + np.log(np.exp(rows - highest[:, None]).sum(axis=-1))
                log_probabilities += (rows[np.arange(len(following)), following] - total).tolist()
                most_probable += rows.argmax(axis=-1).tolist()
                if top > 0:
                    ids = np.argsort(-rows, axis=-1, kind="stable")[:, :top]
                    logarithms = np.take_along_axis(rows, ids, axis=-1) - total[:, None]
                    most_probable_ones += [list(zip(*row)) for row in zip(ids.tolist(), logarithms.tolist())]
        return Likelihoods(log_probabilities, most_probable, most_probable_ones if top > 0 else None)

    def memory(self) -> dict[str, int]:
        context_bytes = len(self._cached) * self.effective.kv_bytes_per_position
        return {"weightsBytes": self._weights_bytes, "contextBytes": context_bytes}

    def close(self) -> None:
        """Memory goes with the process."""

    def _prefill(self, tokens: list[int], start: int) -> np.ndarray:
        """Evaluates the tokens from index `start` on, in batches. Returns the logits after the last one, (vocabulary,)."""
        self._cut(start)
        return self._evaluate_rest(tokens, start)

    def _evaluate_rest(self, tokens: list[int], start: int) -> np.ndarray:
        logits = None
        for at in range(start, len(tokens), self._limits.batch_tokens):
            batch = tokens[at : at + self._limits.batch_tokens]
            logits = self._evaluate(batch, np.array([len(batch) - 1]))
        assert logits is not None
        return logits[0]

    def _all_logits(self, tokens: list[int]):
        """Pairs of the index of a batch's first token and the logits after each of its tokens."""
        self._cut(0)
        for at in range(0, len(tokens), self._limits.batch_tokens):
            batch = tokens[at : at + self._limits.batch_tokens]
            yield at, self._evaluate(batch, np.arange(len(batch)))
        self._cut(0)

    def _evaluate(self, batch: list[int], rows: np.ndarray) -> np.ndarray:
        """Logits after the tokens of `rows`, (rows, vocabulary): a view that the next evaluation overwrites."""
        request = self._request
        request.set_tensor("ids", ov.Tensor(np.array([batch], dtype=np.int64)))
        request.set_tensor("start", ov.Tensor(np.array(len(self._cached), dtype=np.int64)))
        request.set_tensor("rows", ov.Tensor(rows.astype(np.int64)))
        request.start_async()
        request.wait()
        self._cached += batch
        return request.get_output_tensor(0).data[0]

    def _begin_single_tokens(self) -> None:
        for name, tensor in self._one.items():
            self._request.set_tensor(name, tensor)

    def _next(self, token: int) -> np.ndarray:
        """Logits after one more token, (vocabulary,); the caller puts it on the list of what is cached."""
        self._one_id[0, 0] = token
        self._one_start[()] = len(self._cached)
        self._request.start_async()
        self._request.wait()
        return self._request.get_output_tensor(0).data[0, 0]

    def _cut(self, length: int) -> None:
        """Forgets the keys and values from position `length` on."""
        if length == len(self._cached):
            return
        if length == 0:
            self._request.reset_state()
        else:
            for state in self._request.query_state():
                state.state = ov.Tensor(np.ascontiguousarray(state.state.data[:, :, :length]))
        self._cached = self._cached[:length]


def sampler(temperature: float, seed: int, top_p: float) -> Callable[[np.ndarray], int]:
    """A function from (vocabulary,) logits to an id. Temperature 0: the first of the largest.

    top_p: only the most probable ids are drawn from, as few as have this probability together before the temperature is
    applied (the order of llama.cpp); 1: all.
    """
    if temperature <= 0:
        return np.argmax
    generator = np.random.default_rng(seed)

    def probabilities(logits: np.ndarray) -> np.ndarray:
        raised = np.exp(logits - logits.max())
        return raised / raised.sum()

    def sample(logits: np.ndarray) -> int:
        logits = logits.astype(np.float64)
        if top_p < 1:
            order = np.argsort(-logits, kind="stable")
            ordered = probabilities(logits)[order]
            outside = np.cumsum(ordered) - ordered >= top_p
            outside[0] = False
            logits[order[outside]] = -math.inf
        return generator.choice(len(logits), p=probabilities(logits / temperature))

    return sample
