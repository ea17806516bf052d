"""Models that are not built here: Hugging Face transformers loads the same GGUF file, where it is installed."""

from __future__ import annotations

import os
from typing import Any, Iterable

import torch
from torch import Tensor

from engine.python.contract import MISSING, USAGE, ResidentWeights, Settings, UserError
from frameworks.gguf.file import GgufFile
from frameworks.pytorch.weights.precision import FLOATS, Precision, bytes_of, kv_type_of


class TransformersModel:
    """A SequenceModel over transformers' own modules and cache."""

    def __init__(self, model: Any, new_cache: Any, device: torch.device):
        self._forward = model
        self._new_cache = new_cache
        self._cache = new_cache()
        self.device = device
        self.cache_dtype = model.dtype
        self._kept = 0

    def next(self, token: int, position: int) -> Tensor:
        return self._evaluate([token], position, 1)[-1]

    def prefill(self, tokens: list[int], start: int) -> Tensor:
        return self._evaluate(tokens, start, 1)[-1]

    def all_logits(self, tokens: list[int], start: int) -> Tensor:
        return self._evaluate(tokens, start, 0)

    def compile(self) -> None:
        """Refused when it was loaded."""

    def cache_bytes(self) -> int:
        """The part that is in use: this cache grows."""
        tensors = [
            tensor for layer in self._cache.layers for tensor in (layer.keys, layer.values) if tensor is not None
        ]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    def _evaluate(self, tokens: list[int], start: int, logits_to_keep: int) -> Tensor:
        """(rows, vocabulary); logits_to_keep: of the last rows, 0 for all"""
        if start == 0:
            self._cache = self._new_cache()
        elif start < self._kept:
            self._cache.crop(start)
        self._kept = start + len(tokens)
        ids = torch.tensor([tokens], device=self.device)
        answer = self._forward(
            input_ids=ids, past_key_values=self._cache, use_cache=True, logits_to_keep=logits_to_keep, return_dict=True
        )
        return answer.logits[0]


def load_with_transformers(
    file: GgufFile,
    settings: Settings,
    precision: Precision,
    cache_dtype: torch.dtype,
    device: torch.device,
    built_here: Iterable[str],
) -> tuple[TransformersModel, ResidentWeights, int, str]:
    """The model, its weights, their bytes and the version of transformers.

    Raises UserError where transformers is missing, does not know the model or does not support the settings.
    """
    architecture = file.text("general.architecture")
    unknown = f'{file.path}: the architecture "{architecture}" is none of {", ".join(built_here)}'
    try:
        import transformers
    except ImportError as error:
        raise UserError(
            f"{unknown}, and transformers is not installed",
            "Name a Python that has torch, transformers, gguf and accelerate with --python PATH, or choose another model.",
            MISSING,
        ) from error
    refuse(settings, precision, cache_dtype)
    if len(file.parts) > 1:
        raise UserError(
            f"{unknown}, and transformers reads one file, not the {len(file.parts)} parts of a split model",
            f"Make one of them: `llama-gguf-split --merge {file.path} WHOLE.gguf`.",
            USAGE,
        )
    folder, name = os.path.split(os.path.abspath(file.path))
    transformers.utils.logging.disable_progress_bar()
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=name)
    except (ImportError, OSError, ValueError, RuntimeError) as error:
        said = " ".join(str(error).split())[:200]
        raise UserError(
            f"{unknown}, and transformers {transformers.__version__} does not load it: {said}",
            "Install `gguf`, `accelerate` and a newer transformers, or choose another model.",
            MISSING,
        ) from error
    model = model.to(device=device, dtype=precision.compute).eval()
    weights, weights_bytes = resident(model, precision)
    return TransformersModel(model, transformers.DynamicCache, device), weights, weights_bytes, transformers.__version__


def resident(model: Any, precision: Precision) -> tuple[ResidentWeights, int]:
    """All weights, and their bytes; a token reads one row of an embedding that is not the output matrix too."""
    size = bytes_of(precision.compute)
    elements = sum(weight.numel() for weight in model.parameters())
    table = model.get_input_embeddings().weight
    tied = model.get_output_embeddings().weight.data_ptr() == table.data_ptr()
    read = elements if tied else elements - table.numel() + table.shape[1]
    return ResidentWeights(precision.name, 8.0 * size, read * size), elements * size


def refuse(settings: Settings, precision: Precision, cache_dtype: torch.dtype) -> None:
    """Raises UserError for settings that only the networks built here support."""
    only = "is not available for models that run through transformers"
    if precision.name not in FLOATS:
        raise UserError(f"--precision {precision.name} {only}", f"Choose {', '.join(FLOATS)}.", USAGE)
    if cache_dtype != precision.compute:
        kept = kv_type_of(precision.compute)
        raise UserError(f"--kv-type {kv_type_of(cache_dtype)} {only}", f"Choose auto or {kept}.", USAGE)
    if settings.compile:
        raise UserError(f"--compile {only}", "Leave it out.", USAGE)
    if settings.device_count > 1:
        raise UserError(f"--device-count {settings.device_count} {only}", "Leave it out.", USAGE)
