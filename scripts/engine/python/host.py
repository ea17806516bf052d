"""The engine process of frameworks that live in Python. Started by process-channels.ts, never by a person: it loads one
framework, generates, stamps, and does nothing else. One JSON message a line: requests on stdin, answers on stdout.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import queue
import signal
import sys
import threading
from typing import Any, Iterator

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from engine.python import clock  # noqa: E402
from engine.python.contract import GenerateOptions, KernelTest, LoadRequest  # noqa: E402
from engine.python.messages import (  # noqa: E402
    effective_message,
    error_message,
    from_message,
    settings_from,
    to_message,
)
from engine.python.token_stamps import TokenStamps  # noqa: E402


class Channel:
    """Messages out. Whatever else prints on standard output goes to standard error, where the harness keeps its end."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, separators=(",", ":"))
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()


class Host:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._framework: Any = None
        self._model: Any = None
        # The id of the request, and its stamps.
        self._generating: tuple[int, TokenStamps] | None = None

    def cancel(self, request_id: int | None) -> None:
        running = self._generating
        if running is not None and request_id in (None, running[0]):
            running[1].cancelled = True

    def answer(self, request: dict[str, Any]) -> Any:
        kind = request["type"]
        if kind == "start":
            clock.set_origin(int(request["originNs"]))
            now_ns = clock.now()
            self._framework = importlib.import_module(request["module"])
            return {"nowNs": now_ns}
        if kind == "probe":
            with self._span("framework_import"):
                return self._framework.probe()
        if kind == "ceilings":
            ceilings = getattr(self._framework, "ceilings", None)
            return [] if ceilings is None else ceilings(request["device"], request["threads"])
        if kind == "load":
            return self._load(request)
        if kind == "generate":
            return self._generate(request["id"], request["request"])
        if kind == "kernel":
            return self._kernel(request["request"])
        if kind == "score":
            return self._score(request["request"])
        if kind == "likelihoods":
            return self._likelihoods(request["request"])
        if kind == "memory":
            return {**self._model.memory(), **max_resident()}
        if kind == "statistics":
            return self._model.statistics() if hasattr(self._model, "statistics") else {}
        if kind == "close":
            if self._model is not None:
                self._model.close()
                self._model = None
            return {}
        raise ValueError(f"a Python engine knows no request {kind!r}")

    def _load(self, request: dict[str, Any]) -> dict[str, Any]:
        model = self._framework.load(
            LoadRequest(
                model_path=request["modelPath"],
                settings=settings_from(request["settings"]),
                end_of_sequence=frozenset(request["endOfSequence"]),
                span=self._span,
                progress=lambda fraction: self._channel.send({"type": "progress", "fraction": fraction}),
            )
        )
        self._model = model
        # What is loaded lives until the end: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        abilities = {name: hasattr(model, name) for name in ("kernel", "score", "likelihoods")}
        return {"effective": effective_message(model.effective), "abilities": {**abilities, "embed": False}}

    def _generate(self, request_id: int, request: dict[str, Any]) -> dict[str, Any]:
        def tell(token: int) -> None:
            self._channel.send({"type": "tokens", "request": request_id, "ids": [token]})

        stamps = TokenStamps(request["maxTokens"], tell if request["stream"] else None)
        options = from_message(GenerateOptions, request)
        prompt = request["prompt"]
        self._generating = (request_id, stamps)
        # A collection between two tokens would be measured as theirs.
        gc.disable()
        submit_ns = clock.now()
        try:
            generated = self._model.generate(prompt, options, stamps)
        finally:
            gc.enable()
            self._generating = None
        evaluated_at = stamps.prompt_evaluated_at
        enqueue_ns = stamps.enqueue_ns()
        return {
            "submitNs": submit_ns,
            "promptEvaluatedNs": None if evaluated_at is None else evaluated_at - clock.origin_ns(),
            "ids": stamps.ids(),
            "atNs": stamps.instants(clock.origin_ns()),
            **({} if enqueue_ns is None else {"enqueueNs": enqueue_ns}),
            **to_message(generated),
        }

    def _kernel(self, request: dict[str, Any]) -> dict[str, Any]:
        stop_watch = StopWatch()
        gc.disable()
        try:
            self._model.kernel(from_message(KernelTest, request), stop_watch)
        finally:
            gc.enable()
        return {"startNs": stop_watch.start_ns, "durationNs": stop_watch.stop_ns - stop_watch.start_ns}

    def _score(self, request: dict[str, Any]) -> dict[str, int]:
        with open(request["path"], "wb") as file:
            rows, columns = self._model.score(request["tokens"], request["from"], file.write)
        return {"rows": rows, "columns": columns}

    def _likelihoods(self, request: dict[str, Any]) -> dict[str, Any]:
        log_probabilities, most_probable = self._model.likelihoods(request["tokens"], request["from"])
        return {"logProbabilities": log_probabilities, "mostProbable": most_probable}

    @contextlib.contextmanager
    def _span(self, name: str) -> Iterator[None]:
        self._channel.send({"type": "checkpoint", "name": name, "edge": "start", "atNs": clock.now()})
        yield
        self._channel.send({"type": "checkpoint", "name": name, "edge": "end", "atNs": clock.now()})


def max_resident() -> dict[str, int]:
    """The most that was ever resident, as the system tells it: in kilobytes, but on macOS in bytes. Nothing on Windows."""
    try:
        import resource
    except ImportError:
        return {}
    unit = 1 if sys.platform == "darwin" else 1024
    return {"maxResidentBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}


class StopWatch:
    start_ns = 0
    stop_ns = 0

    def start(self) -> None:
        self.start_ns = clock.now()

    def stop(self) -> None:
        self.stop_ns = clock.now()


def main() -> None:
    # Ctrl-C and the end of a terminal reach the whole process group; the harness decides what they mean. Without a harness
    # there is nothing to do.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):  # Windows has none
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    channel = Channel()
    host = Host(channel)
    requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def read() -> None:
        """Waits for requests beside the computation; blocked in the system it takes no part of the interpreter."""
        for line in sys.stdin.buffer:
            request = json.loads(line)
            if request["type"] == "cancel":
                host.cancel(request.get("request"))
                channel.send({"type": "reply", "id": request["id"], "result": {}})
            else:
                requests.put(request)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        request = requests.get()
        try:
            channel.send({"type": "reply", "id": request["id"], "result": host.answer(request)})
        except Exception as error:  # whatever went wrong is the answer
            channel.send(error_message(request["id"], error))


main()
