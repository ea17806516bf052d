"""Which library multiplies matrices on the CPU."""

from __future__ import annotations

import re

import torch

REFERENCE = "reference"


def blas_library() -> str | None:
    """'mkl', 'openblas', ..., or REFERENCE, which is slow; None where the system does not tell."""
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
