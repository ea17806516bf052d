"""Writes a GGUF file, version 3 (ggml's docs/gguf.md): header, metadata, tensor list, then the aligned tensors."""

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy

VERSION = 3
ALIGNMENT = 32

# Value types of the format.
_UINT32, _INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9
# Tensor types of the format.
_TENSOR_TYPES = {"float32": 0, "float16": 1}

Value = bool | int | float | str | list[str] | list[int]


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _typed(value: Value) -> tuple[int, bytes]:
    """The type number and the bytes. Integers are unsigned, but those in arrays signed, as llama.cpp expects."""
    match value:
        case bool():
            return _BOOL, struct.pack("<?", value)
        case int():
            return _UINT32, struct.pack("<I", value)
        case float():
            return _FLOAT32, struct.pack("<f", value)
        case str():
            return _STRING, _string(value)
        case list():
            kind = _STRING if isinstance(value[0], str) else _INT32
            items = b"".join(_string(v) if isinstance(v, str) else struct.pack("<i", v) for v in value)
            return _ARRAY, struct.pack("<IQ", kind, len(value)) + items


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % ALIGNMENT)


def write_gguf(path: Path, metadata: Mapping[str, Value], tensors: Mapping[str, numpy.ndarray]) -> None:
    """Tensors are float32 or float16, row-major; the format lists dimensions with the row width first."""
    head = b"GGUF" + struct.pack("<IQQ", VERSION, len(tensors), len(metadata))
    for key, value in metadata.items():
        kind, data = _typed(value)
        head += _string(key) + struct.pack("<I", kind) + data
    body = b""
    for name, tensor in tensors.items():
        dimensions = tensor.shape[::-1]
        head += _string(name) + struct.pack(f"<I{len(dimensions)}Q", len(dimensions), *dimensions)
        head += struct.pack("<IQ", _TENSOR_TYPES[tensor.dtype.name], len(body))
        body += _padded(tensor.tobytes())
    path.write_bytes(_padded(head) + body)
