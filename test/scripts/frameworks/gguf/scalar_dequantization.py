"""Single weights of quantised blocks, one at a time with Python's own numbers, written after the layouts in
ggml/src/ggml-common.h and the formulas of ggml/src/ggml-quants.c: the oracle for the vectorised code."""

from __future__ import annotations

import struct


def half(block: bytes, at: int) -> float:
    return struct.unpack_from("<e", block, at)[0]


def nibble(block: bytes, at: int, upper: bool) -> int:
    return block[at] >> 4 if upper else block[at] & 15


def fifth_bit(block: bytes, at: int, index: int) -> int:
    return (int.from_bytes(block[at : at + 4], "little") >> index) & 1


def small(block: bytes, at: int, index: int) -> int:
    """Weight `index` of 32: the first 16 in the lower four bits of 16 bytes, the others in the upper ones."""
    return nibble(block, at + index % 16, index >= 16)


def six_bits(block: bytes, group: int) -> tuple[int, int]:
    """Scale and minimum of one of eight groups in the 12 bytes from 4 on (get_scale_min_k4)."""
    if group < 4:
        return block[4 + group] & 63, block[8 + group] & 63
    scale = (block[8 + group] & 15) | (block[group] >> 6 << 4)
    minimum = (block[8 + group] >> 4) | (block[4 + group] >> 6 << 4)
    return scale, minimum


def k_group(block: bytes, at: int, index: int) -> int:
    """Weight `index` of 256: pairs of groups of 32 share 32 bytes."""
    pair, within = divmod(index, 64)
    return nibble(block, at + 32 * pair + within % 32, within >= 32)


def weight_of(type: str, block: bytes, index: int) -> float:
    if type == "F32":
        return struct.unpack("<f", block)[0]
    if type == "F16":
        return half(block, 0)
    if type == "BF16":
        return struct.unpack("<f", bytes(2) + block)[0]
    if type == "Q8_0":
        return half(block, 0) * struct.unpack_from("<b", block, 2 + index)[0]
    if type == "Q4_0":
        return half(block, 0) * (small(block, 2, index) - 8)
    if type == "Q4_1":
        return half(block, 0) * small(block, 4, index) + half(block, 2)
    if type == "Q5_0":
        return half(block, 0) * ((small(block, 6, index) | fifth_bit(block, 2, index) << 4) - 16)
    if type == "Q5_1":
        return half(block, 0) * (small(block, 8, index) | fifth_bit(block, 4, index) << 4) + half(block, 2)
    if type in ("Q4_K", "Q5_K"):
        scale, minimum = six_bits(block, index // 32)
        if type == "Q4_K":
            q = k_group(block, 16, index)
        else:
            q = k_group(block, 48, index) | (block[16 + index % 32] >> (index // 32) & 1) << 4
        return half(block, 0) * scale * q - half(block, 2) * minimum
    if type == "Q6_K":
        part, within = divmod(index, 128)
        lower = nibble(block, 64 * part + within % 64, within >= 64)
        upper = block[128 + 32 * part + within % 32] >> (2 * (within // 32)) & 3
        scale = struct.unpack_from("<b", block, 192 + index // 16)[0]
        return half(block, 208) * scale * ((lower | upper << 4) - 32)
    raise ValueError(type)
