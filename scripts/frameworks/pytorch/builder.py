"""Places the weights of a model on its devices, and counts the memory they take: what every architecture needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Sequence

import torch
from torch import Tensor

from engine.python.contract import ResidentWeights
from frameworks.pytorch.attention import Attention, AttentionChoice, FusedMix, KvCache, Mix, PlainMix, Rotation
from frameworks.pytorch.network import Branch, Decoder, GatedFeedForward, Layer, LayerNorm, PlainFeedForward, RmsNorm
from frameworks.pytorch.devices import Placement, parts
from frameworks.pytorch.scratch import Scratch
from frameworks.gguf.hyperparameters import Hyperparameters
from frameworks.pytorch.weights.int4 import Int4Groups
from frameworks.pytorch.weights.matrix import Linear, Matrix, Table, build_matrix, build_table, table_multiplies
from frameworks.pytorch.weights.precision import Precision


@dataclass(frozen=True)
class Projection:
    """Weights as they are read: float32 of (outputs, inputs), and a bias of (outputs,)."""

    rows: Tensor
    bias: Tensor | None = None
    #: The same weights in four bits, where the file has them so and they shall stay so.
    groups: Int4Groups | None = None

    def outputs(self, start: int, stop: int) -> Projection:
        return Projection(
            self.rows[start:stop],
            None if self.bias is None else self.bias[start:stop],
            None if self.groups is None else self.groups.outputs_between(start, stop),
        )

    def inputs(self, start: int, stop: int) -> Projection:
        """Some columns: a part of a sum, of which the first one has the bias."""
        whole = (start, stop) == (0, self.rows.shape[1])
        bias = self.bias if start == 0 else None
        return Projection(self.rows[:, start:stop], bias, self.groups if whole else None)


def stacked(*projections: Projection) -> Projection:
    """One matrix in place of several with the same input: fewer, larger products."""
    biases = [projection.bias for projection in projections if projection.bias is not None]
    rows = torch.cat([projection.rows for projection in projections])
    return Projection(rows, torch.cat(biases) if biases else None, _stacked_groups(projections))


def _stacked_groups(projections: Sequence[Projection]) -> Int4Groups | None:
    """A file may have some of them in four bits and others not."""
    if all(projection.groups is None for projection in projections):
        return None
    return Int4Groups.stacked([part.groups or Int4Groups.quantized(part.rows) for part in projections])


class Resident:
    """Counts the memory of the weights, and what one decoded token reads of it."""

    def __init__(self) -> None:
        self.bytes = 0
        self._elements = 0
        self._bytes_per_token = 0
        self._format = ""

    def add_table(self, table: Table, rows: int) -> None:
        """One token reads one row of it."""
        self._elements += table.elements
        self.bytes += table.bytes
        self._bytes_per_token += table.bytes // rows

    def add_matrix(self, matrix: Matrix) -> None:
        self._elements += matrix.elements
        self.bytes += matrix.bytes
        self._bytes_per_token += matrix.bytes
        self._format = matrix.format

    def add_output_of_table(self, matrix: Matrix, table: Table) -> None:
        """The output matrix has the weights of the embedding: the same object, or a second copy of them."""
        if matrix is not table:
            self.bytes += matrix.bytes
        self._bytes_per_token += matrix.bytes

    def add_vector(self, vector: Tensor) -> None:
        size = vector.numel() * vector.element_size()
        self._elements += vector.numel()
        self.bytes += size
        self._bytes_per_token += size

    def add_position_table(self, table: Tensor) -> None:
        self._elements += table.numel()
        self.bytes += table.numel() * table.element_size()
        self._bytes_per_token += table[0].numel() * table.element_size()

    def weights(self) -> ResidentWeights:
        bits = 8 * self.bytes / max(1, self._elements)
        return ResidentWeights(self._format, round(bits, 3), self._bytes_per_token)


@dataclass
class Builder:
    shape: Hyperparameters
    precision: Precision
    placement: Placement
    #: Positions of the KV cache, and the format of its numbers.
    context_tokens: int
    cache_dtype: torch.dtype
    attention: AttentionChoice
    #: torch.compile does not support complex numbers.
    compiled: bool = False
    rotations: dict[torch.device, Rotation] = field(default_factory=dict)
    caches: list[KvCache] = field(default_factory=list)
    resident: Resident = field(default_factory=Resident)
    scratch: Scratch = field(default_factory=Scratch)
    _mixes: dict[torch.device, Mix] = field(default_factory=dict)

    def rotate_by(self, frequencies: Tensor) -> None:
        """frequencies: float64 of (head size / 2,), radians a position"""
        for device in self.placement.devices:
            wide = self.precision.compute == torch.float32 or device.type == "cpu"
            use_complex = wide and not self.compiled and device.type != "mps"
            self.rotations[device] = Rotation(frequencies, self.context_tokens, device, use_complex)

    def rms_norm(self, weight: Tensor, device: torch.device) -> RmsNorm:
        return RmsNorm(self.vector(weight, device), self.shape.norm_epsilon, self.scratch)

    def layer_norm(self, weight: Tensor, bias: Tensor, device: torch.device) -> LayerNorm:
        return LayerNorm(self.vector(weight, device), self.vector(bias, device), self.shape.norm_epsilon)

    def vector(self, values: Tensor, device: torch.device) -> Tensor:
        placed = values.to(device=device, dtype=self.precision.compute)
        self.resident.add_vector(placed)
        return placed

    def positions(self, table: Tensor) -> Tensor:
        """Learned positions, (positions, width)"""
        placed = table.to(device=self.placement.first, dtype=self.precision.compute)
        self.resident.add_position_table(placed)
        return placed

    def linear(self, weights: Projection, device: torch.device) -> Linear:
        matrix = build_matrix(weights.rows, self.precision, device, weights.groups)
        self.resident.add_matrix(matrix)
        return Linear(matrix, None if weights.bias is None else self.vector(weights.bias, device))

    def embedding_and_output(self, embedding: Projection, output: Projection | None) -> tuple[Table, Matrix]:
        """output None: it has the weights of the embedding, and is the same object where that can be."""
        first, last = self.placement.first, self.placement.last
        table = build_table(embedding.rows, self.precision, first, embedding.groups)
        self.resident.add_table(table, len(embedding.rows))
        if output is not None:
            matrix = build_matrix(output.rows, self.precision, last, output.groups)
            self.resident.add_matrix(matrix)
            return table, matrix
        shared = first == last and table_multiplies(self.precision, last)
        matrix = table if shared else build_matrix(embedding.rows, self.precision, last, embedding.groups)
        self.resident.add_output_of_table(matrix, table)
        return table, matrix

    def decoder(
        self,
        embedding: Table,
        positions: Tensor | None,
        layers: list[Layer],
        norm: Callable[[Tensor], Tensor],
        output: Matrix,
    ) -> Decoder:
        placed = (self.rotations, self.placement, self.attention.compute, self.caches)
        return Decoder(embedding, positions, layers, norm, output, *placed)

    def attention_branches(
        self, devices: list[torch.device], query: Projection, key: Projection, value: Projection, output: Projection
    ) -> list[Branch]:
        """Every device has whole groups: some heads of keys and values, and all query heads that share them."""
        size, group = self.shape.head_size, self.shape.heads // self.shape.kv_heads
        branches = []
        for device, (start, stop) in zip(devices, parts(self.shape.kv_heads, len(devices))):
            queries = (start * group * size, stop * group * size)
            keys = (start * size, stop * size)
            qkv = stacked(query.outputs(*queries), key.outputs(*keys), value.outputs(*keys))
            rotation = self.rotations.get(device)
            cache = self._cache(stop - start, device)
            heads = (stop - start) * group
            compute = self.precision.compute
            inner = Attention(
                self.linear(qkv, device), heads, cache, rotation, self._mix(device), compute, self.scratch
            )
            branches.append(Branch(inner, self.linear(output.inputs(*queries), device), device))
        return branches

    def _cache(self, kv_heads: int, device: torch.device) -> KvCache:
        cache = KvCache(
            kv_heads, self.context_tokens, self.shape.head_size, self.cache_dtype, self.attention.compute, device
        )
        self.caches.append(cache)
        return cache

    def _mix(self, device: torch.device) -> Mix:
        if device not in self._mixes:
            plain = PlainMix(self.shape.head_size, self.attention.compute, device)
            self._mixes[device] = plain if self.attention.kernel is None else FusedMix.on(device)
        return self._mixes[device]

    def gated_feed_forward(
        self, devices: list[torch.device], gate: Projection, up: Projection, down: Projection
    ) -> list[Branch]:
        """Every device has some columns of the hidden layer."""
        branches = []
        for device, (start, stop) in zip(devices, parts(self.shape.feed_forward, len(devices))):
            both = stacked(gate.outputs(start, stop), up.outputs(start, stop))
            compute = self.precision.compute
            inner = GatedFeedForward(self.linear(both, device), stop - start, compute, device, self.scratch)
            branches.append(Branch(inner, self.linear(down.inputs(start, stop), device), device))
        return branches

    def plain_feed_forward(self, devices: list[torch.device], up: Projection, down: Projection) -> list[Branch]:
        branches = []
        for device, (start, stop) in zip(devices, parts(self.shape.feed_forward, len(devices))):
            inner = PlainFeedForward(self.linear(up.outputs(start, stop), device))
            branches.append(Branch(inner, self.linear(down.inputs(start, stop), device), device))
        return branches
