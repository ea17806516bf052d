"""The types of tensors that are read, and their blocks converted to float32, exactly as llama.cpp reads them (ggml/src/ggml-quants.c, dequantize_row_*).

Each function takes uint8 of (blocks, block bytes) and returns float32 of (blocks, block elements). In the formulas d
and m are a block's scale and minimum, q its small integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np

#: Elements that are converted at once: temporaries stay a few megabytes, whatever the tensor.
PIECE_ELEMENTS = 1 << 20


@dataclass(frozen=True)
class TensorType:
    """Weights in one block, and the bytes it takes (ggml/src/ggml-common.h); a row is a whole number of blocks."""

    name: str
    block_elements: int
    block_bytes: int
    #: Blocks to float32.
    floats: Callable[[np.ndarray], np.ndarray]

    @property
    def bits(self) -> float:
        """Bits of one weight, scales included."""
        return 8 * self.block_bytes / self.block_elements


def dequantize(type: TensorType, blocks: np.ndarray, out: np.ndarray) -> None:
    """Writes all weights of `blocks` into `out`, float32 of (blocks * block elements,)."""
    step = max(1, PIECE_ELEMENTS // type.block_elements)
    rows = out.reshape(-1, type.block_elements)
    for start in range(0, len(blocks), step):
        rows[start : start + step] = type.floats(blocks[start : start + step])


def _f32(blocks: np.ndarray) -> np.ndarray:
    return blocks.view("<f4")


def _f16(blocks: np.ndarray) -> np.ndarray:
    return blocks.view("<f2").astype(np.float32)


def _bf16(blocks: np.ndarray) -> np.ndarray:
    """The upper half of a float32."""
    return (blocks.view("<u2").astype(np.uint32) << 16).view(np.float32)


def _q8_0(blocks: np.ndarray) -> np.ndarray:
    """d q"""
    return _half(blocks, 0) * blocks[:, 2:].view(np.int8).astype(np.float32)


def _q4_0(blocks: np.ndarray) -> np.ndarray:
    """d (q - 8)"""
    return _half(blocks, 0) * (_nibbles(blocks[:, 2:]).astype(np.int8) - 8).astype(np.float32)


def _q4_1(blocks: np.ndarray) -> np.ndarray:
    """d q + m"""
    return _half(blocks, 0) * _nibbles(blocks[:, 4:]).astype(np.float32) + _half(blocks, 2)


def _q5_0(blocks: np.ndarray) -> np.ndarray:
    """d (q - 16), the fifth bits of all q in four bytes of their own"""
    q = _nibbles(blocks[:, 6:]) | (_bits(blocks[:, 2:6]) << 4)
    return _half(blocks, 0) * (q.astype(np.int8) - 16).astype(np.float32)


def _q5_1(blocks: np.ndarray) -> np.ndarray:
    """d q + m"""
    q = _nibbles(blocks[:, 8:]) | (_bits(blocks[:, 4:8]) << 4)
    return _half(blocks, 0) * q.astype(np.float32) + _half(blocks, 2)


def _q4_k(blocks: np.ndarray) -> np.ndarray:
    """d s q - dmin m, s and m of six bits for each 32 weights"""
    q = _pairs_of_groups(blocks[:, 16:])
    return _scaled_with_minima(blocks, q)


def _q5_k(blocks: np.ndarray) -> np.ndarray:
    """d s q - dmin m; byte i of the 32 high ones holds the fifth bit of weight i of each of the eight groups"""
    high = blocks[:, 16:48]
    fifth = np.stack([(high >> group) & 1 for group in range(8)], axis=1)
    return _scaled_with_minima(blocks, _pairs_of_groups(blocks[:, 48:]) | (fifth << 4))


def _q6_k(blocks: np.ndarray) -> np.ndarray:
    """d s (q - 32), s of eight bits for each 16 weights; two halves of 128 weights, alike"""
    low = blocks[:, :128].reshape(-1, 2, 2, 32)
    high = blocks[:, 128:192].reshape(-1, 2, 1, 32)
    lower = np.concatenate([low & 15, low >> 4], axis=2)
    upper = np.concatenate([(high >> shift) & 3 for shift in (0, 2, 4, 6)], axis=2)
    q = (lower | (upper << 4)).astype(np.int8) - 32
    scales = blocks[:, 192:208].view(np.int8).astype(np.float32) * _half(blocks, 208)
    return (scales[:, :, None] * q.reshape(-1, 16, 16).astype(np.float32)).reshape(-1, 256)


def _half(blocks: np.ndarray, at: int) -> np.ndarray:
    """The half-precision number at a byte of each block, as float32 of (blocks, 1)."""
    return np.ascontiguousarray(blocks[:, at : at + 2]).view("<f2").astype(np.float32)


def _nibbles(bytes: np.ndarray) -> np.ndarray:
    """(blocks, n) to (blocks, 2 n): first the lower four bits of all bytes, then the upper ones."""
    return np.concatenate([bytes & 15, bytes >> 4], axis=1)


def _bits(bytes: np.ndarray) -> np.ndarray:
    """(blocks, n) to (blocks, 8 n), lowest bit first."""
    return np.unpackbits(np.ascontiguousarray(bytes), axis=1, bitorder="little")


def _pairs_of_groups(bytes: np.ndarray) -> np.ndarray:
    """128 bytes to eight groups of 32: each 32 bytes hold one group in their lower and the next in their upper bits."""
    pairs = bytes.reshape(-1, 4, 1, 32)
    return np.concatenate([pairs & 15, pairs >> 4], axis=2).reshape(-1, 8, 32)


def _scaled_with_minima(blocks: np.ndarray, q: np.ndarray) -> np.ndarray:
    """(blocks, 8, 32) to (blocks, 256) with the scales and minima of the eight groups."""
    scales, minima = _scales_and_minima(blocks)
    return (scales[:, :, None] * q.astype(np.float32) - minima[:, :, None]).reshape(-1, 256)


def _scales_and_minima(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """d s and dmin m of eight groups, (blocks, 8) each: s and m are the six bits of bytes 4 to 15 (get_scale_min_k4)."""
    a, b, c = (blocks[:, at : at + 4] for at in (4, 8, 12))
    scales = np.concatenate([a & 63, (c & 15) | ((a >> 6) << 4)], axis=1)
    minima = np.concatenate([b & 63, (c >> 4) | ((b >> 6) << 4)], axis=1)
    return _half(blocks, 0) * scales.astype(np.float32), _half(blocks, 2) * minima.astype(np.float32)


#: Types whose weights are four bits with one scale for each group of 32.
FOUR_BIT_TYPES = ("Q4_0", "Q4_1", "Q4_K")


def four_bit_groups(type: TensorType, blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The weights of FOUR_BIT_TYPES as they are stored: w = scale (q - 8) + offset, in groups of 32.

    Returns q, uint8 of (groups, 32), and scales and offsets, float32 of (groups,).
    """
    if type.name == "Q4_K":
        scales, minima = _scales_and_minima(blocks)
        return _pairs_of_groups(blocks[:, 16:]).reshape(-1, 32), scales.reshape(-1), (8 * scales - minima).reshape(-1)
    scales = _half(blocks, 0)[:, 0]
    if type.name == "Q4_0":
        return _nibbles(blocks[:, 2:]), scales, np.zeros_like(scales)
    if type.name == "Q4_1":
        return _nibbles(blocks[:, 4:]), scales, 8 * scales + _half(blocks, 2)[:, 0]
    raise ValueError(f"{type.name} is none of {', '.join(FOUR_BIT_TYPES)}")


TENSOR_TYPES = {
    0: TensorType("F32", 1, 4, _f32),
    1: TensorType("F16", 1, 2, _f16),
    2: TensorType("Q4_0", 32, 18, _q4_0),
    3: TensorType("Q4_1", 32, 20, _q4_1),
    6: TensorType("Q5_0", 32, 22, _q5_0),
    7: TensorType("Q5_1", 32, 24, _q5_1),
    8: TensorType("Q8_0", 32, 34, _q8_0),
    12: TensorType("Q4_K", 256, 144, _q4_k),
    13: TensorType("Q5_K", 256, 176, _q5_k),
    14: TensorType("Q6_K", 256, 210, _q6_k),
    30: TensorType("BF16", 1, 2, _bf16),
}
#: Names for the error, of types that are not read.
OTHER_TYPES = {10: "Q2_K", 11: "Q3_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL"}
OTHER_TYPES |= {21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4"}
