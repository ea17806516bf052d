"""Portable device names and tinygrad's own."""

from __future__ import annotations

#: Portable name -> tinygrad's, the preferred one first. NV drives the card without CUDA's library, CUDA through it.
BACKENDS: dict[str, tuple[str, ...]] = {
    "cpu": ("CPU",),
    "cuda": ("CUDA", "NV"),
    "rocm": ("AMD",),
    "metal": ("METAL",),
    "opencl": ("CL",),
    "webgpu": ("WEBGPU",),
}


def portable_name(backend: str) -> str:
    """'cuda' of 'NV:1'; a backend without a portable name keeps its own, in lower case."""
    own = backend.split(":")[0].upper()
    for name, backends in BACKENDS.items():
        if own in backends:
            return name
    return own.lower()


def nth(backend: str, index: int) -> str:
    """'CPU:1'; the first has no number, as tinygrad writes it."""
    return backend if index == 0 else f"{backend}:{index}"
