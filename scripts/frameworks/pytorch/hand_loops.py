"""Prefill and decode of a Llama in plain torch on a CPU, as fast as we could write them: everything unrolled by hand, no
classes, no bridge to the harness. For single tokens all buffers and views are made once.

`column_loops` computes in float32 with weights that lie column after column, which is fastest on one thread; the scale of the
scores is folded into the rotations. `row_loops` computes in all formats: in bfloat16 and float32 weights are packed by oneDNN
and attention is the flash kernel; in float16 weights are multiplied as they are, by the only fast product of 16 bits that
torch has for them, and scores are float32.
"""

from __future__ import annotations

from typing import Any, Callable

import torch
from torch import Tensor

from frameworks.gguf.file import GgufFile, read_gguf
from frameworks.gguf.hyperparameters import Hyperparameters, read_hyperparameters, rotation_frequencies
from frameworks.pytorch.weights.reader import WeightReader

#: A function that evaluates a prompt, and one that decodes from an empty cache and returns the ids, token 0 the first.
Loops = tuple[Callable[[], Any], Callable[[], list[int]]]


def opened(path: str) -> tuple[GgufFile, Hyperparameters, WeightReader]:
    file = read_gguf(path)
    return file, read_hyperparameters(file), WeightReader(file, lambda fraction: None)


def rotations(file: GgufFile, shape: Hyperparameters, reader: WeightReader, positions: int) -> Tensor:
    """complex128 of (positions, 1, head size / 2), each of length 1"""
    factors = reader.optional("rope_freqs.weight", shape.head_size // 2)
    frequencies = torch.from_numpy(rotation_frequencies(file, shape, None if factors is None else factors.numpy()))
    angles = torch.outer(torch.arange(positions, dtype=torch.float64), frequencies)
    return torch.polar(torch.ones_like(angles), angles)[:, None]


def column_loops(path: str, prompt_tokens: int, tokens: int) -> Loops:
    positions = max(prompt_tokens, tokens)
    file, shape, reader = opened(path)
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

    turns = rotations(file, shape, reader, positions).repeat(1, turning, 1)
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


def row_loops(path: str, prompt_tokens: int, tokens: int, dtype: torch.dtype) -> Loops:
    positions = max(prompt_tokens, tokens)
    file, shape, reader = opened(path)
    width, hidden, size = shape.width, shape.feed_forward, shape.head_size
    heads, kv_heads = shape.heads, shape.kv_heads
    group, turning = heads // kv_heads, heads + kv_heads
    flash = packed = dtype != torch.float16
    linear = torch.nn.functional.linear
    if packed:
        pointwise = torch.ops.mkldnn._linear_pointwise.default

        def multiplied(x: Tensor, weight: Tensor) -> Tensor:
            return pointwise(x, weight, None, "none", [], "")

        several = multiplied
    else:
        multiplied = linear

        def several(x: Tensor, weight: Tensor) -> Tensor:
            vectors, step = x.float(), max(1, 2**18 // weight.shape[1])
            return torch.cat([linear(vectors, piece.float()) for piece in weight.split(step)], dim=-1).to(dtype)

    def rows(*named: tuple[str, int, int]) -> Tensor:
        return torch.cat([reader.tensor(f"{name}.weight", outputs, inputs) for name, outputs, inputs in named]).to(
            dtype
        )

    def matrix(*named: tuple[str, int, int]) -> Tensor:
        """Rows of several tensors as one matrix, as it is multiplied."""
        return torch.ops.mkldnn._reorder_linear_weight(rows(*named), 1) if packed else rows(*named)

    def norm(name: str) -> Tensor:
        return reader.tensor(f"{name}.weight", width).to(dtype).float()

    def layer(name: str):
        query, key, value = (f"{name}.attn_{part}" for part in "qkv")
        cache = torch.zeros(2, kv_heads, positions, size, dtype=dtype)
        return (
            norm(f"{name}.attn_norm"),
            matrix((query, heads * size, width), (key, kv_heads * size, width), (value, kv_heads * size, width)),
            matrix((f"{name}.attn_output", width, heads * size)),
            norm(f"{name}.ffn_norm"),
            matrix((f"{name}.ffn_gate", hidden, width), (f"{name}.ffn_up", hidden, width)),
            matrix((f"{name}.ffn_down", width, hidden)),
            list(cache.unbind(2)),
            cache[:1],
            cache[1:],
        )

    turns = rotations(file, shape, reader, positions).repeat(1, turning, 1)
    if not flash:
        turns[:, :heads] /= size**0.5
    turns = turns.to(torch.complex64)
    turn_of = list(turns)
    layers = [layer(f"blk.{index}") for index in range(shape.layers)]
    last_norm = norm("output_norm")
    table = rows(("token_embd", shape.vocabulary, width))
    own_output = reader.has("output.weight")
    output = matrix(("output" if own_output else "token_embd", shape.vocabulary, width))

    qkv = torch.empty((turning + kv_heads) * size)
    turned = torch.view_as_complex(qkv[: turning * size].view(turning, size // 2, 2))
    queries = qkv[: heads * size].view(kv_heads, group, size)
    rounded = torch.empty(1, kv_heads, group, size, dtype=dtype)
    fresh = qkv[heads * size :].view(2, kv_heads, size)
    wide = torch.empty(width)
    wide_row = wide.unsqueeze(0)
    h = torch.empty(width, dtype=dtype)
    epsilon = torch.full((1,), shape.norm_epsilon)
    mean = 1 / width
    mul, bmm, addmv, softmax, silu = torch.mul, torch.bmm, torch.addmv, torch.softmax, torch.nn.functional.silu
    attention = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default

    def decode() -> list[int]:
        token, ids = 0, []
        for position in range(tokens):
            stop = position + 1
            turn = turn_of[position]
            x = table[token].clone()
            for norm, into_qkv, back, ff_norm, into_hidden, out_of_hidden, at, keys, values in layers:
                wide.copy_(x)
                mul(wide.mul_(addmv(epsilon, wide_row, wide, alpha=mean).rsqrt_()), norm, out=h)
                qkv.copy_(multiplied(h, into_qkv))
                turned.mul_(turn)
                at[position].copy_(fresh)
                if flash:
                    rounded.copy_(queries)
                    mixed = attention(rounded, keys[:, :, :stop], values[:, :, :stop])[0].view(-1)
                    x.add_(multiplied(mixed, back))
                else:
                    scores = bmm(queries, keys[0, :, :stop].float().transpose(1, 2))
                    mixed = bmm(softmax(scores, -1), values[0, :, :stop].float()).view(-1).to(dtype)
                    x.addmv_(back, mixed)
                wide.copy_(x)
                mul(wide.mul_(addmv(epsilon, wide_row, wide, alpha=mean).rsqrt_()), ff_norm, out=h)
                gate_up = multiplied(h, into_hidden)
                inner = silu(gate_up[:hidden]).mul_(gate_up[hidden:])
                if packed:
                    x.add_(multiplied(inner, out_of_hidden))
                else:
                    x.addmv_(out_of_hidden, inner)
            wide.copy_(x)
            mul(wide.mul_(addmv(epsilon, wide_row, wide, alpha=mean).rsqrt_()), last_norm, out=h)
            token = int(multiplied(h, output).float().numpy().argmax())
            ids.append(token)
        return ids

    def normed(x: Tensor, weight: Tensor) -> Tensor:
        x = x.float()
        return (x * x.square().mean(-1, keepdim=True).add_(epsilon).rsqrt_()).mul_(weight).to(dtype)

    n = prompt_tokens
    prompt = torch.arange(n) % shape.vocabulary
    mask = torch.full((n, n), -torch.inf).triu_(1).repeat_interleave(group, dim=0)

    def prefill() -> None:
        x = table[prompt]
        for norm, into_qkv, back, ff_norm, into_hidden, out_of_hidden, _, keys, values in layers:
            all_heads = several(normed(x, norm), into_qkv).float().view(n, turning + kv_heads, size)
            pairs = all_heads[:, :turning].view(n, turning, size // 2, 2)
            torch.view_as_complex(pairs).mul_(turns[:n])
            keys[0, :, :n] = all_heads[:, heads:turning].transpose(0, 1)
            values[0, :, :n] = all_heads[:, turning:].transpose(0, 1)
            if flash:
                asking = all_heads[:, :heads].transpose(0, 1).to(dtype)[None]
                alike = (cache[:, :, :n].repeat_interleave(group, dim=1) for cache in (keys, values))
                mixed = attention(asking, *alike, is_causal=True)[0][0].transpose(0, 1).reshape(n, heads * size)
            else:
                asking = all_heads[:, :heads].reshape(n, kv_heads, group, size).transpose(0, 1)
                asking = asking.reshape(kv_heads, n * group, size)
                scores = torch.baddbmm(mask, asking, keys[0, :, :n].float().transpose(1, 2))
                mixed = bmm(softmax(scores, -1), values[0, :, :n].float()).view(kv_heads, n, group, size)
                mixed = mixed.transpose(0, 1).reshape(n, heads * size).to(dtype)
            x += several(mixed, back)
            both = several(normed(x, ff_norm), into_hidden)
            x += several(silu(both[:, :hidden]).mul_(both[:, hidden:]), out_of_hidden)
        multiplied(normed(x[-1:], last_norm)[0], output)

    return prefill, decode
