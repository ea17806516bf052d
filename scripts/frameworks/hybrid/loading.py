"""PyTorch loads, then tinygrad gets the same memory and compiles its step; the settings that run are read back."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any

import torch

from engine.python.contract import Effective, LoadRequest
from frameworks.hybrid.bridge import Bridge, proof
from frameworks.hybrid.decode_step import DecodeStep
from frameworks.hybrid.inside_pytorch import tensors_of
from frameworks.hybrid.model import HybridModel, HybridNetwork
from frameworks.pytorch.loading import load_model as load_torch_model
from frameworks.tinygrad.counters import KernelCacheWatch, cache_file
from frameworks.tinygrad.loading import computing_threads, threads_note
from frameworks.tinygrad.package import build_facts, release
from frameworks.tinygrad.search import KernelSearch
from frameworks.tinygrad.steps import CALLS_UNTIL_REPLAYED, end_compiler_processes

#: tinygrad's backend for torch's kind of device.
BACKENDS = {"cpu": "CPU", "cuda": "CUDA"}


@dataclass(frozen=True)
class TinygradSide:
    """What tinygrad brings: its step, the bridge to torch's memory, and its counters."""

    backend: str
    bridge: Bridge
    step: DecodeStep
    kernels: KernelCacheWatch
    search: KernelSearch
    #: On which a step computes.
    threads: int
    #: Why memory is copied; None: it is shared.
    not_shared: str | None


def load_model(request: LoadRequest) -> HybridModel:
    # `--compile` would have torch compile what tinygrad runs.
    inner = load_torch_model(replace(request, settings=request.settings.but(compile=False)), packed=False)
    network = HybridNetwork(inner.network)
    side = None
    search = KernelSearch(request)
    with search.compiling():
        try:
            side = compiled_step(inner.network, inner.effective.device, search)
            network.decode_with(side.step)
        except Exception as error:  # whatever tinygrad throws, PyTorch decodes
            network.fall_back(error)
    inner.network = network
    return HybridModel(inner, network, side, read_back(inner.effective, network, side))


def compiled_step(decoder: Any, device: str, search: KernelSearch) -> TinygradSide:
    """Raises whatever tinygrad raises, and NotShareable."""
    if device not in BACKENDS:
        raise LookupError(f"tinygrad cannot reach torch's memory on {device}")
    backend = BACKENDS[device]
    kernels = KernelCacheWatch(cache_file())
    threads_before = set(threading.enumerate())
    with torch.inference_mode():
        tensors = tensors_of(decoder)
        not_shared = proof(backend, decoder.device)
        bridge = Bridge(backend, share=not_shared is None)
        step = DecodeStep(tensors, bridge, backend, torch.empty(len(tensors.output), device=decoder.device))
        # What this leaves in the cache lies where the next prompt writes.
        for position in range(CALLS_UNTIL_REPLAYED):
            step.logits(0, position)
    end_compiler_processes()
    return TinygradSide(backend, bridge, step, kernels, search, computing_threads(threads_before), not_shared)


def read_back(torch_side: Effective, network: HybridNetwork, side: TinygradSide | None) -> Effective:
    """PyTorch's settings, with those of tinygrad on top of them."""
    if side is None:
        reason = network.fallback_reason
        return replace(
            torch_side,
            settings={**torch_side.settings, "compile": False, "decode": "pytorch"},
            build={**torch_side.build, "tinygrad": release()},
            comparable=False,
            notes=[*torch_side.notes, ("fallback", f"PyTorch decodes, because tinygrad's step does not: {reason}")],
        )
    why = side.not_shared
    notes = [] if why is None else [("memory_copied", f"weights and KV cache are copied: {why}")]
    threads = torch_side.settings["threads"]
    if torch_side.device == "cpu" and threads != side.threads:
        notes.append(threads_note("decodes", side.threads, threads))
    return replace(
        torch_side,
        settings={**torch_side.settings, "compile": True, "beam": side.search.beam, "decode": "tinygrad"},
        build={
            **torch_side.build,
            **build_facts((side.backend,)),
            "memory": "shared" if why is None else "copied",
        },
        notes=[*torch_side.notes, *notes],
    )
