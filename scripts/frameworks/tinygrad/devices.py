"""tinygrad's devices: portable names and its own, and which of them really compute."""

from __future__ import annotations

import os
import shutil
from typing import Any

from engine.python.contract import MISSING, USAGE, UserError, one_line
from engine.python.processor import processor_name

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


COMPILER = "Install clang (Debian, Ubuntu: `apt install clang`; macOS: `xcode-select --install`) or set CC to one."


def opened_devices() -> tuple[list[dict[str, str]], list[str]]:
    """Devices on which a kernel ran, and why the CPU is not among them, if it is not."""
    devices: list[dict[str, str]] = []
    reasons: list[str] = []
    for name, backends in BACKENDS.items():
        for backend in backends:
            try:
                compute(backend)
            except Exception as error:  # a device that is not there may fail in any way
                if name == "cpu":
                    reasons.append(f"{backend}: {one_line(error, 300)}")
                continue
            devices.append({"kind": name, "name": device_name(backend)})
            break
    return devices, reasons


def compute(backend: str) -> None:
    """Runs one kernel on it; raises where that fails, or where only the kernel cache hides that it would fail."""
    from tinygrad import Device, Tensor

    command = compiler_command(Device[backend].renderer)
    if command is not None and shutil.which(command) is None:
        raise FileNotFoundError(f"its compiler {command} is not on the PATH")
    total = (Tensor([1.0], device=backend).realize() + 1).item()
    if total != 2:
        raise RuntimeError(f"it computes 1 + 1 = {total}")


def compiler_command(renderer: Any) -> str | None:
    """The program that tinygrad's C backend starts for each kernel; None for backends that compile within the process."""
    return os.environ.get("CC", "clang") if type(renderer).__name__ == "ClangRenderer" else None


def device_name(backend: str) -> str:
    if portable_name(backend) == "cpu":
        return processor_name()
    from tinygrad import Device

    renderer = Device[backend].renderer
    target = getattr(getattr(renderer, "target", None), "arch", "") or getattr(renderer, "arch", "")
    return f"{backend} {target}".strip()


def usable_backend(device: str) -> str:
    """tinygrad's name of the requested device, after a kernel ran on it."""
    from tinygrad import Device

    reasons = []
    for backend in (Device.DEFAULT,) if device == "auto" else BACKENDS[device]:
        try:
            compute(backend)
            return backend.split(":")[0]
        except Exception as error:  # a device that is not there may fail in any way
            reasons.append(f"{backend}: {one_line(error, 300)}")
    remedy = COMPILER if device == "cpu" else "Choose another --device; see the devices of `probe`."
    raise UserError(f"tinygrad does not compute on {device}: {'; '.join(reasons)}", remedy, MISSING)


def usable_devices(backend: str, count: int) -> tuple[str, ...]:
    """The first `count` devices. tinygrad makes any number of CPU devices; they share the processor."""
    devices = tuple(nth(backend, index) for index in range(count))
    for device in devices[1:]:
        try:
            compute(device)
        except Exception as error:
            raise UserError(
                f"tinygrad does not open {device}: {one_line(error, 300)}", "Lower --device-count.", USAGE
            ) from error
    return devices
