"""Brings a model onto its devices, has it compiled, and reads back the settings that it runs with."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from engine.python.contract import Effective, LoadRequest, Settings
from engine.python.processor import thread_affinity
from frameworks.tinygrad.checkpoint import Checkpoint, read_checkpoint
from frameworks.tinygrad.counters import KernelCacheWatch, cache_file
from frameworks.tinygrad.devices import device_name, portable_name, usable_backend, usable_devices
from frameworks.tinygrad.kv_cache import holds_halves, prepare_cache
from frameworks.tinygrad.model import TinygradModel
from frameworks.tinygrad.package import MISSING_FROM_PACKAGE, build_facts, kernels_are_missing
from frameworks.tinygrad.search import KernelSearch
from frameworks.tinygrad.several_devices import LayeredSteps, SplitSteps, require_splittable, split_heads, spread_layers
from frameworks.tinygrad.steps import Steps, end_compiler_processes

#: The type of a KV cache of float32 whose values tinygrad rounded on the way.
ROUNDED = "f32 holding f16"


def load_model(request: LoadRequest) -> TinygradModel:
    settings = request.settings
    require_splittable(settings)
    search = KernelSearch(request)
    backend = usable_backend(settings.device)
    devices = usable_devices(backend, settings.device_count)
    kernels = KernelCacheWatch(cache_file())
    threads_before = set(threading.enumerate())
    with request.span("model_load"):
        checkpoint = read_checkpoint(
            Path(request.model_path), settings.context_tokens, settings.precision, spread=len(devices) > 1
        )
        steps, kv_type = place(checkpoint, settings, devices)
    request.progress(0.5)
    model = TinygradModel(checkpoint, steps, request.end_of_sequence, kernels, search)
    with search.compiling():
        filled = model.warm_up()
        if kv_type == "f32" and holds_halves(checkpoint.transformer, filled):
            kv_type = ROUNDED
        end_compiler_processes()
    request.progress(1)
    threads = computing_threads(threads_before)
    model.effective = read_back(checkpoint, steps, search, settings, devices, kv_type, threads)
    return model


def place(checkpoint: Checkpoint, settings: Settings, devices: tuple[str, ...]) -> tuple[Steps, str]:
    """Puts weights and KV cache on the devices. Returns the steps there, and the type of the cache."""
    transformer, factors = checkpoint.transformer, checkpoint.rope_factors
    if len(devices) == 1:
        homes = devices * len(transformer.blk)
        kv_type = prepare_cache(transformer, settings.kv_type, factors, homes, None)
        return Steps(transformer, settings.batch_tokens), kv_type
    if settings.shard == "heads":
        split_heads(transformer, devices)
        kv_type = prepare_cache(transformer, settings.kv_type, factors, devices, "heads")
        return SplitSteps(transformer, settings.batch_tokens, devices), kv_type
    homes = spread_layers(transformer, devices)
    kv_type = prepare_cache(transformer, settings.kv_type, factors, homes, None)
    return LayeredSteps(transformer, settings.batch_tokens, devices), kv_type


def computing_threads(before: set[threading.Thread]) -> int:
    """Threads that the CPU backend started for computing; without any, kernels run on the thread that calls them."""
    return max(1, len(set(threading.enumerate()) - before))


def read_back(
    checkpoint: Checkpoint,
    steps: Steps,
    search: KernelSearch,
    settings: Settings,
    devices: tuple[str, ...],
    kv_type: str,
    threads: int,
) -> Effective:
    device = portable_name(devices[0])
    blocks = checkpoint.transformer.blk
    return Effective(
        device=device,
        device_name=device_name(devices[0]),
        settings={
            "threads": threads,
            "gpuLayers": gpu_layers_of(checkpoint, device),
            "contextTokens": steps.context_tokens,
            "batchTokens": steps.chunk_tokens,
            "flashAttention": "off",
            "kvType": kv_type,
            "precision": settings.precision,
            # Whatever the weights, the model computes in float32 (llm/model.py: token_embd(tokens).float()).
            "activations": "f32",
            "spinning": spins(device, threads),
            "affinity": thread_affinity(),
            "compile": True,
            "beam": search.beam,
            "deviceCount": len(devices),
            **({} if len(devices) == 1 else {"shard": settings.shard}),
        },
        build=build_facts(devices),
        kv_bytes_per_position=sum(block.cache_kv.nbytes() // block.config.max_context for block in blocks),
        weights=checkpoint.weights,
        notes=notes(checkpoint, steps, settings, device, kv_type, threads),
    )


def gpu_layers_of(checkpoint: Checkpoint, device: str) -> int:
    return 0 if device == "cpu" else len(checkpoint.transformer.blk)


def spins(device: str, threads: int) -> bool | None:
    """tinygrad's workers sleep on a semaphore, but on Windows, where they spin (runtime/ops_cpu.py). None where another
    device computes."""
    if device != "cpu":
        return None
    return threads > 1 and sys.platform == "win32"


def threads_note(computes: str, threads: int, asked: int) -> tuple[str, str]:
    """computes: what it does on so many threads"""
    advice = f"compare it with other frameworks at --threads {threads}"
    return "threads", f"tinygrad {computes} on {threads} CPU thread{'' if threads == 1 else 's'}, not {asked}: {advice}"


def notes(
    checkpoint: Checkpoint, steps: Steps, settings: Settings, device: str, kv_type: str, threads: int
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if device == "cpu" and settings.threads != threads:
        found.append(threads_note("computes", threads, settings.threads))
    if isinstance(settings.gpu_layers, int) and settings.gpu_layers != gpu_layers_of(checkpoint, device):
        ignored = f"--gpu-layers {settings.gpu_layers} was ignored"
        found.append(("gpu_layers_ignored", f"{ignored}: tinygrad puts all layers on one kind of device"))
    if settings.flash_attention == "on":
        found.append(("flash_attention", "tinygrad's model has no flash attention"))
    if steps.context_tokens < settings.context_tokens:
        trained = f"the model is trained for {steps.context_tokens} tokens"
        found.append(("context_shortened", f"{trained}, and tinygrad gives it no longer context"))
    scaling = checkpoint.metadata.get(f"{checkpoint.architecture}.rope.scaling.type", "none")
    if scaling != "none" and checkpoint.rope_factors is None:
        found.append(("rope_scaling", f"tinygrad's model does not apply the file's rope scaling ({scaling})"))
    if device == "rocm" and kernels_are_missing():
        lacks = f"this package of tinygrad lacks {MISSING_FROM_PACKAGE}, its kernels for AMD's RDNA3"
        found.append(("kernels_missing", lacks))
    if kv_type == ROUNDED:
        found.append(("kv_type", "tinygrad rounds keys and values to f16 before it stores them"))
    return found
