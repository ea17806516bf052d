"""Writes small GGUF files for the tests, independently of the code that reads them."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

UINT32, FLOAT32, TEXT, ARRAY = 4, 6, 8, 9
TYPES = {"F32": (0, 1, 4), "F16": (1, 1, 2), "Q4_0": (2, 32, 18), "Q8_0": (8, 32, 34), "BF16": (30, 1, 2)}
ALIGNMENT = 32


@dataclass(frozen=True)
class Raw:
    """A value of any type of the file format: its number, and what follows as struct has it."""

    type: int
    format: str
    values: tuple


def uint16(value: int) -> Raw:
    return Raw(2, "H", (value,))


def int32(value: int) -> Raw:
    return Raw(5, "i", (value,))


def uint32s(*values: int) -> Raw:
    return Raw(ARRAY, f"IQ{len(values)}I", (UINT32, len(values), *values))


def write_gguf(path: str, metadata: dict, tensors: dict) -> str:
    """tensors: name to a float32 array, or to (type name or number, shape with rows first, bytes)"""
    head = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(metadata))]
    for key, value in metadata.items():
        head.append(text(key) + field(value))
    data = b""
    for name, tensor in tensors.items():
        type, shape, content = tensor if isinstance(tensor, tuple) else ("F32", tensor.shape, floats(tensor))
        number = type if isinstance(type, int) else TYPES[type][0]
        head.append(text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *reversed(shape), number, len(data)))
        data += content + bytes(-len(content) % ALIGNMENT)
    start = b"".join(head)
    with open(path, "wb") as file:
        file.write(start + bytes(-len(start) % ALIGNMENT) + data)
    return path


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def field(value) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", TEXT) + text(value)
    if isinstance(value, list):
        return struct.pack("<IIQ", ARRAY, TEXT, len(value)) + b"".join(map(text, value))
    if isinstance(value, Raw):
        return struct.pack("<I", value.type) + struct.pack("<" + value.format, *value.values)
    if isinstance(value, float):
        return struct.pack("<If", FLOAT32, value)
    return struct.pack("<II", UINT32, value)


def floats(values: np.ndarray) -> bytes:
    return np.ascontiguousarray(values, dtype="<f4").tobytes()
