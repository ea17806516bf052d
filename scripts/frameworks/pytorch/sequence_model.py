"""What generation needs of a network: the plain decoder has it, and the one that transformers loads."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor


class SequenceModel(Protocol):
    """Evaluates one sequence whose keys and values it keeps; what lies at a position and after it is written anew."""

    #: Where logits are.
    device: torch.device
    #: Of keys and values.
    cache_dtype: torch.dtype

    def next(self, token: int, position: int) -> Tensor:
        """Logits after one token at a position, (vocabulary,)."""

    def prefill(self, tokens: list[int], start: int) -> Tensor:
        """Logits after the last of several tokens from position `start` on, (vocabulary,)."""

    def all_logits(self, tokens: list[int], start: int) -> Tensor:
        """Logits after each token, (tokens, vocabulary)."""

    def compile(self) -> None:
        """Single tokens go through torch.compile from now on; the next calls compile."""

    def cache_bytes(self) -> int:
        """What keys and values take."""
