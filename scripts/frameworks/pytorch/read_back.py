"""What torch made of the settings: asked is not got."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import torch

from engine.python.affinity import thread_affinity
from engine.python.contract import Effective, Settings
from frameworks.pytorch import devices as torch_devices
from frameworks.pytorch import engine_int8
from frameworks.pytorch import precision as precisions
from frameworks.pytorch.blas import REFERENCE, blas_library
from frameworks.pytorch.gguf import GgufFile
from frameworks.pytorch.hyperparameters import Hyperparameters
from frameworks.pytorch.loaded import Loaded
from frameworks.pytorch.precision import Precision


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
            "flashAttention": {True: "on", False: "off", None: None}[loaded.fused_attention],
            "compile": settings.compile,
            "deviceCount": count,
            "shard": settings.shard if count > 1 else None,
            "activations": activations_of(precision, kind),
            "spinning": spins(kind),
            "affinity": thread_affinity(),
        },
        build=build_facts(precision, kind, loaded.path),
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
        # Wheels and packages are made for many machines; of one built here nothing tells.
        "buildType": None,
        "cpuVariant": capability,
    }
    if kind in ("cuda", "rocm"):
        facts["cuda"] = torch.version.cuda
        facts["hip"] = torch.version.hip
    if precision.name == "int8":
        engine = engine_int8.engine() if kind == "cpu" else None
        facts["int8Engine"] = None if engine is None else engine.name
    return facts


def activations_of(precision: Precision, kind: str) -> str:
    """Format of what is multiplied with the matrices: that of the arithmetic, or int8 where torch's engine for quantised
    models multiplies integers."""
    if precision.name == "int8" and kind == "cpu" and engine_int8.engine() is not None:
        return "int8"
    return precisions.kv_type_of(precision.compute)


def spins(kind: str, environment: Mapping[str, str] = os.environ) -> bool | None:
    """Whether idle threads spin before they sleep, which OpenMP's do unless they are told not to. None where another
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
