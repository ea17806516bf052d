"""The decoder as one OpenVINO graph: from token ids to logits, with keys and values as state of the graph.

Inputs: `ids` (1, tokens), `start` (the position of the first of them, a scalar), `rows` (which of them want logits), and
`beam_idx` ([0]; without it the CPU plugin does not fuse the cache into its attention). Output: logits, (1, rows, vocabulary).

The Llama family, Qwen and GPT-2, as src/models/*.cpp of llama.cpp have them. Rotary positions turn dimensions i and i + half;
files of Llama pair neighbours, so their rows are put into another order, which no product of queries and keys shows.
"""

from __future__ import annotations

from dataclasses import dataclass


import numpy as np
import openvino as ov
import openvino.opset15 as op
from openvino import Node, PartialShape, Type
from openvino.op.util import Variable, VariableInfo

from engine.python.contract import UserError
from frameworks.openvino.weights import WeightReader
from frameworks.gguf.file import GgufFile
from frameworks.gguf.hyperparameters import Hyperparameters, require_positions, rotation_frequencies


@dataclass(frozen=True)
class Traits:
    """What one architecture does otherwise than a Qwen."""

    #: Files pair neighbouring dimensions for the rotation.
    neighbours: bool = False
    #: Learned positions, layer norms with biases, one matrix for queries, keys and values, a plain feed-forward with GELU.
    as_gpt2: bool = False


ARCHITECTURES = {"llama": Traits(neighbours=True), "qwen2": Traits(), "qwen3": Traits(), "gpt2": Traits(as_gpt2=True)}


def build(file: GgufFile, shape: Hyperparameters, reader: WeightReader, context_tokens: int) -> ov.Model:
    """Raises UserError for what is not built here."""
    if shape.architecture not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise UserError(
            f"{file.path} has the architecture {shape.architecture}, which is not built for OpenVINO here",
            f"Choose another framework, or a model of {known}.",
        )
    if ARCHITECTURES[shape.architecture].as_gpt2:
        require_positions(file, shape, context_tokens)
    return Decoder(file, shape, reader).model()


class Decoder:
    def __init__(self, file: GgufFile, shape: Hyperparameters, reader: WeightReader):
        self._file, self._shape, self._reader = file, shape, reader
        self._traits = ARCHITECTURES[shape.architecture]
        self._ids = op.parameter([1, -1], np.int64, name="ids")
        self._start = op.parameter([], np.int64, name="start")
        self._rows = op.parameter([-1], np.int64, name="rows")
        self._beam = op.parameter([-1], np.int32, name="beam_idx")
        self._variables: list[Variable] = []
        self._assigned: list[Node] = []
        tokens = op.squeeze(op.gather(op.shape_of(self._ids), np.array([1]), 0), np.array([0]))
        stop = op.add(self._start, tokens)
        one = np.int64(1)
        #: Positions of the tokens, (tokens,).
        self._positions = positions = op.range(self._start, stop, one, Type.i64)
        looked_at = op.range(np.int64(0), stop, one, Type.i64)
        ahead = op.greater(op.unsqueeze(looked_at, np.int64(0)), op.unsqueeze(positions, np.int64(1)))
        allowed = op.select(ahead, np.float32(-np.inf), np.float32(0))
        #: 0 where a token may look, minus infinity ahead of it: (1, 1, tokens, positions).
        self._mask = op.unsqueeze(allowed, np.array([0, 1]))
        if not self._traits.as_gpt2:
            radians = op.constant(self._frequencies()[None])
            angles = op.multiply(op.unsqueeze(op.convert(positions, np.float32), np.int64(1)), radians)
            self._cosine, self._sine = (op.unsqueeze(turn(angles), np.array([0, 1])) for turn in (op.cos, op.sin))

    def model(self) -> ov.Model:
        shape, reader = self._shape, self._reader
        table = reader.matrix("token_embd.weight", shape.vocabulary, shape.width)
        x = named(op.gather(table, self._ids, 0), "token_embd")
        if self._traits.as_gpt2:
            learned = reader.vector("position_embd.weight", shape.context_length, shape.width)
            x = op.add(x, op.gather(op.constant(learned), self._positions, 0))
        for index in range(shape.layers):
            x = self._layer(x, index)
        x = op.gather(x, self._rows, 1)
        x = self._norm(x, "output_norm", shape.width)
        output = reader.matrix("output.weight", shape.vocabulary, shape.width) if reader.has("output.weight") else table
        logits = named(op.matmul(x, output, False, True), "output")
        inputs = [self._ids, self._start, self._rows, self._beam]
        return ov.Model([op.result(logits)], self._assigned, inputs, self._variables, shape.architecture)

    def _layer(self, x: Node, index: int) -> Node:
        shape = self._shape
        prefix = f"blk.{index}"
        h = self._norm(x, f"{prefix}.attn_norm", shape.width)
        x = named(op.add(x, self._attention(h, prefix)), f"{prefix}.attn_residual")
        h = self._norm(x, f"{prefix}.ffn_norm", shape.width)
        up = self._product(h, f"{prefix}.ffn_up", shape.feed_forward, shape.width)
        if self._traits.as_gpt2:
            inner = named(op.gelu(up, "tanh"), f"{prefix}.ffn_act")
        else:
            gate = self._product(h, f"{prefix}.ffn_gate", shape.feed_forward, shape.width)
            inner = named(op.multiply(named(op.swish(gate), f"{prefix}.ffn_act"), up), f"{prefix}.ffn_mul")
        down = self._product(inner, f"{prefix}.ffn_down", shape.width, shape.feed_forward)
        return named(op.add(x, down), f"{prefix}.ffn_residual")

    def _attention(self, h: Node, prefix: str) -> Node:
        shape = self._shape
        size, heads, kv_heads = shape.head_size, shape.heads, shape.kv_heads

        def by_heads(product: Node, count: int) -> Node:
            """(1, tokens, count, head size)"""
            return op.reshape(product, np.array([0, 0, count, size]), True)

        def projected(name: str, count: int, rotate: bool) -> Node:
            order = halves(count, size) if rotate and self._traits.neighbours else None
            part = by_heads(self._product(h, f"{prefix}.{name}", count * size, shape.width, order), count)
            if rotate and self._reader.has(f"{prefix}.{name}_norm.weight"):
                part = self._norm(part, f"{prefix}.{name}_norm", size)
            part = op.transpose(part, np.array([0, 2, 1, 3]))
            return self._rotated(part) if rotate else part

        if self._traits.as_gpt2:
            both = self._product(h, f"{prefix}.attn_qkv", 3 * shape.width, shape.width)
            parts = op.split(both, np.int64(2), 3).outputs()
            queries, keys, values = (op.transpose(by_heads(part, heads), np.array([0, 2, 1, 3])) for part in parts)
        else:
            queries, keys = projected("attn_q", heads, True), projected("attn_k", kv_heads, True)
            values = projected("attn_v", kv_heads, False)
        keys, values = self._cached(keys, f"{prefix}.keys"), self._cached(values, f"{prefix}.values")
        group = heads // kv_heads
        mixed = op.scaled_dot_product_attention(
            queries, repeated(keys, group, heads, size), repeated(values, group, heads, size), self._mask, causal=False
        )
        mixed = op.transpose(named(mixed, f"{prefix}.attention"), np.array([0, 2, 1, 3]))
        joined = op.reshape(mixed, np.array([0, 0, heads * size]), True)
        return self._product(joined, f"{prefix}.attn_output", shape.width, heads * size)

    def _cached(self, new: Node, name: str) -> Node:
        """Keys or values of all positions, (1, kv heads, positions, head size); those of before are state."""
        info = VariableInfo()
        info.data_shape = PartialShape([1, self._shape.kv_heads, -1, self._shape.head_size])
        info.data_type, info.variable_id = Type.f32, name
        variable = Variable(info)
        empty = op.constant(np.zeros((1, self._shape.kv_heads, 0, self._shape.head_size), dtype=np.float32))
        before = op.gather(op.read_value(empty, variable), self._beam, 0)
        both = op.concat([before, new], 2)
        self._variables.append(variable)
        self._assigned.append(op.assign(both, variable))
        return both

    def _rotated(self, x: Node) -> Node:
        """x: (1, heads, tokens, head size)"""
        first, second = op.split(x, np.int64(3), 2).outputs()
        return op.concat(
            [
                op.subtract(op.multiply(first, self._cosine), op.multiply(second, self._sine)),
                op.add(op.multiply(second, self._cosine), op.multiply(first, self._sine)),
            ],
            3,
        )

    def _norm(self, x: Node, name: str, width: int) -> Node:
        """On the last dimension: x / sqrt(mean(x^2) + epsilon) * weight (Zhang, Sennrich: arXiv 1910.07467), of GPT-2 with
        the mean taken off first and a bias (Ba, Kiros, Hinton: arXiv 1607.06450)."""
        weight = op.constant(self._reader.vector(f"{name}.weight", width))
        epsilon, last = self._shape.norm_epsilon, np.array([-1])
        if self._traits.as_gpt2:
            bias = op.constant(self._reader.vector(f"{name}.bias", width))
            return named(op.add(op.multiply(op.mvn(x, last, True, epsilon, "INSIDE_SQRT"), weight), bias), name)
        mean = op.reduce_mean(op.power(x, np.float32(2)), last, True)
        scale = op.divide(np.float32(1), op.sqrt(op.add(mean, np.float32(epsilon))))
        return named(op.multiply(op.multiply(x, scale), weight), name)

    def _product(self, x: Node, name: str, outputs: int, inputs: int, order: np.ndarray | None = None) -> Node:
        product = named(op.matmul(x, self._reader.matrix(f"{name}.weight", outputs, inputs, order), False, True), name)
        if not self._reader.has(f"{name}.bias"):
            return product
        bias = self._reader.vector(f"{name}.bias", outputs)
        return op.add(product, op.constant(bias if order is None else bias[order]))

    def _frequencies(self) -> np.ndarray:
        """Radians a position for each pair of dimensions, float32."""
        size = self._shape.head_size // 2
        has_factors = self._reader.has("rope_freqs.weight")
        factors = self._reader.vector("rope_freqs.weight", size) if has_factors else None
        return rotation_frequencies(self._file, self._shape, factors).astype(np.float32)


def halves(heads: int, head_size: int) -> np.ndarray:
    """Rows of pairs of neighbours (0, 1), (2, 3), ... in the order 0, 2, ..., 1, 3, ... of each head."""
    return np.arange(heads * head_size).reshape(heads, head_size // 2, 2).transpose(0, 2, 1).reshape(-1)


def repeated(x: Node, group: int, heads: int, size: int) -> Node:
    """Each of the KV heads for its group of query heads, in the pattern that the plugins undo."""
    if group == 1:
        return x
    spread = op.broadcast(op.unsqueeze(x, np.int64(2)), np.array([1, 1, group, 1, 1]), broadcast_spec="BIDIRECTIONAL")
    return op.reshape(spread, np.array([0, heads, -1, size]), True)


def named(node: Node, name: str) -> Node:
    """The profile lists what runs by these names."""
    node.set_friendly_name(name)
    return node
