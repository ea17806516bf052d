"""Records what torch really runs: the name of each operator, and the formats and sizes of what it returns."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.utils._python_dispatch import TorchDispatchMode


@dataclass(frozen=True)
class Call:
    #: 'aten.mv', 'mkldnn._linear_pointwise'
    name: str
    inputs: list[torch.Tensor]
    outputs: list[torch.Tensor]


class Recorded(TorchDispatchMode):
    """Within it, `calls` grows: operators that consist of others are taken apart, and views of tensors are among them."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    def __torch_dispatch__(self, operator, types, arguments=(), options=None):
        with self:
            result = operator.decompose(*arguments, **(options or {}))
        if result is not NotImplemented:
            return result
        result = operator(*arguments, **(options or {}))
        name = ".".join(str(operator).split(".")[:2])
        self.calls.append(Call(name, tensors(arguments), tensors(result)))
        return result

    def names(self) -> set[str]:
        return {call.name for call in self.calls}


def tensors(value) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    return [tensor for each in value for tensor in tensors(each)] if isinstance(value, (tuple, list)) else []


def records() -> bool:
    """Whether this torch shows the operators within inference mode."""
    try:
        with torch.inference_mode(), Recorded() as recorded:
            torch.ones(2) @ torch.ones(2)
        return "aten.dot" in recorded.names()
    except (RuntimeError, AttributeError):
        return False
