"""PyTorch as a framework of the suite: what scripts/engine/python/contract.py asks for.

    engine                                     probe and load
    loading, read_back                         from a file and settings to a model, and what really runs
    weights/gguf, dequantize, hyperparameters  reading the file
    architectures, builder, placement          building the network on its devices
    network, attention                         evaluating it
    weights/precision, matrix, low_bit         weights in memory and their products
    model                                      generating, measuring, scoring
    transformers_path                          the other architectures
    ceilings                                   what a device does at best
    baselines                                  plain torch to compare the engine with
"""

from __future__ import annotations

import importlib.util
from typing import Any

from engine.python.contract import LoadRequest, Model, one_line


def probe() -> dict[str, Any]:
    """Never raises: the answer says what is wrong."""
    try:
        import torch

        from frameworks.pytorch import devices

        found = [{"kind": kind, "name": name} for kind, name in devices.available()]
        here = {"status": "available", "version": f"PyTorch {torch.__version__}", "devices": found}
        if importlib.util.find_spec("transformers") is not None:
            return here
        from frameworks.pytorch.architectures import ARCHITECTURES

        return {**here, "architectures": list(ARCHITECTURES)}
    except Exception as error:
        return {
            "status": "missing",
            "reason": f"torch does not start: {one_line(error)}",
            "remedy": "Install torch again (`apt install python3-torch python3-numpy libopenblas0-pthread`, or "
            "`uv pip install torch==2.13.0 numpy`), or name another Python with --python.",
        }


def ceilings(device: str, threads: int) -> list[dict[str, Any]]:
    from frameworks.pytorch.ceilings import device_ceilings

    return device_ceilings(device, threads)


def load(request: LoadRequest) -> Model:
    from frameworks.pytorch.loading import load_model

    return load_model(request)
