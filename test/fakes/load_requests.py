"""Load requests, sinks and clocks as the host makes them."""

from __future__ import annotations

import contextlib

from engine.python.contract import GenerateOptions, LoadRequest, Settings

SETTINGS = {
    "threads": 1,
    "device": "cpu",
    "gpu_layers": "auto",
    "context_tokens": 64,
    "batch_tokens": 8,
    "flash_attention": "auto",
    "kv_type": "auto",
    "precision": "auto",
    "compile": False,
    "device_count": 1,
    "shard": "layers",
}


def load_request(
    path: str, spans: list | None = None, end_of_sequence: frozenset = frozenset(), **settings
) -> LoadRequest:
    @contextlib.contextmanager
    def span(name: str):
        yield
        if spans is not None:
            spans.append(name)

    return LoadRequest(
        model_path=path,
        settings=Settings(**{**SETTINGS, **settings}),
        end_of_sequence=end_of_sequence,
        span=span,
        progress=lambda fraction: None,
    )


def options(max_tokens: int, **changes) -> GenerateOptions:
    usual = {"temperature": 0.0, "seed": 1, "ignore_end_of_sequence": False, "reuse_prefix": False}
    return GenerateOptions(max_tokens, **{**usual, **changes})


class Sink:
    def __init__(self, stop_after: int = 1000):
        self.ids: list[int] = []
        self.prompts = 0
        self._stop_after = stop_after

    def prompt_evaluated(self) -> None:
        assert not self.ids
        self.prompts += 1

    def token(self, token: int, enqueue_ns: int = -1) -> bool:
        self.ids.append(token)
        return len(self.ids) < self._stop_after


class Clock:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")
