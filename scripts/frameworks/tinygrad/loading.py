"""Brings a model onto its devices, has it compiled, and reads back what came of the settings."""

from __future__ import annotations

import threading
from pathlib import Path

from engine.python.contract import MISSING, USAGE, LoadRequest, Settings, UserError

from frameworks.tinygrad.availability import COMPILER, compute, one_line
from frameworks.tinygrad.checkpoint import Checkpoint, read_checkpoint
from frameworks.tinygrad.compiler_processes import end_compiler_processes
from frameworks.tinygrad.devices import BACKENDS, nth
from frameworks.tinygrad.kernel_cache import KernelCacheWatch, cache_file
from frameworks.tinygrad.kv_cache import holds_halves, prepare_cache
from frameworks.tinygrad.model import TinygradModel
from frameworks.tinygrad.placement import require_splittable, split_heads, spread_layers
from frameworks.tinygrad.read_back import ROUNDED, read_back
from frameworks.tinygrad.spread_steps import LayeredSteps, SplitSteps
from frameworks.tinygrad.steps import Steps


def load_model(request: LoadRequest) -> TinygradModel:
    settings = request.settings
    require_splittable(settings)
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
    model = TinygradModel(checkpoint, steps, request.end_of_sequence, kernels)
    with request.span("jit_compilation"):
        filled = model.warm_up()
        if kv_type == "f32" and holds_halves(checkpoint.transformer, filled):
            kv_type = ROUNDED
        end_compiler_processes()
    request.progress(1)
    threads = computing_threads(threads_before)
    model.effective = read_back(checkpoint, steps, settings, devices, kv_type, threads)
    return model


def usable_backend(device: str) -> str:
    """tinygrad's name of the device asked for, after a kernel ran on it."""
    from tinygrad import Device

    reasons = []
    for backend in (Device.DEFAULT,) if device == "auto" else BACKENDS[device]:
        try:
            compute(backend)
            return backend.split(":")[0]
        except Exception as error:  # a device that is not there may fail in any way
            reasons.append(f"{backend}: {one_line(error)}")
    remedy = COMPILER if device == "cpu" else "Choose another --device; see the devices of `probe`."
    raise UserError(f"tinygrad does not compute on {device}: {'; '.join(reasons)}", remedy, MISSING)


def usable_devices(backend: str, count: int) -> tuple[str, ...]:
    """Of the CPU tinygrad makes as many devices as it is asked for; they share the processor."""
    devices = tuple(nth(backend, index) for index in range(count))
    for device in devices[1:]:
        try:
            compute(device)
        except Exception as error:
            raise UserError(
                f"tinygrad does not open {device}: {one_line(error)}", "Lower --device-count.", USAGE
            ) from error
    return devices


def place(checkpoint: Checkpoint, settings: Settings, devices: tuple[str, ...]) -> tuple[Steps, str]:
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
