"""Baselines for the engine in plain torch on a CPU; each prints tokens per second as JSON.

`loop`: the prefill and decode of hand_loops.py, for Llama. It reads the same file as the engine and measures what
llama-bench does: pp, the prompt at once, and tg, single tokens from an empty cache; here each is the likeliest one.
`decode`: the decoding of the engine and of that loop in turns in one process, and the part of the memory's bandwidth that
each uses.
`bridge`: what the bridge costs a token: generation through the host's sink and in a bare loop on the same loaded model,
medians of alternating repetitions.
`scripts/overhead.ts harness` runs both.

    cd scripts && python3 -m frameworks.pytorch.baselines decode --model ../model-f32.gguf --precision bfloat16 --threads 2
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import math
import os
import time
from statistics import median
from typing import Any, Callable

from engine.python.contract import GenerateOptions, LoadRequest, Settings
from engine.python.token_stamps import TokenStamps


def main() -> None:
    parser = argparse.ArgumentParser(description="Baselines in plain torch; prints tokens per second.")
    parser.add_argument("baseline", choices=("loop", "decode", "bridge"))
    parser.add_argument("--model", required=True, help="GGUF file; for loop and decode of the llama architecture")
    parser.add_argument("--precision", choices=("float32", "bfloat16", "float16"), default="float32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--n-prompt", type=int, default=512, help="tokens of the pp test")
    parser.add_argument("--n-gen", type=int, default=128, help="tokens of the tg test, or of each generation")
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    # BLAS and OpenMP read them when torch is imported.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)
    baselines = {"loop": loop_rates, "decode": decode_rates, "bridge": bridge_rates}
    print(json.dumps(baselines[options.baseline](options)))


def decode_rates(options: Any) -> dict[str, Any]:
    """Tokens per second of each turn, the ratio, and what a token reads: the weights as they lie in memory.

    ratio: the geometric mean of two medians of the turns' ratios, one with the engine's weights loaded first and one with
    those of the loop. What is loaded later may lie better in memory and be read a tenth faster.
    bandwidth: bytes per second that torch reads at best, with as many threads
    """
    from frameworks.pytorch.engine import ceilings

    reads = [ceiling for ceiling in ceilings("cpu", options.threads) if ceiling["quantity"] == "read_bandwidth"]
    bandwidth = max(rate for read in reads for rate in read["rates"])
    orders = [decode_in_turns(options, engine_first) for engine_first in (True, False)]
    rates = [[*first, *second] for first, second in zip(orders[0][0], orders[1][0])]
    ratios = [median(ours / theirs for ours, theirs in zip(*order)) for order, _ in orders]
    bytes_per_token = orders[0][1]
    used = {name: median(each) * bytes_per_token / bandwidth for name, each in zip(("engine", "byHand"), rates)}
    return {
        "engine": rates[0],
        "byHand": rates[1],
        "ratio": math.sqrt(ratios[0] * ratios[1]),
        "bytesPerToken": bytes_per_token,
        "bandwidth": bandwidth,
        "mbu": used,
    }


def decode_in_turns(options: Any, engine_first: bool) -> tuple[list[list[float]], int]:
    """Rates of the engine and of the loop by hand, and the bytes that a token reads."""
    import torch

    from frameworks.pytorch.loading import load_model

    tokens = options.n_gen
    torch.set_num_threads(options.threads)

    def engine() -> Any:
        return load_model(request(options.model, options.threads, tokens, options.precision))

    def loop() -> Any:
        return hand_written(options.model, 1, tokens, options.precision)[1]

    with torch.inference_mode():
        if engine_first:
            model = engine()
            by_hand = loop()
        else:
            by_hand = loop()
            model = engine()
        if greedy(model, tokens) != by_hand():
            raise SystemExit(
                "the loop by hand and the engine generate different ids, so their rates cannot be compared"
            )
        rates = in_turns([lambda: greedy(model, tokens), by_hand], tokens, options.repetitions)
    weights = model.effective.weights
    assert weights is not None
    return rates, weights.bytes_per_token


def greedy(model: Any, tokens: int) -> list[int]:
    """The ids that follow token 0, from an empty cache."""
    token, ids = 0, []
    with model.arithmetic():
        for position in range(tokens):
            token = int(model.network.next(token, position).float().numpy().argmax())
            ids.append(token)
    return ids


def in_turns(works: list[Callable[[], Any]], tokens: int, turns: int) -> list[list[float]]:
    """Tokens per second of each work, turn by turn; who is first changes. One turn before does not count."""
    rates: list[list[float]] = [[] for _ in works]
    for turn in range(turns + 1):
        for index in sorted(range(len(works)), reverse=turn % 2 == 1):
            gc.disable()
            start = time.perf_counter()
            works[index]()
            rates[index].append(tokens / (time.perf_counter() - start))
            gc.enable()
    return [each[1:] for each in rates]


def hand_written(path: str, prompt_tokens: int, tokens: int, precision: str) -> Any:
    """The faster loops with as many threads as torch has."""
    import torch

    from frameworks.pytorch.hand_loops import column_loops, row_loops
    from frameworks.pytorch.weights.precision import FLOATS

    if precision == "float32" and torch.get_num_threads() == 1:
        return column_loops(path, prompt_tokens, tokens)
    return row_loops(path, prompt_tokens, tokens, FLOATS[precision])


def bridge_rates(options: Any) -> dict[str, float]:
    from frameworks.pytorch.loading import load_model

    tokens = options.n_gen
    model = load_model(request(options.model, options.threads, tokens + 1, options.precision))

    def bare() -> None:
        greedy(model, tokens)

    def bridged() -> None:
        choices = GenerateOptions(tokens, 0.0, 1, ignore_end_of_sequence=True, reuse_prefix=False)
        model.generate([0], choices, TokenStamps(tokens, None))

    rates = in_turns([bare, bridged], tokens, options.repetitions)
    return {"bare": median(rates[0]), "bridged": median(rates[1])}


def request(path: str, threads: int, context_tokens: int, precision: str) -> LoadRequest:
    return LoadRequest(
        model_path=path,
        settings=Settings(
            threads=threads,
            device="cpu",
            gpu_layers=0,
            context_tokens=context_tokens,
            batch_tokens=512,
            flash_attention="auto",
            kv_type="auto",
            precision=precision,
            compile=False,
            device_count=1,
            shard="layers",
        ),
        end_of_sequence=frozenset(),
        span=lambda name: contextlib.nullcontext(),
        progress=lambda fraction: None,
    )


def loop_rates(options: Any) -> dict[str, float]:
    import torch

    torch.set_num_threads(options.threads)
    with torch.inference_mode():
        prefill, decode = hand_written(options.model, options.n_prompt, options.n_gen, options.precision)
        return {
            "pp": rate(prefill, options.n_prompt, options.repetitions),
            "tg": rate(decode, options.n_gen, options.repetitions),
        }


def rate(work, tokens: int, repetitions: int) -> float:
    """Mean tokens per second, after one repetition that does not count."""
    work()
    rates = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        rates.append(tokens / (time.perf_counter() - start))
    return sum(rates) / len(rates)


if __name__ == "__main__":
    main()
