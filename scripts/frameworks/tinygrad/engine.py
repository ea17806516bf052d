"""tinygrad in the engine process: `probe` and `load` of scripts/engine/python/contract.py."""

from __future__ import annotations

from typing import Any

from engine.python.contract import LoadRequest

from frameworks.tinygrad import availability


def probe() -> dict[str, Any]:
    return availability.probe()


def load(request: LoadRequest) -> Any:
    from frameworks.tinygrad.loading import load_model

    return load_model(request)
