"""What all layers need to know of the tokens that are evaluated together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Step:
    """Tokens at the positions start to stop."""

    start: int
    stop: int
    #: By device: the rotations of the positions; empty for learned positions.
    turns: dict[torch.device, Tensor]
    #: By device: what is added to the scores so that no token looks ahead, (tokens, stop); empty for one token.
    mask: dict[torch.device, Tensor]


def causal(start: int, stop: int, compute: torch.dtype, device: torch.device) -> Tensor:
    """(stop - start, stop): 0 where a token may look, at itself and what is before it; minus infinity elsewhere"""
    positions = torch.arange(stop, device=device)
    ahead = positions > positions[start:, None]
    return torch.zeros(ahead.shape, dtype=compute, device=device).masked_fill_(ahead, -math.inf)
