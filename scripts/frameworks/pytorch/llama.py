"""The Llama family: RMS norms, rotary positions, grouped queries, gated feed-forward (src/models/llama.cpp, llama.cpp).

Qwen2 is the same with biases on queries, keys and values and another order of the rotated dimensions (qwen2.cpp there).
"""

from __future__ import annotations

import torch

from frameworks.pytorch.builder import Builder
from frameworks.pytorch.decoder import Decoder
from frameworks.pytorch.gguf import GgufFile
from frameworks.pytorch.layer import Layer
from frameworks.pytorch.projection import Projection
from frameworks.pytorch.rope import adjacent_pairs, rotation_frequencies
from frameworks.pytorch.weight_reader import WeightReader

#: Architectures whose rotation pairs dimension i with i + half.
HALVES = ("qwen2",)


def build_llama(file: GgufFile, reader: WeightReader, builder: Builder) -> Decoder:
    shape = builder.shape
    factors = reader.optional("rope_freqs.weight", shape.head_size // 2)
    builder.rotate_by(rotation_frequencies(file, shape, factors))
    embedding = reader.tensor("token_embd.weight", shape.vocabulary, shape.width)
    output = reader.optional("output.weight", shape.vocabulary, shape.width)
    table, matrix = builder.embedding_and_output(embedding, output)
    return Decoder(
        embedding=table,
        positions=None,
        layers=[
            _layer(reader, builder, f"blk.{index}", devices) for index, devices in enumerate(builder.placement.layers)
        ],
        norm=builder.rms_norm(reader.tensor("output_norm.weight", shape.width), builder.placement.last),
        output=matrix,
        rotations=builder.rotations,
        placement=builder.placement,
        compute=builder.precision.compute,
        caches=builder.caches,
    )


def _layer(reader: WeightReader, builder: Builder, prefix: str, devices: list[torch.device]) -> Layer:
    shape = builder.shape
    width, hidden = shape.width, shape.feed_forward
    queries, keys = shape.heads * shape.head_size, shape.kv_heads * shape.head_size

    def projection(name: str, outputs: int, inputs: int) -> Projection:
        rows = reader.tensor(f"{prefix}.{name}.weight", outputs, inputs)
        return Projection(rows, reader.optional(f"{prefix}.{name}.bias", outputs))

    def rotated(name: str, outputs: int) -> Projection:
        read = projection(name, outputs, width)
        if shape.architecture not in HALVES:
            return read
        bias = None if read.bias is None else adjacent_pairs(read.bias, shape.head_size)
        return Projection(adjacent_pairs(read.rows, shape.head_size), bias)

    return Layer(
        attention_norm=builder.rms_norm(reader.tensor(f"{prefix}.attn_norm.weight", width), devices[0]),
        attention=builder.attention(
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
