"""PyTorch and tinygrad together, in the engine process: `probe` and `load` of scripts/engine/python/contract.py."""

from __future__ import annotations

from typing import Any

from engine.python.contract import LoadRequest


def probe() -> dict[str, Any]:
    """Missing where either framework is, with its reason; otherwise the devices of both. Never raises."""
    from frameworks.pytorch import engine as pytorch
    from frameworks.tinygrad import engine as tinygrad

    torch_side, tinygrad_side = pytorch.probe(), tinygrad.probe()
    for side in (torch_side, tinygrad_side):
        if side["status"] != "available":
            return side
    kinds = {device["kind"] for device in tinygrad_side["devices"]}
    return {
        "status": "available",
        "version": f"{torch_side['version']} with tinygrad {tinygrad_side['version']}",
        "devices": [device for device in torch_side["devices"] if device["kind"] in kinds],
    }


def load(request: LoadRequest) -> Any:
    from frameworks.hybrid.loading import load_model

    return load_model(request)
