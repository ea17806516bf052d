"""Answers by transformers' `generate`, as most people call it; scoring and the kernel workload evaluate the model directly."""

from __future__ import annotations

from typing import Any, Callable

import torch
from torch import Tensor

from engine.python.contract import Effective, Generated, GenerateOptions, TokenSink, UserError
from engine.python.prompt_tokens import assert_fits, shared_prefix
from frameworks.pytorch.model import Limits, TorchModel, nucleus
from frameworks.transformers.network import TransformersNetwork

DYNAMIC, STATIC = "dynamic", "static"


class GeneratingModel(TorchModel):
    def __init__(
        self, network: TransformersNetwork, effective: Effective, limits: Limits, weights_bytes: int, cache_kind: str
    ):
        """cache_kind: DYNAMIC or STATIC"""
        super().__init__(network, effective, limits, [network.device], weights_bytes, torch.inference_mode)
        self._transformers = network
        self._cache_kind = cache_kind

    def generate(self, prompt: list[int], options: GenerateOptions, sink: TokenSink) -> Generated:
        limits, network = self._limits, self._transformers
        if not prompt:
            raise UserError("the prompt has no tokens", "Ask something.")
        assert_fits(len(prompt) + options.max_tokens, limits.context_tokens)
        ends = frozenset() if options.ignore_end_of_sequence else limits.end_of_sequence
        reuses = options.reuse_prefix and self._cache_kind == DYNAMIC
        reused = shared_prefix(prompt, self._cached) if reuses else 0
        self._cached = []
        cache: dict[str, Any] = {"cache_implementation": STATIC}
        if self._cache_kind == DYNAMIC:
            cache = {network.cache_name: network.cache_until(reused)}
        follower = Follower(sink, ends, self._wait)
        ids = torch.tensor([prompt], device=network.device)
        if options.temperature > 0:
            torch.manual_seed(options.seed)
        answer = network.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=options.max_tokens,
            eos_token_id=sorted(ends) or None,
            do_sample=options.temperature > 0,
            prefill_chunk_size=limits.batch_tokens if len(prompt) - reused > limits.batch_tokens else None,
            logits_processor=[follower.at_logits, *sampling(options)],
            stopping_criteria=[follower.at_token],
            return_dict_in_generate=True,
            **cache,
        )
        # The last token was chosen and not evaluated.
        self._cached = answer.sequences[0, :-1].tolist()
        network.keep(getattr(answer, network.cache_name), len(self._cached))
        return Generated(follower.stop, reused, follower.end_token)


class Follower:
    """Sees what `generate` does from the two places that it calls for each token, and stamps it."""

    def __init__(self, sink: TokenSink, ends: frozenset[int], wait: Callable[[], None]):
        """wait: returns when everything handed to the device is done"""
        self._sink = sink
        self._ends = ends
        self._wait = wait
        self._evaluated = False
        #: Until something else ends it, the number of tokens does.
        self.stop = "length"
        self.end_token: int | None = None
        self._go_on = torch.zeros(1, dtype=torch.bool)
        self._enough = torch.ones(1, dtype=torch.bool)

    def at_logits(self, ids: Tensor, scores: Tensor) -> Tensor:
        """A processor of logits that changes nothing: the first logits are there when the prompt is evaluated."""
        if not self._evaluated:
            self._evaluated = True
            self._wait()
            self._sink.prompt_evaluated()
            self._go_on, self._enough = self._go_on.to(ids.device), self._enough.to(ids.device)
        return scores

    def at_token(self, ids: Tensor, scores: Any, **_: Any) -> Tensor:
        """A criterion for stopping; reading the id waits for the device, as a streamer would. ids: (1, tokens)"""
        token = int(ids[0, -1])
        if token in self._ends:
            self.stop = "end"
            self.end_token = token
            return self._enough
        if not self._sink.token(token):
            self.stop = "cancelled"
            return self._enough
        return self._go_on


def sampling(options: GenerateOptions) -> list[Callable[[Tensor, Tensor], Tensor]]:
    """Processors of logits for what is drawn by chance: the nucleus before the temperature, the order of llama.cpp."""
    if options.temperature <= 0:
        return []

    def prepared(_: Tensor, scores: Tensor) -> Tensor:
        logits = scores[0] if options.top_p >= 1 else nucleus(scores[0], options.top_p)
        return (logits / options.temperature).unsqueeze(0)

    return [prepared]
