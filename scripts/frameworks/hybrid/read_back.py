"""What came of the two together: PyTorch's settings, and tinygrad's on top of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.python.contract import Effective
from frameworks.hybrid.network import HybridNetwork
from frameworks.tinygrad import availability
from frameworks.tinygrad.build import build_facts

if TYPE_CHECKING:
    from frameworks.hybrid.loading import TinygradSide


def read_back(torch_side: Effective, network: HybridNetwork, side: TinygradSide | None) -> Effective:
    if side is None:
        reason = network.fallback_reason
        return replace(
            torch_side,
            settings={**torch_side.settings, "compile": False, "decode": "pytorch"},
            build={**torch_side.build, "tinygrad": availability.release()},
            comparable=False,
            notes=[*torch_side.notes, ("fallback", f"PyTorch decodes, because tinygrad's step does not: {reason}")],
        )
    copies = (
        [] if side.not_shared is None else [("memory_copied", f"weights and KV cache are copied: {side.not_shared}")]
    )
    return replace(
        torch_side,
        settings={**torch_side.settings, "compile": True, "decode": "tinygrad"},
        build={
            **torch_side.build,
            **build_facts((side.backend,)),
            "memory": "shared" if side.not_shared is None else "copied",
        },
        notes=[*torch_side.notes, *copies],
    )
