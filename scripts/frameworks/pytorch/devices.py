"""The devices that torch can compute on here, how to wait for them, and which of them has which part of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

import torch

from engine.python.contract import MISSING, USAGE, UserError
from engine.python.processor import processor_name

if TYPE_CHECKING:
    from frameworks.gguf.hyperparameters import Hyperparameters

#: torch calls AMD's devices cuda too; a build for them says so.
GPU_KIND = "rocm" if torch.version.hip else "cuda"
KINDS = ("cpu", "cuda", "rocm", "mps")


def has_mps() -> bool:
    return hasattr(torch.backends, "mps") and torch.backends.mps.is_available()


def available() -> list[tuple[str, str]]:
    """(kind, name) of every device."""
    found = [("cpu", processor_name())]
    if torch.cuda.is_available():
        found += [(GPU_KIND, torch.cuda.get_device_name(index)) for index in range(torch.cuda.device_count())]
    if has_mps():
        found.append(("mps", f"{processor_name()} GPU"))
    return found


def choose(kind: str, count: int) -> tuple[str, list[torch.device]]:
    """The kind in use and `count` devices of it. 'auto' prefers a GPU. Raises UserError when there are fewer."""
    kinds = [kind for kind, _ in available()]
    if kind == "auto":
        kind = next((gpu for gpu in ("cuda", "rocm", "mps") if gpu in kinds), "cpu")
    if kind not in KINDS:
        raise UserError(f'PyTorch has no device "{kind}"', f"Devices: auto, {', '.join(KINDS)}.", USAGE)
    here = kinds.count(kind)
    if here == 0:
        raise UserError(
            f"torch {torch.__version__} finds no {kind} device here",
            "Install a torch built for it and the driver, or choose --device cpu.",
            MISSING,
        )
    if count > here:
        raise UserError(
            f"--device-count {count}, and torch finds {here} {kind} device{'s' if here > 1 else ''} here",
            f"Choose --device-count {here} or less.",
            USAGE,
        )
    return kind, [device_at(kind, index) for index in range(count)]


def device_at(kind: str, index: int) -> torch.device:
    return torch.device("cuda", index) if kind in ("cuda", "rocm") else torch.device(kind)


def name_of(kind: str) -> str:
    return next(name for found, name in available() if found == kind)


def waiting_for(devices: list[torch.device]) -> Callable[[], None]:
    """A function that returns when everything handed to the devices is done; on a CPU nothing is ever pending."""
    if devices[0].type == "cuda":
        return lambda: [torch.cuda.synchronize(device) for device in devices] and None
    if devices[0].type == "mps":
        return torch.mps.synchronize
    return lambda: None


def allocated_bytes(devices: list[torch.device]) -> int | None:
    """The memory that torch's allocator holds for tensors on the devices; None on a CPU, where it does not count."""
    if devices[0].type == "cuda":
        return sum(torch.cuda.memory_allocated(device) for device in devices)
    if devices[0].type == "mps":
        return torch.mps.current_allocated_memory()
    return None


def allocator_counters(devices: list[torch.device]) -> dict[str, int]:
    """Bytes, all devices together; nothing on a CPU."""
    if devices[0].type != "cuda":
        return {}
    return {
        "peakAllocatedBytes": sum(torch.cuda.max_memory_allocated(device) for device in devices),
        "reservedBytes": sum(torch.cuda.memory_reserved(device) for device in devices),
    }


@dataclass(frozen=True)
class Placement:
    devices: list[torch.device]
    #: For each layer the devices that share it; the residual stream is on the first.
    layers: list[list[torch.device]]

    @property
    def first(self) -> torch.device:
        """The device of the embedding."""
        return self.layers[0][0]

    @property
    def last(self) -> torch.device:
        """The device of the output matrix."""
        return self.layers[-1][0]


def place(shape: Hyperparameters, devices: list[torch.device], axis: str) -> Placement:
    """axis 'layers': consecutive layers on each device; 'heads': a part of every layer on each. Raises UserError."""
    count = len(devices)
    if axis == "heads":
        if count > shape.kv_heads:
            raise UserError(
                f"{shape.kv_heads} heads of keys and values cannot be spread over {count} devices",
                f"Choose --device-count {shape.kv_heads} or less, or --shard layers.",
                USAGE,
            )
        return Placement(devices, [devices] * shape.layers)
    if count > shape.layers:
        raise UserError(
            f"{shape.layers} layers cannot be spread over {count} devices",
            f"Choose --device-count {shape.layers} or less.",
            USAGE,
        )
    return Placement(devices, [[devices[layer * count // shape.layers]] for layer in range(shape.layers)])


def parts(total: int, count: int) -> list[tuple[int, int]]:
    """Divides `total` into `count` runs that differ by one at most: (start, stop) of each."""
    return [(total * part // count, total * (part + 1) // count) for part in range(count)]
