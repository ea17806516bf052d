"""Baselines for the engine in plain torch on a CPU; each prints tokens per second as JSON.

`loop`: prefill and decode, as fast as we could write them for one kind of model: Llama, float32, everything unrolled by
hand, no classes, no bridge to the harness; for single tokens all buffers and views are made once, and the scale of the
scores is folded into the rotations. It reads the same file as the engine and measures what llama-bench does: pp, the
prompt at once, and tg, single tokens from an empty cache; here each is the likeliest one.
`bridge`: what the bridge costs a token: generation through the host's sink and in a bare loop on the same loaded model,
medians of alternating repetitions.
`scripts/overhead.ts harness` runs both.

    cd scripts && /usr/bin/python3 -m frameworks.pytorch.baselines loop --model ../model-f32.gguf --threads 2
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import time
from statistics import median
from typing import Any

from engine.python.contract import GenerateOptions, LoadRequest, Settings
from engine.python.token_stamps import TokenStamps


def main() -> None:
    parser = argparse.ArgumentParser(description="Baselines in plain torch; prints tokens per second.")
    parser.add_argument("baseline", choices=("loop", "bridge"))
    parser.add_argument(
        "--model", required=True, help="GGUF file; for loop of the llama architecture; it runs in float32"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--n-prompt", type=int, default=512, help="tokens of the pp test")
    parser.add_argument("--n-gen", type=int, default=128, help="tokens of the tg test, or of each generation")
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args()
    # BLAS and OpenMP read them when torch is imported.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)
    print(json.dumps(loop_rates(options) if options.baseline == "loop" else bridge_rates(options)))


def bridge_rates(options: Any) -> dict[str, float]:
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
    return {"bare": rates[bare], "bridged": rates[bridged]}


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


def loop_rates(options: Any) -> dict[str, float]:
    import torch

    torch.set_num_threads(options.threads)
    with torch.inference_mode():
        prefill, decode = loops(options.model, options.n_prompt, options.n_gen)
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


def loops(path: str, prompt_tokens: int, tokens: int):
    """Two functions: one evaluates a prompt, one decodes from an empty cache and returns the ids, token 0 the first."""
    import torch

    from frameworks.gguf.file import read_gguf
    from frameworks.gguf.hyperparameters import read_hyperparameters
    from frameworks.gguf.hyperparameters import rotation_frequencies
    from frameworks.pytorch.weights.reader import WeightReader

    positions = max(prompt_tokens, tokens)
    file = read_gguf(path)
    shape = read_hyperparameters(file)
    reader = WeightReader(file, lambda fraction: None)
    width, hidden, size = shape.width, shape.feed_forward, shape.head_size
    heads, kv_heads = shape.heads, shape.kv_heads
    group, turning = heads // kv_heads, heads + kv_heads

    def matrix(*named: tuple[str, int, int]):
        """Rows of several tensors as one matrix, stored column after column."""
        rows = torch.cat([reader.tensor(f"{name}.weight", outputs, inputs) for name, outputs, inputs in named])
        return rows.t().contiguous().t()

    def layer(name: str):
        query, key, value = (f"{name}.attn_{part}" for part in "qkv")
        cache = torch.zeros(2, kv_heads, positions, size)
        return (
            reader.tensor(f"{name}.attn_norm.weight", width),
            matrix((query, heads * size, width), (key, kv_heads * size, width), (value, kv_heads * size, width)),
            matrix((f"{name}.attn_output", width, heads * size)),
            reader.tensor(f"{name}.ffn_norm.weight", width),
            matrix((f"{name}.ffn_gate", hidden, width), (f"{name}.ffn_up", hidden, width)),
            matrix((f"{name}.ffn_down", width, hidden)),
            list(cache.unbind(2)),
            cache[0].transpose(1, 2),
            cache[1],
        )

    frequencies = rotation_frequencies(file, shape, reader.optional("rope_freqs.weight", size // 2))
    angles = torch.outer(torch.arange(positions, dtype=torch.float64), frequencies)
    turns = torch.polar(torch.ones_like(angles), angles)[:, None].repeat(1, turning, 1)
    turns[:, :heads] /= size**0.5
    turns = turns.to(torch.complex64)
    turn_of = list(turns)
    layers = [layer(f"blk.{index}") for index in range(shape.layers)]
    last_norm = reader.tensor("output_norm.weight", width)
    table = matrix(("token_embd", shape.vocabulary, width))
    output = matrix(("output", shape.vocabulary, width)) if reader.has("output.weight") else table

    qkv = torch.empty((turning + kv_heads) * size)
    turned = torch.view_as_complex(qkv[: turning * size].view(turning, size // 2, 2))
    queries = qkv[: heads * size].view(kv_heads, group, size)
    fresh = qkv[heads * size :].view(2, kv_heads, size)
    gate_up = torch.empty(2 * hidden)
    gate, up = gate_up[:hidden], gate_up[hidden:]
    logits = torch.empty(shape.vocabulary)
    logits_on_host = logits.numpy()
    epsilon = torch.full((1,), shape.norm_epsilon)
    mean = 1 / width
    mv, bmm, addmv, softmax, silu = torch.mv, torch.bmm, torch.addmv, torch.softmax, torch.nn.functional.silu

    def decode() -> list[int]:
        token, ids = 0, []
        for position in range(tokens):
            stop = position + 1
            turn = turn_of[position]
            x = table[token].clone(memory_format=torch.contiguous_format)
            for norm, into_qkv, back, ff_norm, into_hidden, out_of_hidden, at, keys, values in layers:
                h = (x * addmv(epsilon, x.unsqueeze(0), x, alpha=mean).rsqrt_()).mul_(norm)
                mv(into_qkv, h, out=qkv)
                turned.mul_(turn)
                at[position].copy_(fresh)
                mixed = bmm(softmax(bmm(queries, keys[:, :, :stop]), -1), values[:, :stop])
                x.addmv_(back, mixed.view(-1))
                h = (x * addmv(epsilon, x.unsqueeze(0), x, alpha=mean).rsqrt_()).mul_(ff_norm)
                mv(into_hidden, h, out=gate_up)
                x.addmv_(out_of_hidden, silu(gate).mul_(up))
            h = (x * addmv(epsilon, x.unsqueeze(0), x, alpha=mean).rsqrt_()).mul_(last_norm)
            mv(output, h, out=logits)
            token = int(logits_on_host.argmax())
            ids.append(token)
        return ids

    def normed(x, weight):
        return (x * x.square().mean(-1, keepdim=True).add_(epsilon).rsqrt_()).mul_(weight)

    n = prompt_tokens
    prompt = torch.arange(n) % shape.vocabulary
    mask = torch.full((n, n), -torch.inf).triu_(1).repeat_interleave(group, dim=0)
    scores, weights = torch.empty(kv_heads, n * group, n), torch.empty(kv_heads, n * group, n)

    def prefill() -> None:
        x = table[prompt]
        for norm, into_qkv, back, ff_norm, into_hidden, out_of_hidden, _, keys, values in layers:
            all_heads = torch.mm(normed(x, norm), into_qkv.t()).view(n, turning + kv_heads, size)
            pairs = all_heads[:, :turning].view(n, turning, size // 2, 2)
            torch.view_as_complex(pairs).mul_(turns[:n])
            keys[:, :, :n] = all_heads[:, heads:turning].permute(1, 2, 0)
            values[:, :n] = all_heads[:, turning:].transpose(0, 1)
            rows = all_heads[:, :heads].reshape(n, kv_heads, group, size).transpose(0, 1)
            torch.baddbmm(mask, rows.reshape(kv_heads, n * group, size), keys[:, :, :n], out=scores)
            softmax(scores, -1, out=weights)
            mixed = bmm(weights, values[:, :n]).view(kv_heads, n, group, size)
            x.addmm_(mixed.transpose(0, 1).reshape(n, heads * size), back.t())
            both = torch.mm(normed(x, ff_norm), into_hidden.t())
            x.addmm_(silu(both[:, :hidden]).mul_(both[:, hidden:]), out_of_hidden.t())
        mv(output, normed(x[-1], last_norm), out=logits)

    return prefill, decode


if __name__ == "__main__":
    main()
