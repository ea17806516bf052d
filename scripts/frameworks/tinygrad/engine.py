"""tinygrad in the engine process: `probe` and `load` of scripts/engine/python/contract.py."""

from __future__ import annotations

import platform
import sys
from typing import Any

from engine.python.contract import LoadRequest, one_line
from frameworks.tinygrad.devices import COMPILER, opened_devices
from frameworks.tinygrad.package import checkout_commit, import_model, is_too_old, release, version
from frameworks.tinygrad.search import asked_beam

OLDEST_PYTHON = (3, 11)

INSTALL = "Run `npx tsx scripts/frameworks.ts install tinygrad`, or name a source checkout with --python-path DIR."


def probe() -> dict[str, Any]:
    """Returns an `Availability` of scripts/frameworks/framework.ts; never raises."""
    if sys.version_info < OLDEST_PYTHON:
        return missing(
            f"tinygrad needs Python 3.11 or newer; {sys.executable} is {platform.python_version()}",
            INSTALL,
        )
    try:
        if checkout_commit() is None and is_too_old(release()):
            return missing(f"tinygrad {release()} is older than 0.14", INSTALL)
        import_model()
        asked_beam()
    except Exception as error:  # whatever a broken installation throws is the reason
        return missing(f"tinygrad does not import: {one_line(error, 300)}", INSTALL)
    devices, reasons = opened_devices()
    if not devices:
        return missing(f"tinygrad {version()} opens no device: {'; '.join(reasons)}", COMPILER)
    return {"status": "available", "version": version(), "devices": devices}


def missing(reason: str, remedy: str) -> dict[str, Any]:
    return {"status": "missing", "reason": reason, "remedy": remedy}


def load(request: LoadRequest) -> Any:
    from frameworks.tinygrad.loading import load_model

    return load_model(request)
