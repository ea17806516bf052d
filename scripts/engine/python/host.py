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

from engine.python.contract import GenerateOptions, KernelTest, LoadRequest, ProfileRequest  # noqa: E402
from engine.python.messages import (  # noqa: E402
    effective_message,
    error_message,
    from_message,
    settings_from,
    to_message,
)
from engine.python.processor import max_resident_bytes  # noqa: E402
from engine.python.token_stamps import StopWatch, TokenStamps, now, set_origin  # noqa: E402


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
        """The reply to a request, from the method of its type."""
        method = getattr(self, f"on_{request['type']}", None)
        if method is None:
            raise ValueError(f"a Python engine knows no request {request['type']!r}")
        return method(request)

    def on_start(self, request: dict[str, Any]) -> dict[str, int]:
        set_origin(int(request["originNs"]))
        now_ns = now()
        self._framework = importlib.import_module(request["module"])
        return {"nowNs": now_ns}

    def on_probe(self, _: dict[str, Any]) -> dict[str, Any]:
        with self._span("framework_import"):
            return self._framework.probe()

    def on_ceilings(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        ceilings = getattr(self._framework, "ceilings", None)
        return [] if ceilings is None else ceilings(request["device"], request["threads"])

    def on_load(self, request: dict[str, Any]) -> dict[str, Any]:
        model = self._framework.load(
            LoadRequest(
                model_path=request["modelPath"],
                settings=settings_from(request["settings"]),
                end_of_sequence=frozenset(request["endOfSequence"]),
                span=self._span,
                progress=self._progress,
            )
        )
        self._model = model
        # What is loaded lives until the end: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        abilities = {name: hasattr(model, name) for name in ("kernel", "profile", "score", "likelihoods")}
        return {"effective": effective_message(model.effective), "abilities": {**abilities, "embed": False}}

    def on_generate(self, message: dict[str, Any]) -> dict[str, Any]:
        request_id, request = message["id"], message["request"]

        def send(token: int) -> None:
            self._channel.send({"type": "tokens", "request": request_id, "ids": [token]})

        stamps = TokenStamps(request["maxTokens"], send if request["stream"] else None)
        options = from_message(GenerateOptions, request)
        prompt = request["prompt"]
        self._generating = (request_id, stamps)
        # A collection between two tokens would be measured as theirs.
        gc.disable()
        submit_ns = now()
        try:
            generated = self._model.generate(prompt, options, stamps)
        finally:
            gc.enable()
            self._generating = None
        return {"submitNs": submit_ns, **stamps.message(), **to_message(generated)}

    def on_kernel(self, request: dict[str, Any]) -> dict[str, int]:
        stop_watch = StopWatch()
        gc.disable()
        try:
            self._model.kernel(from_message(KernelTest, request["request"]), stop_watch)
        finally:
            gc.enable()
        return {"startNs": stop_watch.start_ns, "durationNs": stop_watch.stop_ns - stop_watch.start_ns}

    def on_profile(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        return [to_message(phase) for phase in self._model.profile(from_message(ProfileRequest, request["request"]))]

    def on_score(self, request: dict[str, Any]) -> dict[str, int]:
        asked = request["request"]
        with open(asked["path"], "wb") as file:
            rows, columns = self._model.score(asked["tokens"], asked["from"], file.write)
        return {"rows": rows, "columns": columns}

    def on_likelihoods(self, request: dict[str, Any]) -> dict[str, Any]:
        asked = request["request"]
        return to_message(self._model.likelihoods(asked["tokens"], asked["from"], asked.get("top", 0)))

    def on_memory(self, _: dict[str, Any]) -> dict[str, int]:
        most = max_resident_bytes()
        return {**self._model.memory(), **({} if most is None else {"maxResidentBytes": most})}

    def on_statistics(self, _: dict[str, Any]) -> dict[str, Any]:
        return self._model.statistics() if hasattr(self._model, "statistics") else {}

    def on_close(self, _: dict[str, Any]) -> dict[str, Any]:
        if self._model is not None:
            self._model.close()
            self._model = None
        return {}

    def _progress(self, fraction: float, what: str | None = None, detail: str = "") -> None:
        doing = {} if what is None else {"doing": {"what": what, "detail": detail}}
        self._channel.send({"type": "progress", "fraction": fraction, **doing})

    @contextlib.contextmanager
    def _span(self, name: str) -> Iterator[None]:
        self._channel.send({"type": "checkpoint", "name": name, "edge": "start", "atNs": now()})
        yield
        self._channel.send({"type": "checkpoint", "name": name, "edge": "end", "atNs": now()})


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
