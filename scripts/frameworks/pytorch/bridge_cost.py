"""What the bridge costs a token: generation through the host's sink, against the bare loop on the same loaded model.

Prints tokens per second of both as JSON, medians of alternating repetitions. `scripts/overhead.ts harness` runs it.

    cd scripts && /usr/bin/python3 -m frameworks.pytorch.bridge_cost --model ../model-f32.gguf --threads 2
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import time
from statistics import median

from engine.python.contract import GenerateOptions, LoadRequest, Settings
from engine.python.token_stamps import TokenStamps


def main() -> None:
    parser = argparse.ArgumentParser(description="Generation with the bridge and without; prints tokens per second.")
    parser.add_argument("--model", required=True, help="GGUF file")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--n-gen", type=int, default=128)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)
    import torch

    from frameworks.pytorch.loading import load_model

    tokens = options.n_gen
    model = load_model(request(options.model, options.threads, tokens + 1))
    next_logits = model.network.next

    def bare() -> None:
        token = 0
        with torch.inference_mode():
            for position in range(tokens):
                token = int(next_logits(token, position).numpy().argmax())

    def bridged() -> None:
        choices = GenerateOptions(tokens, 0.0, 1, ignore_end_of_sequence=True, reuse_prefix=False)
        model.generate([0], choices, TokenStamps(tokens, None))

    durations_s: dict = {bare: [], bridged: []}
    for repetition in range(options.repetitions + 1):
        for work in (bare, bridged) if repetition % 2 else (bridged, bare):
            gc.disable()
            start = time.perf_counter()
            work()
            durations_s[work].append(time.perf_counter() - start)
            gc.enable()
    rates = {work: median(tokens / duration for duration in spent[1:]) for work, spent in durations_s.items()}
    print(json.dumps({"bare": rates[bare], "bridged": rates[bridged]}))


def request(path: str, threads: int, context_tokens: int) -> LoadRequest:
    return LoadRequest(
        model_path=path,
        settings=Settings(
            threads=threads,
            device="cpu",
            gpu_layers=0,
            context_tokens=context_tokens,
            batch_tokens=512,
            flash_attention="off",
            kv_type="auto",
            precision="float32",
            compile=False,
            device_count=1,
            shard="layers",
        ),
        end_of_sequence=frozenset(),
        span=lambda name: contextlib.nullcontext(),
        progress=lambda fraction: None,
    )


if __name__ == "__main__":
    main()
