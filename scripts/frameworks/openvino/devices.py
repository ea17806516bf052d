"""OpenVINO's devices: portable names and its own."""

from __future__ import annotations

import openvino as ov

from engine.python.contract import USAGE, UserError
from engine.python.processor import processor_name

#: Portable name -> OpenVINO's.
DEVICES = {"cpu": "CPU", "gpu": "GPU", "npu": "NPU"}


def available(core: ov.Core) -> list[tuple[str, str]]:
    """Portable name and full name of what OpenVINO finds here; of several GPUs the first."""
    here = {name.split(".")[0] for name in core.available_devices}
    return [(kind, full_name(core, own)) for kind, own in DEVICES.items() if own in here]


def full_name(core: ov.Core, own: str) -> str:
    if own == "CPU":
        return processor_name()
    return str(core.get_property(own, "FULL_DEVICE_NAME"))


def choose(core: ov.Core, asked: str) -> str:
    """The portable name of the device that runs; 'auto' is the first. Raises UserError."""
    kinds = [kind for kind, _ in available(core)]
    if asked == "auto":
        return kinds[0]
    if asked not in kinds:
        raise UserError(f'OpenVINO finds no device "{asked}" here', f"Devices: auto, {', '.join(kinds)}.", USAGE)
    return asked
