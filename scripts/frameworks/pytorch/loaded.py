"""A network on its devices, and what became of the settings on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.python.contract import ResidentWeights
from frameworks.pytorch.sequence_model import SequenceModel


@dataclass(frozen=True)
class Loaded:
    network: SequenceModel
    weights: ResidentWeights
    weights_bytes: int
    #: 'plain', or the version of transformers
    path: str
    #: None: left to transformers.
    fused_attention: bool | None
    notes: list[tuple[str, str]] = field(default_factory=list)
