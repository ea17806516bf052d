"""What tinygrad made of the settings: asked is not got."""

from __future__ import annotations


from engine.python.contract import Effective, Settings

from frameworks.tinygrad.availability import device_name
from frameworks.tinygrad.build import build_facts
from frameworks.tinygrad.checkpoint import Checkpoint
from frameworks.tinygrad.devices import portable_name
from frameworks.tinygrad.llm_package import MISSING_FROM_PACKAGE, kernels_are_missing
from frameworks.tinygrad.steps import Steps

#: The type of a KV cache of float32 whose values tinygrad rounded on the way.
ROUNDED = "f32 holding f16"


def read_back(
    checkpoint: Checkpoint, steps: Steps, settings: Settings, devices: tuple[str, ...], kv_type: str, threads: int
) -> Effective:
    device = portable_name(devices[0])
    blocks = checkpoint.transformer.blk
    return Effective(
        device=device,
        device_name=device_name(devices[0]),
        settings={
            "threads": threads,
            "gpuLayers": 0 if device == "cpu" else len(blocks),
            "contextTokens": steps.context_tokens,
            "batchTokens": steps.chunk_tokens,
            "flashAttention": "off",
            "kvType": kv_type,
            "precision": settings.precision,
            "compile": True,
            "deviceCount": len(devices),
            **({} if len(devices) == 1 else {"shard": settings.shard}),
        },
        build=build_facts(devices),
        kv_bytes_per_position=sum(block.cache_kv.nbytes() // block.config.max_context for block in blocks),
        weights=checkpoint.weights,
        notes=[*notes(checkpoint, steps, settings, device, threads), *package_notes(device), *cache_notes(kv_type)],
    )


def notes(checkpoint: Checkpoint, steps: Steps, settings: Settings, device: str, threads: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if device == "cpu" and settings.threads != threads:
        found.append(
            ("threads", f"tinygrad computes on {threads} thread on the CPU, whatever is asked for ({settings.threads})")
        )
    if isinstance(settings.gpu_layers, int) and settings.gpu_layers != (0 if device == "cpu" else checkpoint.layers):
        found.append(
            (
                "gpu_layers_ignored",
                f"--gpu-layers {settings.gpu_layers} was ignored: tinygrad puts all layers on one kind of device",
            )
        )
    if settings.flash_attention == "on":
        found.append(("flash_attention", "tinygrad's model has no flash attention"))
    if steps.context_tokens < settings.context_tokens:
        found.append(
            (
                "context_shortened",
                f"the model is trained for {steps.context_tokens} tokens, and tinygrad gives it no longer context",
            )
        )
    scaling = checkpoint.metadata.get(f"{checkpoint.architecture}.rope.scaling.type", "none")
    if scaling != "none" and checkpoint.rope_factors is None:
        found.append(("rope_scaling", f"tinygrad's model does not apply the file's rope scaling ({scaling})"))
    return found


def package_notes(device: str) -> list[tuple[str, str]]:
    if device != "rocm" or not kernels_are_missing():
        return []
    return [("kernels_missing", f"this package of tinygrad lacks {MISSING_FROM_PACKAGE}, its kernels for AMD's RDNA3")]


def cache_notes(kv_type: str) -> list[tuple[str, str]]:
    return [("kv_type", "tinygrad rounds keys and values to f16 before it stores them")] if kv_type == ROUNDED else []
