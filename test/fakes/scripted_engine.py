"""A Python engine whose misbehaviour is set by the environment: TOKENLAP_SCRIPT='gap=5&die=3'. It echoes its prompt."""

import os
import signal
import sys
import time
from urllib.parse import parse_qs

from engine.python.contract import Effective, Generated, UserError

script = {name: values[0] for name, values in parse_qs(os.environ.get("TOKENLAP_SCRIPT", "")).items()}


def probe():
    if script.get("probe") == "missing":
        return {"status": "missing", "reason": "it is broken", "remedy": "Mend it."}
    return {"status": "available", "version": "scripted 1", "devices": [{"kind": "cpu", "name": "CPU"}]}


def load(request):
    misbehave(script.get("load", ""))
    with request.span("model_load"):
        request.progress(0.5)
        if "doing" in script:
            request.progress(0.5, script["doing"], "1 done")
    return Model(request)


class Model:
    def __init__(self, request):
        self.end_of_sequence = request.end_of_sequence
        self.effective = Effective(
            device="cpu",
            device_name="paper",
            settings={"threads": request.settings.threads},
            build={"loaded": os.path.basename(request.model_path)},
            kv_bytes_per_position=4,
            notes=[("scripted", "this is a play")],
        )

    def generate(self, prompt, options, sink):
        sink.prompt_evaluated()
        for step, token in enumerate(prompt[: options.max_tokens]):
            if token in self.end_of_sequence:
                return Generated("end")
            if step > 0:
                time.sleep(float(script.get("gap", 0)) / 1000)
            if step == int(script.get("at", -1)):
                misbehave(script.get("generate", ""))
            if not sink.token(token, 1000):
                return Generated("cancelled")
        return Generated("length")

    def score(self, tokens, start, write):
        for _ in range(len(tokens) - start + 1):
            write(bytes(4 * 8))
        return len(tokens) - start + 1, 8

    def memory(self):
        return {"weightsBytes": 1000}

    def statistics(self):
        return {"shared_bytes": 12}

    def close(self):
        pass


def misbehave(how):
    if how == "refuse":
        raise UserError("the model is broken", "Take another.", exit_code=2)
    if how == "raise":
        raise ValueError("something\nodd")
    if how == "memory":
        raise MemoryError()
    if how == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "exit":
        print("out of ideas", file=sys.stderr)
        os._exit(7)
    if how == "hang":
        time.sleep(60)
    if how == "print":
        print("a library that talks")
    if how == "rubbish":
        # Straight into the channel, as a native library might that kept the descriptor.
        for descriptor in range(3, 10):
            try:
                os.write(descriptor, b"rubbish\n")
            except OSError:
                continue
