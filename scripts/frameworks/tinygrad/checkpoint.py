"""A GGUF file as tinygrad's own Transformer, with what its loader leaves to the caller: precision, rope factors, KV type."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.python.contract import USAGE, ResidentWeights, UserError
from frameworks.tinygrad.package import import_model
from frameworks.tinygrad.precision import PRECISIONS, convert, format_name

#: Architectures that tinygrad's TransformerBlock computes: its loader takes more without an error, and computes them wrongly.
ARCHITECTURES = ("llama", "qwen2", "qwen3")


@dataclass
class Checkpoint:
    #: tinygrad.llm.model.Transformer
    transformer: Any
    architecture: str
    metadata: dict[str, Any]
    #: Divisors of the rotary frequencies, where the file has them.
    rope_factors: Any
    #: None where the weights stay as the file has them.
    weights: ResidentWeights | None
    #: Weights that one decoded token reads.
    bytes_per_token: int
    tensors: list[Any]

    def resident_bytes(self) -> int:
        """Size of all buffers that the weights are computed from, on all devices: packed ones as they are in memory."""
        from tinygrad import UOp
        from tinygrad.uop.ops import Ops

        graph = UOp.sink(*(tensor.uop for tensor in self.tensors)).toposort()
        buffers = [node for node in graph if node.op is Ops.BUFFER]
        return sum(node.nbytes() * (len(node.device) if isinstance(node.device, tuple) else 1) for node in buffers)


def read_checkpoint(path: Path, context_tokens: int, precision: str, spread: bool) -> Checkpoint:
    """spread: the weights go to several devices, so they are unpacked now, to the format in which they are computed.

    Raises UserError for a precision or an architecture that is not supported here.
    """
    from tinygrad import nn

    if precision not in PRECISIONS:
        raise UserError(
            f"tinygrad's model does not convert weights to {precision}", f"Precisions: {', '.join(PRECISIONS)}.", USAGE
        )
    # Its loader rounds all weights to half by default; it reads this variable once a process.
    os.environ["HALF"] = "0"
    try:
        file = read_watched(path, context_tokens)
    except (KeyError, ValueError) as error:
        raise UserError(
            f"tinygrad's loader does not read this file: {error}",
            f"It runs {', '.join(ARCHITECTURES)} models as GGUF; see docs/tinygrad.md for the formats.",
        ) from error
    architecture = str(file.metadata["general.architecture"])
    if architecture not in ARCHITECTURES or file.transformer.blk[0].config.num_experts > 0:
        raise UserError(
            f"tinygrad runs a {architecture} model without an error, but not with the right arithmetic",
            f"Models it has the arithmetic of: {', '.join(ARCHITECTURES)}, without experts.",
        )
    values = sum(tensor.numel() for tensor in nn.state.get_parameters(file.transformer))
    kept = precision == "auto" and not spread
    if not kept:
        convert(file.transformer, precision)
    weights = None if kept else resident_weights(file.transformer, values)
    return Checkpoint(
        transformer=file.transformer,
        architecture=architecture,
        metadata=file.metadata,
        rope_factors=file.rope_factors,
        weights=weights,
        bytes_per_token=bytes_in_file_per_token(file) if weights is None else weights.bytes_per_token,
        tensors=nn.state.get_parameters(file.transformer),
    )


def bytes_in_file_per_token(file: WatchedFile) -> int:
    """Every tensor, but only a row of an embedding table that is not the output too."""
    sizes = file.tensor_bytes
    table = sizes.get("token_embd.weight", 0)
    row = table // file.transformer.token_embd.weight.shape[0]
    return sum(sizes.values()) - (table - row if "output.weight" in sizes else 0)


def resident_weights(transformer: Any, values: int) -> ResidentWeights:
    """Describes weights that were computed at load; a tied output is a copy of its own there.

    values: how many numbers the tensors represent, scales not counted.
    """
    from tinygrad import nn

    state = nn.state.get_state_dict(transformer)
    table = state["token_embd.weight"]
    resident = sum(tensor.nbytes() for tensor in state.values())
    return ResidentWeights(
        format=format_name(transformer),
        bits_per_weight=resident * 8 / values,
        bytes_per_token=resident - table.nbytes() + table.nbytes() // table.shape[0],
    )


@dataclass
class WatchedFile:
    """What tinygrad's GGUF loader reads, with what it does not pass on: the bytes of each tensor, and the rope factors."""

    #: tinygrad.llm.model.Transformer
    transformer: Any
    metadata: dict[str, Any]
    #: Divisors of the rotary frequencies (head width / 2), where the file has them.
    rope_factors: Any
    #: Sizes in the file's own formats, by tensor name.
    tensor_bytes: dict[str, int]


def read_watched(path: Path, context_tokens: int) -> WatchedFile:
    """Runs Transformer.from_gguf, and records what the two functions that it calls read.

    The file's bytes stay in memory as they are, and every kernel unpacks what it reads.
    """
    model = import_model()
    from tinygrad.llm import gguf

    load, convert = model.gguf_load, gguf.ggml_data_to_tensor
    sizes: list[int] = []
    seen: list[dict[str, Any]] = []

    def convert_and_count(data: Any, elements: int, ggml_type: int) -> Any:
        sizes.append(stored_bytes(elements, ggml_type))
        return convert(data, elements, ggml_type)

    def load_and_keep(file: Any) -> Any:
        metadata, tensors = load(file)
        seen.append(dict(tensors))
        return metadata, tensors

    model.gguf_load, gguf.ggml_data_to_tensor = load_and_keep, convert_and_count
    try:
        transformer, metadata = model.Transformer.from_gguf(path, context_tokens, realize=False)
    finally:
        model.gguf_load, gguf.ggml_data_to_tensor = load, convert
    tensors = seen[0]
    return WatchedFile(transformer, metadata, tensors.get("rope_freqs.weight"), dict(zip(tensors, sizes)))


def stored_bytes(elements: int, ggml_type: int) -> int:
    from tinygrad.llm import gguf

    native = gguf._GGML_NATIVE.get(ggml_type)
    if native is not None:
        return elements * native.itemsize
    block_elements, block_bytes = gguf._GGML_QUANT.get(ggml_type, (1, 0))
    return elements // block_elements * block_bytes
