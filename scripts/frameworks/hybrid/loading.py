"""PyTorch loads, then tinygrad gets the same memory and compiles its step; what came of it is read back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch

from engine.python.contract import LoadRequest
from frameworks.hybrid.bridge import Bridge, proof
from frameworks.hybrid.decode_step import DecodeStep
from frameworks.hybrid.inside_pytorch import tensors_of
from frameworks.hybrid.model import HybridModel
from frameworks.hybrid.network import HybridNetwork
from frameworks.hybrid.read_back import read_back
from frameworks.pytorch.loading import load_model as load_torch_model
from frameworks.tinygrad.compiler_processes import end_compiler_processes
from frameworks.tinygrad.kernel_cache import KernelCacheWatch, cache_file

#: A function is run as it is the first time, captured the second time, and from then on replayed.
CALLS_UNTIL_REPLAYED = 3
#: tinygrad's backend for torch's kind of device.
BACKENDS = {"cpu": "CPU", "cuda": "CUDA"}


@dataclass(frozen=True)
class TinygradSide:
    backend: str
    bridge: Bridge
    step: DecodeStep
    kernels: KernelCacheWatch
    #: Why memory is copied; None: it is shared.
    not_shared: str | None


def load_model(request: LoadRequest) -> HybridModel:
    # `--compile` would have torch compile what tinygrad runs.
    inner = load_torch_model(replace(request, settings=replace(request.settings, compile=False)))
    network = HybridNetwork(inner.network)
    side = None
    with request.span("jit_compilation"):
        try:
            side = compiled_step(inner.network, inner.effective.device)
            network.decode_with(side.step)
        except Exception as error:  # whatever tinygrad throws, PyTorch decodes
            network.fall_back(error)
    inner.network = network
    return HybridModel(inner, network, side, read_back(inner.effective, network, side))


def compiled_step(decoder: Any, device: str) -> TinygradSide:
    """Raises whatever is in the way."""
    if device not in BACKENDS:
        raise LookupError(f"tinygrad has no way to torch's memory on {device}")
    backend = BACKENDS[device]
    kernels = KernelCacheWatch(cache_file())
    with torch.inference_mode():
        tensors = tensors_of(decoder)
        not_shared = proof(backend, decoder.device)
        bridge = Bridge(backend, share=not_shared is None)
        step = DecodeStep(tensors, bridge, backend, torch.empty(len(tensors.output), device=decoder.device))
        # What this leaves in the cache lies where the next prompt writes.
        for position in range(CALLS_UNTIL_REPLAYED):
            step.logits(0, position)
    end_compiler_processes()
    return TinygradSide(backend, bridge, step, kernels, not_shared)
