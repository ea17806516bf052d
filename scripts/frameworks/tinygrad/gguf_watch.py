"""What tinygrad's GGUF loader reads and does not hand on: the bytes of each tensor, and the rope factors."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frameworks.tinygrad.llm_package import import_model


@dataclass
class WatchedFile:
    #: tinygrad.llm.model.Transformer
    transformer: Any
    metadata: dict[str, Any]
    #: Divisors of the rotary frequencies (head width / 2), where the file has them.
    rope_factors: Any
    #: In the file's own formats, by tensor name.
    tensor_bytes: dict[str, int] = field(default_factory=dict)


def read_watched(path: Path, context_tokens: int) -> WatchedFile:
    """Transformer.from_gguf, with the two functions that it calls looked over the shoulder.

    The file's bytes stay in memory as they are, and every kernel unpacks what it reads.
    """
    model = import_model()
    from tinygrad.llm import gguf

    load, convert = model.gguf_load, gguf.ggml_data_to_tensor
    sizes: list[int] = []
    seen: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def convert_and_count(data: Any, elements: int, ggml_type: int) -> Any:
        sizes.append(stored_bytes(elements, ggml_type))
        return convert(data, elements, ggml_type)

    def load_and_keep(file: Any) -> Any:
        metadata, tensors = load(file)
        seen.append((metadata, dict(tensors)))
        return metadata, tensors

    model.gguf_load, gguf.ggml_data_to_tensor = load_and_keep, convert_and_count
    try:
        transformer, metadata = model.Transformer.from_gguf(path, context_tokens, realize=False)
    finally:
        model.gguf_load, gguf.ggml_data_to_tensor = load, convert
    tensors = seen[0][1]
    return WatchedFile(transformer, metadata, tensors.get("rope_freqs.weight"), dict(zip(tensors, sizes)))


def stored_bytes(elements: int, ggml_type: int) -> int:
    from tinygrad.llm import gguf

    native = gguf._GGML_NATIVE.get(ggml_type)
    if native is not None:
        return elements * native.itemsize
    block_elements, block_bytes = gguf._GGML_QUANT.get(ggml_type, (1, 0))
    return elements // block_elements * block_bytes
