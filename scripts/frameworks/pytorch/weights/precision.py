"""Number formats of weights and arithmetic: what was requested, what the device can do, what runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import torch

from engine.python.contract import MISSING, USAGE, UserError
from frameworks.gguf.dequantize import TensorType
from frameworks.gguf.file import GgufFile
from frameworks.pytorch.weights.int4 import has_int4_kernels

FLOATS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
QUANTIZED = ("int8", "nf4", "int4")
KV_TYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


@dataclass(frozen=True)
class Precision:
    #: The name that --precision takes.
    name: str
    #: Format of the arithmetic, of norms and biases, and of matrices unless the name is one of QUANTIZED.
    compute: torch.dtype
    #: Matrices may lie in layouts of their own where those are faster; else each row is where it can be read.
    packed: bool = True


def resolve(asked: str, device: torch.device, file: GgufFile) -> Precision:
    """The precision that runs. Raises UserError where the device does not support it."""
    if asked == "auto":
        name = automatic(device, file)
        return Precision(name, usable(FLOATS[name], device))
    if asked in FLOATS:
        return Precision(asked, usable(FLOATS[asked], device))
    if asked == "int4":
        require_int4(device)
        return Precision(asked, torch.bfloat16)
    if asked in QUANTIZED:
        return Precision(asked, usable(FLOATS[automatic(device, file)], device))
    raise UserError(
        f'PyTorch has no precision "{asked}"', f"Precisions: auto, {', '.join((*FLOATS, *QUANTIZED))}.", USAGE
    )


def require_int4(device: torch.device) -> None:
    """Raises UserError where torch has no kernels for int4 weights."""
    if device.type != "cpu":
        raise UserError(f"--precision int4 runs on CPUs only, not on {device.type}", "Choose --precision nf4.", USAGE)
    if not has_int4_kernels():
        raise UserError(
            f"torch {torch.__version__} has no kernels for int4 weights; torch 2.13 has them",
            "Run `npx tsx scripts/frameworks.ts install pytorch`.",
            MISSING,
        )


def automatic(device: torch.device, file: GgufFile) -> str:
    """float32 on a CPU, where every file's values are exact; on a GPU the format of most of the file's weights."""
    if device.type == "cpu":
        return "float32"
    return {"F32": "float32", "BF16": "bfloat16"}.get(main_type(file).name, "float16")


def main_type(file: GgufFile) -> TensorType:
    """The format of most weights in matrices."""
    elements: Counter[TensorType] = Counter()
    for tensor in file.tensors.values():
        if len(tensor.shape) > 1:
            elements[tensor.type] += tensor.elements
    return max(elements, key=lambda type: elements[type])


def usable(dtype: torch.dtype, device: torch.device) -> torch.dtype:
    """Returns dtype after a trial, because it depends on how torch was built. Raises UserError."""
    try:
        row = torch.ones(1, 8, dtype=dtype, device=device)
        torch.softmax(torch.addmm(row, row, torch.ones(8, 8, dtype=dtype, device=device)), dim=-1)
        return dtype
    except (RuntimeError, TypeError) as error:
        name = name_of(dtype)
        others = [other for other in FLOATS if other != name and other != "float16"]
        raise UserError(
            f"torch {torch.__version__} cannot multiply {name} on {device.type}",
            f"Choose --precision {' or '.join(others)}, or run `npx tsx scripts/frameworks.ts install pytorch` for a newer torch.",
        ) from error


def cache_dtype(kv_type: str, compute: torch.dtype) -> torch.dtype:
    """Format of the KV cache; 'auto' is that of the arithmetic. Raises UserError."""
    if kv_type == "auto":
        return compute
    if kv_type in KV_TYPES:
        return KV_TYPES[kv_type]
    raise UserError(f'PyTorch has no KV cache type "{kv_type}"', f"Types: auto, {', '.join(KV_TYPES)}.", USAGE)


def name_of(dtype: torch.dtype) -> str:
    """'float32' of torch.float32"""
    return str(dtype).replace("torch.", "")


def kv_type_of(dtype: torch.dtype) -> str:
    return next(name for name, known in KV_TYPES.items() if known == dtype)


def bytes_of(dtype: torch.dtype) -> int:
    return torch.empty(0, dtype=dtype).element_size()
