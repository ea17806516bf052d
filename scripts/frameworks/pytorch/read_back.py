"""The settings that torch really runs with, read back from it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from engine.python.contract import Effective, ResidentWeights, Settings
from engine.python.processor import thread_affinity
from frameworks.pytorch import devices as torch_devices
from frameworks.pytorch.attention import AttentionChoice
from frameworks.pytorch.network import SequenceModel
from frameworks.pytorch.weights import precision as precisions
from frameworks.gguf.dequantize import FOUR_BIT_TYPES
from frameworks.gguf.file import GgufFile
from frameworks.gguf.hyperparameters import Hyperparameters
from frameworks.pytorch.weights.int4 import GROUP
from frameworks.pytorch.weights.low_bit import int8_engine
from frameworks.pytorch.weights.matrix import kernels_of
from frameworks.pytorch.weights.precision import Precision


#: The BLAS of Netlib, which is slow.
REFERENCE = "reference"


@dataclass(frozen=True)
class Loaded:
    """A network on its devices, and what is known of it after loading."""

    network: SequenceModel
    weights: ResidentWeights
    weights_bytes: int
    #: 'plain', or the version of transformers
    path: str
    #: None: transformers chooses.
    attention: AttentionChoice | None
    notes: list[tuple[str, str]] = field(default_factory=list)


def read_back(
    settings: Settings, kind: str, file: GgufFile, shape: Hyperparameters, precision: Precision, loaded: Loaded
) -> Effective:
    count = settings.device_count
    return Effective(
        device=kind,
        device_name=torch_devices.name_of(kind),
        settings={
            "threads": torch.get_num_threads(),
            "contextTokens": settings.context_tokens,
            "batchTokens": settings.batch_tokens,
            "kvType": precisions.kv_type_of(loaded.network.cache_dtype),
            "precision": precision.name,
            "gpuLayers": 0 if kind == "cpu" else shape.layers,
            "flashAttention": flash_attention(loaded.attention),
            "compile": settings.compile,
            "deviceCount": count,
            "shard": settings.shard if count > 1 else None,
            "activations": activations_of(precision, kind),
            "spinning": spins(kind),
            "affinity": thread_affinity(),
        },
        build={**build_facts(precision, kind, loaded.path), **attention_facts(precision, loaded)},
        kv_bytes_per_position=shape.kv_elements * precisions.bytes_of(loaded.network.cache_dtype),
        weights=loaded.weights,
        notes=[*loaded.notes, *notes_on(settings, kind, file, shape, precision)],
    )


def notes_on(
    settings: Settings, kind: str, file: GgufFile, shape: Hyperparameters, precision: Precision
) -> list[tuple[str, str]]:
    notes = []
    stored = precisions.main_type(file)
    if precision.name in precisions.FLOATS and stored.bits < 8 * precisions.bytes_of(precision.compute):
        lies = f"weights of {stored.name} lie in memory as {precision.name}, and each costs the memory traffic of that"
        notes.append(("dequantised_at_load", lies))
    if precision.name == "int4":
        notes.append(("own_quantisation", own_quantisation(file)))
    if kind == "cpu" and blas_library() == REFERENCE:
        slow = "torch multiplies through the reference BLAS, which is slow; `apt install libopenblas0-pthread`"
        notes.append(("reference_blas", slow))
    if isinstance(settings.gpu_layers, int):
        if kind == "cpu" and settings.gpu_layers > 0:
            notes.append(("gpu_layers_ignored", f"--gpu-layers {settings.gpu_layers} was ignored: no GPU in use"))
        if kind != "cpu" and settings.gpu_layers < shape.layers:
            notes.append(("gpu_layers_ignored", f"all {shape.layers} layers are on the {kind} device"))
    if settings.context_tokens > shape.context_length:
        trained = f"longer than the {shape.context_length} the model was trained for"
        notes.append(("context_beyond_training", f"the context of {settings.context_tokens} tokens is {trained}"))
    return notes


def own_quantisation(file: GgufFile) -> str:
    """Says how the weights of an int4 model differ from those of the file."""
    matrices = {tensor.type.name for tensor in file.tensors.values() if len(tensor.shape) > 1}
    kept = sorted(matrices & set(FOUR_BIT_TYPES))
    others = sorted(matrices - set(FOUR_BIT_TYPES))
    said = [f"scales of {' and '.join(kept)} are rounded to bfloat16"] if kept else []
    if others:
        said.append(f"matrices of {' and '.join(others)} are quantised to four bits in groups of {GROUP} at load")
    return f"{', and '.join(said)}: these are not the weights of the file"


def flash_attention(choice: AttentionChoice | None) -> str | None:
    if choice is None:
        return None
    return "off" if choice.kernel is None else "on"


def build_facts(precision: Precision, kind: str, path: str) -> dict[str, Any]:
    """path: 'plain', or the version of transformers"""
    shown = torch.__config__.show()
    facts: dict[str, Any] = {
        "torch": torch.__version__,
        "path": path,
        "blas": blas_library(),
        "openMp": _found(r"OpenMP \d+ \(a\.k\.a\. OpenMP ([\d.]+)\)", shown),
        "oneDnn": _found(r"(?:MKL-DNN|oneDNN|DNNL) v([\d.]+)", shown),
        "cpuCapability": (capability := _found(r"CPU capability usage: (\S+)", shown)),
        # Wheels and packages are made for many machines; a build for this machine is not marked.
        "buildType": None,
        "cpuVariant": capability,
    }
    if kind in ("cuda", "rocm"):
        facts["cuda"] = torch.version.cuda
        facts["hip"] = torch.version.hip
    if precision.name == "int8":
        engine = int8_engine() if kind == "cpu" else None
        facts["int8Engine"] = None if engine is None else engine.name
    return facts


def attention_facts(precision: Precision, loaded: Loaded) -> dict[str, str]:
    """Which kernels compute products and attention; nothing where transformers chooses them."""
    if loaded.attention is None:
        return {}
    return {
        "products": kernels_of(precision, loaded.network.device),
        "attention": loaded.attention.kernel or "plain products",
        "attentionArithmetic": precisions.kv_type_of(loaded.attention.compute),
    }


def activations_of(precision: Precision, kind: str) -> str:
    """Format of the vectors that the matrices multiply: that of the arithmetic, or int8 where torch's engine for quantised
    models multiplies integers."""
    if precision.name == "int8" and kind == "cpu" and int8_engine() is not None:
        return "int8"
    return precisions.kv_type_of(precision.compute)


def spins(kind: str, environment: Mapping[str, str] = os.environ) -> bool | None:
    """Whether idle threads spin before they sleep, which OpenMP's do by default. None where another
    device computes, or other threads."""
    if kind != "cpu":
        return None
    if torch.get_num_threads() == 1:
        return False
    if "OpenMP" not in (_found(r"ATen parallel backend: (.+)", torch.__config__.parallel_info()) or ""):
        return None
    return environment.get("OMP_WAIT_POLICY", "").lower() != "passive"


def _found(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text)
    return None if match is None else match.group(1)


def blas_library() -> str | None:
    """'mkl', 'openblas', ..., or REFERENCE; None where the system does not say."""
    built_with = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
    if built_with is not None and built_with.group(1) != "generic":
        return built_with.group(1)
    try:
        with open("/proc/self/maps", encoding="utf-8") as file:
            return linked_blas(file.read())
    except OSError:
        return None


def linked_blas(maps: str) -> str | None:
    """A torch built for any BLAS takes the system's; `maps` lists the libraries of the process, numpy's too."""
    for name in ("openblas", "mkl", "blis", "atlas", "armpl"):
        if re.search(rf"/lib{name}\S*\.so", maps):
            return name
    return REFERENCE if re.search(r"/libblas\S*\.so", maps) else None
