"""GPT-2: layer norms, learned positions, biases everywhere, plain feed-forward (src/models/gpt2.cpp of llama.cpp)."""

from __future__ import annotations

import torch

from engine.python.contract import USAGE, UserError
from frameworks.pytorch.builder import Builder
from frameworks.pytorch.decoder import Decoder
from frameworks.pytorch.gguf import GgufFile
from frameworks.pytorch.layer import Layer
from frameworks.pytorch.norms import LayerNorm
from frameworks.pytorch.projection import Projection
from frameworks.pytorch.weight_reader import WeightReader


def build_gpt2(file: GgufFile, reader: WeightReader, builder: Builder) -> Decoder:
    """Raises UserError for a context that is longer than the learned positions."""
    shape = builder.shape
    if builder.context_tokens > shape.context_length:
        raise UserError(
            f"{file.path} has {shape.context_length} learned positions, fewer than --context {builder.context_tokens}",
            f"Choose --context {shape.context_length} or less.",
            USAGE,
        )
    embedding = reader.tensor("token_embd.weight", shape.vocabulary, shape.width)
    output = reader.optional("output.weight", shape.vocabulary, shape.width)
    table, matrix = builder.embedding_and_output(embedding, output)
    return Decoder(
        embedding=table,
        positions=builder.positions(reader.tensor("position_embd.weight", shape.context_length, shape.width)),
        layers=[
            _layer(reader, builder, f"blk.{index}", devices) for index, devices in enumerate(builder.placement.layers)
        ],
        norm=_norm(reader, builder, "output_norm", builder.placement.last),
        output=matrix,
        rotations={},
        placement=builder.placement,
        compute=builder.precision.compute,
        caches=builder.caches,
    )


def _layer(reader: WeightReader, builder: Builder, prefix: str, devices: list[torch.device]) -> Layer:
    shape = builder.shape
    width, hidden = shape.width, shape.feed_forward

    def projection(name: str, outputs: int, inputs: int) -> Projection:
        rows = reader.tensor(f"{prefix}.{name}.weight", outputs, inputs)
        return Projection(rows, reader.tensor(f"{prefix}.{name}.bias", outputs))

    qkv = projection("attn_qkv", 3 * width, width)
    return Layer(
        attention_norm=_norm(reader, builder, f"{prefix}.attn_norm", devices[0]),
        attention=builder.attention(
            devices,
            qkv.outputs(0, width),
            qkv.outputs(width, 2 * width),
            qkv.outputs(2 * width, 3 * width),
            projection("attn_output", width, width),
        ),
        feed_forward_norm=_norm(reader, builder, f"{prefix}.ffn_norm", devices[0]),
        feed_forward=builder.plain_feed_forward(
            devices, projection("ffn_up", hidden, width), projection("ffn_down", width, hidden)
        ),
        device=devices[0],
    )


def _norm(reader: WeightReader, builder: Builder, name: str, device: torch.device) -> LayerNorm:
    width = builder.shape.width
    return builder.layer_norm(reader.tensor(f"{name}.weight", width), reader.tensor(f"{name}.bias", width), device)
