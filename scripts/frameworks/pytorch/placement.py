"""The devices of a model's parts, where there are several devices."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine.python.contract import USAGE, UserError
from frameworks.pytorch.weights.hyperparameters import Hyperparameters


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
