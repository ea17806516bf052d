"""Generation by OpenVINO GenAI from the same GGUF file, with its own loader and its own loop: a yardstick for ours.

    python -m frameworks.openvino.genai --model FILE --threads 2 --n-gen 64 --prompt 1,2,3 [--native]

Prints {"ids": [...], "atMs": [...]}: the tokens, and when each of them arrived, from the call on.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np
import openvino as ov
import openvino_genai as genai

from frameworks.gguf.file import GgufFile, read_gguf
from frameworks.openvino.loading import EXACT_PROPERTIES

#: What its reader of GGUF files has (src/cpp/src/gguf_utils of openvino.genai 2026.4).
ARCHITECTURES = ("llama", "qwen2", "qwen3")
FORMATS = ("F16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q6_K")


class Arrivals(genai.StreamerBase):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[int] = []
        self.at_ns: list[int] = []

    def write(self, token: int | list[int]) -> genai.StreamingStatus:
        now = time.perf_counter_ns()
        tokens = [token] if isinstance(token, int) else token
        self.ids += tokens
        self.at_ns += [now] * len(tokens)
        return genai.StreamingStatus.RUNNING

    def end(self) -> None:
        pass


def refusal(file: GgufFile) -> str | None:
    """Why its reader does not read the file, in one line."""
    architecture = file.text("general.architecture")
    if architecture not in ARCHITECTURES:
        return f"OpenVINO GenAI reads GGUF files of {', '.join(ARCHITECTURES)}, and not of {architecture}"
    formats = {tensor.type.name for tensor in file.tensors.values() if len(tensor.shape) > 1}
    others = sorted(formats - set(FORMATS))
    if others:
        return f"OpenVINO GenAI reads matrices in {', '.join(FORMATS)}, and not in {', '.join(others)}"
    if "rope_freqs.weight" in file.tensors:
        return "OpenVINO GenAI ignores the factors of rotation in this file, and would compute something else"
    return None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--n-gen", type=int, required=True)
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--native", action="store_true")
    asked = parser.parse_args()
    refused = refusal(read_gguf(asked.model))
    if refused is not None:
        sys.exit(refused)
    properties = {"INFERENCE_NUM_THREADS": asked.threads, **({} if asked.native else EXACT_PROPERTIES)}
    pipeline = genai.LLMPipeline(asked.model, "CPU", **properties)
    settings = genai.GenerationConfig()
    settings.max_new_tokens, settings.do_sample, settings.ignore_eos = asked.n_gen, False, True
    prompt = ov.Tensor(np.array([[int(token) for token in asked.prompt.split(",")]], dtype=np.int64))
    for _ in range(2):
        # The first time warms up.
        arrivals = Arrivals()
        started = time.perf_counter_ns()
        pipeline.generate(prompt, settings, arrivals)
    print(json.dumps({"ids": arrivals.ids, "atMs": [(at - started) / 1e6 for at in arrivals.at_ns]}))


if __name__ == "__main__":
    main()
