"""Hugging Face transformers as a framework of the suite: what scripts/engine/python/contract.py asks for.

    engine     probe and load
    loading    from a folder or a GGUF file and settings to a model, and what really runs
    network    its modules and cache as a SequenceModel of frameworks/pytorch/network.py
    model      answers by `generate`; everything else is evaluated as PyTorch's networks are
"""

from __future__ import annotations

from typing import Any

from engine.python.contract import LoadRequest, Model, one_line

REMEDY = "Run `npx tsx scripts/frameworks.ts install transformers`, or name another Python with --python PATH."


def probe() -> dict[str, Any]:
    """Never raises: the answer says what is wrong."""
    try:
        import torch
        import transformers

        from frameworks.pytorch import devices

        # Importing transformers succeeds without a torch that it accepts; its models are then missing.
        transformers.AutoModelForCausalLM.from_pretrained
        found = [{"kind": kind, "name": name} for kind, name in devices.available() if kind != "mps"]
        return {
            "status": "available",
            "version": f"transformers {transformers.__version__} on PyTorch {torch.__version__}",
            "devices": found,
        }
    except Exception as error:
        return {"status": "missing", "reason": f"transformers does not start: {one_line(error)}", "remedy": REMEDY}


def load(request: LoadRequest) -> Model:
    from frameworks.transformers.loading import load_model

    return load_model(request)
