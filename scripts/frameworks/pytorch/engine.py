"""PyTorch as a framework of the suite: what scripts/engine/python/contract.py asks for.

    engine.py            probe and load
    loading.py           from a file and settings to a model
    gguf, dequantize, weight_reader, hyperparameters       reading the file
    llama, gpt2, builder, sharding                         building the network on its devices
    decoder, layer, attention, feed_forward, ...           evaluating it
    matrix, int8_rows, engine_int8, nf4_blocks             weights in memory and their products
    ceilings                                               what a device does at best
    transformers_path                                      the other architectures
    model, sampling                                        generating, measuring, scoring
"""

from __future__ import annotations

import importlib.util
from typing import Any

from engine.python.contract import LoadRequest, Model


def probe() -> dict[str, Any]:
    """Never raises: what is wrong is part of the answer."""
    try:
        import torch

        from frameworks.pytorch import devices

        found = [{"kind": kind, "name": name} for kind, name in devices.available()]
        here = {"status": "available", "version": f"PyTorch {torch.__version__}", "devices": found}
        if importlib.util.find_spec("transformers") is not None:
            return here
        from frameworks.pytorch.loading import ARCHITECTURES

        return {**here, "architectures": list(ARCHITECTURES)}
    except Exception as error:
        return {
            "status": "missing",
            "reason": f"torch does not start: {type(error).__name__}: {' '.join(str(error).split())}",
            "remedy": "Install torch again (`apt install python3-torch python3-numpy libopenblas0-pthread`, or "
            "`uv pip install torch==2.13.0 numpy`), or name another Python with --python.",
        }


def ceilings(device: str, threads: int) -> list[dict[str, Any]]:
    from frameworks.pytorch.ceilings import device_ceilings

    return device_ceilings(device, threads)


def load(request: LoadRequest) -> Model:
    from frameworks.pytorch.loading import load_model

    return load_model(request)
