"""The architectures that are built here: the Llama family and GPT-2 (src/models/*.cpp of llama.cpp).

Llama has RMS norms, rotary positions, grouped queries and a gated feed-forward; Qwen2 is the same with biases on queries,
keys and values and another order of the rotated dimensions. GPT-2 has layer norms, learned positions, biases everywhere
and a plain feed-forward.
"""

from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor

from frameworks.pytorch.builder import Builder, Projection
from frameworks.pytorch.network import Decoder, Layer, LayerNorm
from frameworks.gguf.file import GgufFile
from frameworks.gguf.hyperparameters import require_positions, rotation_frequencies
from frameworks.pytorch.weights.reader import WeightReader

#: Architectures whose rotation pairs dimension i with i + half (NEOX in llama.cpp).
HALVES = ("qwen2",)


def build_llama(file: GgufFile, reader: WeightReader, builder: Builder) -> Decoder:
    shape = builder.shape
    factors = reader.optional("rope_freqs.weight", shape.head_size // 2)
    builder.rotate_by(torch.from_numpy(rotation_frequencies(file, shape, None if factors is None else factors.numpy())))
    table, output = builder.embedding_and_output(*_embedding_and_output(reader, builder))
    return builder.decoder(
        embedding=table,
        positions=None,
        layers=[
            _llama_layer(reader, builder, f"blk.{index}", devices)
            for index, devices in enumerate(builder.placement.layers)
        ],
        norm=builder.rms_norm(reader.tensor("output_norm.weight", shape.width), builder.placement.last),
        output=output,
    )


def _llama_layer(reader: WeightReader, builder: Builder, prefix: str, devices: list[torch.device]) -> Layer:
    shape = builder.shape
    width, hidden = shape.width, shape.feed_forward
    queries, keys = shape.heads * shape.head_size, shape.kv_heads * shape.head_size

    def projection(name: str, outputs: int, inputs: int) -> Projection:
        return _matrix(
            reader, f"{prefix}.{name}.weight", outputs, inputs, reader.optional(f"{prefix}.{name}.bias", outputs)
        )

    def rotated(name: str, outputs: int) -> Projection:
        read = projection(name, outputs, width)
        if shape.architecture not in HALVES:
            return read
        bias = None if read.bias is None else adjacent_pairs(read.bias, shape.head_size)
        order = adjacent_pairs(torch.arange(outputs), shape.head_size)
        groups = None if read.groups is None else read.groups.reordered(order)
        return Projection(adjacent_pairs(read.rows, shape.head_size), bias, groups)

    return Layer(
        attention_norm=builder.rms_norm(reader.tensor(f"{prefix}.attn_norm.weight", width), devices[0]),
        attention=builder.attention_branches(
            devices,
            rotated("attn_q", queries),
            rotated("attn_k", keys),
            projection("attn_v", keys, width),
            projection("attn_output", width, queries),
        ),
        feed_forward_norm=builder.rms_norm(reader.tensor(f"{prefix}.ffn_norm.weight", width), devices[0]),
        feed_forward=builder.gated_feed_forward(
            devices,
            projection("ffn_gate", hidden, width),
            projection("ffn_up", hidden, width),
            projection("ffn_down", width, hidden),
        ),
        device=devices[0],
    )


def adjacent_pairs(rows: Tensor, head_size: int) -> Tensor:
    """Reorders the rows of a matrix or bias, (heads * head size, ...): of each head (0, half, 1, half + 1, ...).

    Attention sees only products of queries and keys, which are the same in any common order.
    """
    heads = rows.view(-1, 2, head_size // 2, *rows.shape[1:])
    return heads.transpose(1, 2).reshape(rows.shape)


def build_gpt2(file: GgufFile, reader: WeightReader, builder: Builder) -> Decoder:
    """Raises UserError for a context that is longer than the learned positions."""
    shape = builder.shape
    require_positions(file, shape, builder.context_tokens)
    table, output = builder.embedding_and_output(*_embedding_and_output(reader, builder))
    return builder.decoder(
        embedding=table,
        positions=builder.positions(reader.tensor("position_embd.weight", shape.context_length, shape.width)),
        layers=[
            _gpt2_layer(reader, builder, f"blk.{index}", devices)
            for index, devices in enumerate(builder.placement.layers)
        ],
        norm=_layer_norm(reader, builder, "output_norm", builder.placement.last),
        output=output,
    )


def _gpt2_layer(reader: WeightReader, builder: Builder, prefix: str, devices: list[torch.device]) -> Layer:
    width, hidden = builder.shape.width, builder.shape.feed_forward

    def projection(name: str, outputs: int, inputs: int) -> Projection:
        return _matrix(
            reader, f"{prefix}.{name}.weight", outputs, inputs, reader.tensor(f"{prefix}.{name}.bias", outputs)
        )

    qkv = projection("attn_qkv", 3 * width, width)
    return Layer(
        attention_norm=_layer_norm(reader, builder, f"{prefix}.attn_norm", devices[0]),
        attention=builder.attention_branches(
            devices,
            qkv.outputs(0, width),
            qkv.outputs(width, 2 * width),
            qkv.outputs(2 * width, 3 * width),
            projection("attn_output", width, width),
        ),
        feed_forward_norm=_layer_norm(reader, builder, f"{prefix}.ffn_norm", devices[0]),
        feed_forward=builder.plain_feed_forward(
            devices, projection("ffn_up", hidden, width), projection("ffn_down", width, hidden)
        ),
        device=devices[0],
    )


def _layer_norm(reader: WeightReader, builder: Builder, name: str, device: torch.device) -> LayerNorm:
    width = builder.shape.width
    return builder.layer_norm(reader.tensor(f"{name}.weight", width), reader.tensor(f"{name}.bias", width), device)


def _embedding_and_output(reader: WeightReader, builder: Builder) -> tuple[Projection, Projection | None]:
    shape = (builder.shape.vocabulary, builder.shape.width)
    output = _matrix(reader, "output.weight", *shape) if reader.has("output.weight") else None
    return _matrix(reader, "token_embd.weight", *shape), output


def _matrix(reader: WeightReader, name: str, outputs: int, inputs: int, bias: Tensor | None = None) -> Projection:
    return Projection(reader.tensor(name, outputs, inputs), bias, reader.groups(name))


ARCHITECTURES: dict[str, Callable[[GgufFile, WeightReader, Builder], Decoder]] = {
    "llama": build_llama,
    "qwen2": build_llama,
    "gpt2": build_gpt2,
}
