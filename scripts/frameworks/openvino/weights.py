"""Matrices of a GGUF file as constants of an OpenVINO graph, with the exact values of the file.

Q8_0 and Q4_0 keep their blocks: integers times a scale for each 32 weights, in the pattern that OpenVINO's plugins
multiply with directly (docs of OpenVINO, "Weight compression"). F16 stays F16 in the graph. Other formats become float32.
"""

from __future__ import annotations

from typing import Callable

import numpy as np
import openvino as ov
import openvino.opset15 as op
from openvino import Node

from frameworks.gguf.dequantize import dequantize
from frameworks.gguf.file import GgufFile, Tensor, damaged

#: Weights in a block of Q8_0 and Q4_0; all that share a scale.
GROUP = 32


class WeightReader:
    """Reads tensors, counts the bytes that their constants take, and says how far it is."""

    def __init__(self, file: GgufFile, progress: Callable[[float], None]):
        """progress: called with the part of the file's tensors that has been read, from 0 to 1"""
        self._file = file
        self._progress = progress
        self._total = max(1, sum(tensor.bytes for tensor in file.tensors.values()))
        self._read = 0
        #: Bytes of the constants.
        self.bytes = 0
        #: Formats of the matrices in the file: those that stay blocks, integers with scales, and those that become numbers.
        self.blocks: set[str] = set()
        self.numbers: set[str] = set()

    def has(self, name: str) -> bool:
        return name in self._file.tensors

    def vector(self, name: str, *shape: int) -> np.ndarray:
        """float32 of `shape`. Raises UserError when the file has another shape."""
        tensor = self._checked(name, shape)
        values = self._dequantized(tensor, self._file.blocks(name)).reshape(shape)
        self._count(tensor, values.nbytes)
        return values

    def matrix(self, name: str, outputs: int, inputs: int, order: np.ndarray | None = None) -> Node:
        """float32 (outputs, inputs) as the graph sees it. order: the rows in another order."""
        tensor = self._checked(name, (outputs, inputs))
        blocks = self._file.blocks(name).reshape(outputs, -1, tensor.type.block_bytes)
        if order is not None:
            blocks = blocks[order]
        constants, node = self._node(tensor, blocks, outputs, inputs)
        self._count(tensor, sum(constant.byte_size for constant in constants))
        (self.blocks if len(constants) > 1 else self.numbers).add(tensor.type.name)
        return node

    def _node(self, tensor: Tensor, blocks: np.ndarray, outputs: int, inputs: int) -> tuple[list[ov.Tensor], Node]:
        kind = tensor.type.name
        if kind in ("Q8_0", "Q4_0"):
            groups = inputs // GROUP
            scales = ov.Tensor(np.ascontiguousarray(blocks[..., :2]).view("<f2").reshape(outputs, groups, 1))
            integers = signed_bytes(blocks, groups) if kind == "Q8_0" else signed_halves(blocks, groups)
            values = op.convert(op.constant(integers), np.float32)
            scaled = op.multiply(values, op.convert(op.constant(scales), np.float32))
            return [integers, scales], op.reshape(scaled, np.array([outputs, inputs]), False)
        if kind == "F16":
            halves = ov.Tensor(np.ascontiguousarray(blocks).view("<f2").reshape(outputs, inputs))
            return [halves], op.convert(op.constant(halves), np.float32)
        floats = ov.Tensor(
            self._dequantized(tensor, blocks.reshape(-1, tensor.type.block_bytes)).reshape(outputs, inputs)
        )
        return [floats], op.constant(floats)

    def _dequantized(self, tensor: Tensor, blocks: np.ndarray) -> np.ndarray:
        values = np.empty(tensor.elements, dtype=np.float32)
        dequantize(tensor.type, np.ascontiguousarray(blocks), values)
        return values

    def _checked(self, name: str, shape: tuple[int, ...]) -> Tensor:
        tensor = self._file.tensor(name)
        if tensor.shape != shape:
            raise damaged(self._file.path, f'has tensor "{name}" as {list(tensor.shape)}, not {list(shape)}')
        return tensor

    def _count(self, tensor: Tensor, constant_bytes: int) -> None:
        self.bytes += constant_bytes
        self._read += tensor.bytes
        self._progress(self._read / self._total)


def signed_bytes(blocks: np.ndarray, groups: int) -> ov.Tensor:
    """The integers of Q8_0 blocks, (outputs, groups, 32)."""
    return ov.Tensor(np.ascontiguousarray(blocks[..., 2:]).view(np.int8).reshape(-1, groups, GROUP))


def signed_halves(blocks: np.ndarray, groups: int) -> ov.Tensor:
    """The integers of Q4_0 blocks, (outputs, groups, 32), two in a byte: the even one in the lower half.

    GGUF has the weights 0 to 15 of a block in the lower halves of its 16 bytes, and 16 to 31 in the upper ones, each as an
    unsigned number that is 8 too large; with the highest bit turned it is the signed number itself.
    """
    bytes = blocks[..., 2:]
    ordered = np.concatenate([bytes & 15, bytes >> 4], axis=-1)
    packed = ordered[..., 0::2] | (ordered[..., 1::2] << 4)
    # A tensor made of an array with a 4-bit type would share its memory and not keep it alive.
    tensor = ov.Tensor(ov.Type.i4, ov.Shape([blocks.shape[0], groups, GROUP]))
    tensor.data.reshape(-1)[:] = packed.reshape(-1) ^ 0x88
    return tensor
