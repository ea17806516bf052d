"""torch.compile: whether this torch has it, and compiling before anything is measured."""

from __future__ import annotations

import sys

import torch

from engine.python.contract import UserError
from frameworks.pytorch.sequence_model import SequenceModel


def require_compile() -> None:
    """Raises UserError."""
    if not hasattr(torch, "compile"):
        raise UserError(
            f"torch {torch.__version__} has no torch.compile",
            "Leave out --compile, or name a Python with torch 2.2 or later with --python (`uv pip install torch==2.13.0`).",
        )


def compile_network(network: SequenceModel) -> None:
    """Compiles for every kind of position: torch makes code for one, then for any, then for the first.

    Raises UserError where the compiler is missing or fails.
    """
    try:
        network.compile()
        network.prefill([0] * 4, 0)
        for position in (4, 5, 6, 0, 1, 2):
            network.next(0, position)
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise UserError(
            f"torch.compile failed: {type(error).__name__}: {said}",
            "On a CPU it needs a C++ compiler (`apt install g++`), on CUDA and ROCm Triton; or leave out --compile.",
        ) from error


def compiled_graphs() -> dict[str, int]:
    """How many graphs torch has compiled in this process; nothing where it never compiled."""
    dynamo = sys.modules.get("torch._dynamo.utils")
    return {} if dynamo is None else {"compiledGraphs": dynamo.counters["stats"]["unique_graphs"]}
