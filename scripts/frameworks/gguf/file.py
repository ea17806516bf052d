"""Reads GGUF files, versions 2 and 3, little-endian (ggml/docs/gguf.md of llama.cpp). Needs numpy, not torch."""

from __future__ import annotations

import mmap
import os
import shlex
import struct
from dataclasses import dataclass
from typing import Union

import numpy as np

from engine.python.contract import UserError
from frameworks.gguf.dequantize import OTHER_TYPES, TENSOR_TYPES, TensorType
from frameworks.gguf.split import other_parts, require_whole


DEFAULT_ALIGNMENT = 32
MAX_DIMENSIONS = 4


@dataclass(frozen=True)
class TextArray:
    """A list of texts (the vocabulary, its merges), counted and not kept: the engine does not tokenise."""

    count: int


Value = Union[int, float, bool, str, TextArray, "np.ndarray"]


@dataclass(frozen=True)
class Tensor:
    #: The file that has it: one of the parts of a split model.
    path: str
    name: str
    #: Rows first, as numpy and torch have it; GGUF itself lists the row width first.
    shape: tuple[int, ...]
    type: TensorType
    #: From the start of that file, in bytes.
    offset: int
    bytes: int

    @property
    def elements(self) -> int:
        return self.bytes // self.type.block_bytes * self.type.block_elements


class GgufFile:
    """Metadata and tensor descriptions of a model, and its bytes, mapped: one file, or all parts of a split model."""

    def __init__(self, path: str, metadata: dict[str, Value], tensors: dict[str, Tensor], data: dict[str, np.ndarray]):
        """data: the bytes of each file, by its path; the first is that of the model's path"""
        self.path = path
        self.metadata = metadata
        self.tensors = tensors
        self.data = data

    @property
    def parts(self) -> list[str]:
        """Paths of all files."""
        return list(self.data)

    def tensor(self, name: str) -> Tensor:
        if name not in self.tensors:
            raise damaged(self.path, f'has no tensor "{name}"')
        return self.tensors[name]

    def blocks(self, name: str) -> np.ndarray:
        """The tensor as it lies in the file, uint8 of (blocks, block bytes): a view of the mapped file."""
        tensor = self.tensor(name)
        data = self.data[tensor.path]
        return data[tensor.offset : tensor.offset + tensor.bytes].reshape(-1, tensor.type.block_bytes)

    def number(self, key: str, otherwise: float | None = None) -> float:
        value = self.metadata.get(key, otherwise)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise damaged(self.path, f'has no number "{key}"')
        return value

    def text(self, key: str, otherwise: str | None = None) -> str:
        value = self.metadata.get(key, otherwise)
        if not isinstance(value, str):
            raise damaged(self.path, f'has no text "{key}"')
        return value


def read_gguf(path: str) -> GgufFile:
    """path: for a split model that of its first part. Raises UserError, naming the file and what is wrong in it."""
    first = _read_file(path)
    others = other_parts(path, first.metadata)
    if not others:
        return first
    files = [first, *map(_read_file, others)]
    require_whole([(file.path, file.metadata, list(file.tensors)) for file in files])
    tensors = {name: tensor for file in files for name, tensor in file.tensors.items()}
    return GgufFile(path, first.metadata, tensors, {part: data for file in files for part, data in file.data.items()})


def _read_file(path: str) -> GgufFile:
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size > 0 else b""
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}", "Check the path and its permissions.") from error
    cursor = Cursor(path, mapped)
    if size < 4 or mapped[:4] != b"GGUF":
        raise UserError(f"{path} is no GGUF file", "Convert the model to GGUF, or choose one with --size.")
    cursor.at = 4
    version = cursor.take("I")
    if version not in (2, 3):
        raise UserError(f"{path} is GGUF of version {version}; 2 and 3 are known", "Convert the model again.")
    tensor_count = cursor.take("Q")
    metadata = {}
    for _ in range(cursor.take("Q")):
        key = cursor.text()
        metadata[key] = cursor.value(cursor.take("I"))
    descriptions = [_describe(cursor) for _ in range(tensor_count)]
    alignment = metadata.get("general.alignment", DEFAULT_ALIGNMENT)
    if not isinstance(alignment, int) or alignment <= 0:
        raise damaged(path, f"has the alignment {alignment}")
    start = -(-cursor.at // alignment) * alignment
    tensors = {name: _placed(path, name, shape, type_id, start + at, size) for name, shape, type_id, at in descriptions}
    return GgufFile(path, metadata, tensors, {path: np.frombuffer(mapped, dtype=np.uint8)})


def _describe(cursor: Cursor) -> tuple[str, tuple[int, ...], int, int]:
    name = cursor.text()
    dimensions = cursor.take("I")
    if dimensions > MAX_DIMENSIONS:
        raise damaged(cursor.path, f'gives tensor "{name}" {dimensions} dimensions')
    width_first = [cursor.take("Q") for _ in range(dimensions)]
    return name, tuple(reversed(width_first)), cursor.take("I"), cursor.take("Q")


def _placed(path: str, name: str, shape: tuple[int, ...], type_id: int, offset: int, file_bytes: int) -> Tensor:
    type = TENSOR_TYPES.get(type_id)
    if type is None:
        known = ", ".join(sorted(type.name for type in TENSOR_TYPES.values()))
        called = OTHER_TYPES.get(type_id, f"number {type_id}")
        raise UserError(
            f'{path}: tensor "{name}" has the type {called}, which is not read here',
            f"Choose another --quantize: {known}.",
        )
    elements = 1
    for size in shape:
        elements *= size
    if (shape[-1] if shape else 1) % type.block_elements != 0:
        raise damaged(path, f'has tensor "{name}" with rows of {shape[-1]}, no whole blocks of {type.name}')
    size = elements // type.block_elements * type.block_bytes
    if offset + size > file_bytes:
        raise damaged(
            path, f'is cut off: tensor "{name}" needs {offset + size} bytes of file, and there are {file_bytes}'
        )
    return Tensor(path, name, shape, type, offset, size)


def damaged(path: str, what: str) -> UserError:
    return UserError(
        f"{path} {what}",
        f"Fetch or make the file again; `npx tsx scripts/models.ts verify {shlex.quote(str(path))}` checks all of it.",
    )


class Cursor:
    """Reads values from the header, one after the other."""

    #: Value types by their numbers in a file, as struct has them; 8 is a text, 9 an array.
    FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
    TEXT, ARRAY = 8, 9

    def __init__(self, path: str, data: mmap.mmap | bytes):
        self.path = path
        self.at = 0
        self._data = data

    def take(self, format: str):
        try:
            (value,) = struct.unpack_from("<" + format, self._data, self.at)
        except struct.error:
            raise self._ended() from None
        self.at += struct.calcsize("<" + format)
        return value

    def text(self) -> str:
        return self._bytes(self.take("Q")).decode("utf-8", errors="replace")

    def value(self, type: int) -> Value:
        if type == self.TEXT:
            return self.text()
        if type == self.ARRAY:
            return self._array(self.take("I"), self.take("Q"))
        return self.take(self._format(type))

    def _array(self, type: int, count: int) -> TextArray | np.ndarray:
        if type == self.TEXT:
            for _ in range(count):
                self._bytes(self.take("Q"))
            return TextArray(count)
        dtype = np.dtype("<" + self._format(type))
        return np.frombuffer(self._bytes(count * dtype.itemsize), dtype=dtype)

    def _bytes(self, length: int) -> bytes:
        end = self.at + length
        if end > len(self._data):
            raise self._ended()
        bytes = self._data[self.at : end]
        self.at = end
        return bytes

    def _format(self, type: int) -> str:
        if type not in self.FORMATS:
            raise damaged(self.path, f"has a value of the unknown type {type} at byte {self.at}")
        return self.FORMATS[type]

    def _ended(self) -> UserError:
        return damaged(self.path, f"is cut off in its header, at byte {self.at} of {len(self._data)}")
