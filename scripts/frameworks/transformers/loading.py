"""Loads a folder of transformers, or a GGUF file with its own reader, and reads back the settings that run."""

from __future__ import annotations

import os
from typing import Any

import torch
import transformers

from engine.python.contract import MISSING, USAGE, Effective, LoadRequest, Settings, UserError, one_line
from engine.python.processor import thread_affinity
from frameworks.gguf.file import GgufFile, read_gguf
from frameworks.pytorch import devices as torch_devices
from frameworks.pytorch.model import Limits
from frameworks.pytorch.read_back import activations_of, build_facts, spins
from frameworks.pytorch.weights import precision as precisions
from frameworks.pytorch.weights.precision import FLOATS, Precision, bytes_of, kv_type_of
from frameworks.transformers.model import DYNAMIC, STATIC, GeneratingModel
from frameworks.transformers.network import TransformersNetwork, resident

#: The only file of weights in a folder.
WEIGHTS = "model.safetensors"

INSTALL = "Run `npx tsx scripts/frameworks.ts install transformers`"

UNAVAILABLE = "is not available for models that run through transformers"

#: Implementations of attention by --flash-attention; None: transformers chooses, sdpa where the model has it.
ATTENTION = {"auto": None, "on": "sdpa", "off": "eager"}


def load_model(request: LoadRequest) -> GeneratingModel:
    """Raises UserError for everything that a person can mend."""
    settings = request.settings
    torch.set_num_threads(settings.threads)
    kind, (device, *_) = torch_devices.choose(settings.device, 1)
    with request.span("model_load"):
        stored, stored_bits = stored_as(request.model_path)
        precision = resolve(settings.precision, device, stored)
        refuse(settings, precision)
        model = loaded(request.model_path, precision, device, ATTENTION[settings.flash_attention])
    require_positions(model, settings)
    cache_kind = settings.framework.get("transformersCache", DYNAMIC)
    network = TransformersNetwork(model, caches(model, cache_kind, settings.context_tokens), device)
    weights, weights_bytes = resident(model, precision.name)
    config = model.config.get_text_config(decoder=True)
    layers, attention = config.num_hidden_layers, config._attn_implementation
    effective = Effective(
        device=kind,
        device_name=torch_devices.name_of(kind),
        settings={
            "threads": torch.get_num_threads(),
            "contextTokens": settings.context_tokens,
            "batchTokens": settings.batch_tokens,
            "kvType": kv_type_of(model.dtype),
            "precision": precision.name,
            "gpuLayers": 0 if kind == "cpu" else layers,
            # Under sdpa, torch chooses a kernel for each call.
            "flashAttention": "off" if attention == "eager" else None,
            "activations": activations_of(precision, kind),
            "spinning": spins(kind),
            "affinity": thread_affinity(),
        },
        build={
            **build_facts(precision, kind, f"transformers {transformers.__version__}"),
            "attention": attention,
            "kvCache": cache_kind,
            "modelClass": type(model).__name__,
        },
        kv_bytes_per_position=kv_elements(config) * bytes_of(model.dtype),
        weights=weights,
        notes=[
            *dequantised(stored, stored_bits, precision),
            *notes(settings, kind, config, cache_kind),
        ],
    )
    limits = Limits(
        context_tokens=settings.context_tokens,
        batch_tokens=settings.batch_tokens,
        vocabulary=config.vocab_size,
        bos=config.bos_token_id if isinstance(config.bos_token_id, int) else None,
        end_of_sequence=request.end_of_sequence,
    )
    return GeneratingModel(network, effective, limits, weights_bytes, cache_kind)


def resolve(asked: str, device: torch.device, stored: str) -> Precision:
    """The number format of all weights and of the arithmetic. 'auto' is float32 on a CPU, and on a GPU that of the file.

    stored: the format of most of the file's weights
    Raises UserError.
    """
    automatic = {"f32": "float32", "bf16": "bfloat16"}.get(stored.lower(), "float16")
    name = asked if asked != "auto" else "float32" if device.type == "cpu" else automatic
    if name not in FLOATS:
        raise UserError(f"--precision {name} {UNAVAILABLE}", f"Choose auto, {', '.join(FLOATS)}.", USAGE)
    return Precision(name, precisions.usable(FLOATS[name], device))


def refuse(settings: Settings, precision: Precision) -> None:
    """Raises UserError for settings that only networks built by the PyTorch framework support."""
    kept = kv_type_of(precision.compute)
    if settings.kv_type not in ("auto", kept):
        remedy = f"Choose auto or {kept}: keys and values have the format of the arithmetic, {precision.name}."
        raise UserError(f"--kv-type {settings.kv_type} {UNAVAILABLE}", remedy, USAGE)
    if settings.compile:
        raise UserError(f"--compile {UNAVAILABLE}", "Leave it out.", USAGE)
    if settings.device_count > 1:
        raise UserError(f"--device-count {settings.device_count} {UNAVAILABLE}", "Leave it out.", USAGE)


def loaded(path: str, precision: Precision, device: torch.device, attention: str | None = None) -> Any:
    """A model of transformers, of a folder or of a GGUF file, on its device and ready to evaluate.

    attention: a name of transformers; None: its choice
    Raises UserError where transformers does not load it.
    """
    quiet = transformers.utils.logging
    quiet.disable_progress_bar()
    quiet.set_verbosity_error()
    if os.path.isdir(path):
        place: dict[str, Any] = {"pretrained_model_name_or_path": path}
        remedy = f"{INSTALL}, or choose another model."
    else:
        folder, name = os.path.split(os.path.abspath(require_whole(read_gguf(path))))
        place = {"pretrained_model_name_or_path": folder, "gguf_file": name}
        remedy = f"{INSTALL}, which brings gguf and accelerate, or choose another model."
    chosen = {} if attention is None else {"attn_implementation": attention}
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            **place, **chosen, dtype=precision.compute, local_files_only=True
        )
    except (ImportError, OSError, ValueError, RuntimeError) as error:
        raise UserError(
            f"transformers {transformers.__version__} does not load {path}: {one_line(error, 200)}", remedy, MISSING
        ) from error
    # What a model proposes, such as a temperature, would change the answers; ends and lengths come with each request.
    model.generation_config = transformers.GenerationConfig(pad_token_id=0)
    return model.to(device=device, dtype=precision.compute).eval()


def require_whole(file: GgufFile) -> str:
    """Path of a model in one file. Raises UserError for the parts of a split one."""
    if len(file.parts) > 1:
        raise UserError(
            f"{file.path}: transformers reads one file, not the {len(file.parts)} parts of a split model",
            f"Make one of them: `llama-gguf-split --merge {file.path} WHOLE.gguf`.",
            USAGE,
        )
    return file.path


def caches(model: Any, kind: str, context_tokens: int) -> Any:
    """A function that makes an empty cache; static ones, which `generate` makes for an answer, hold the whole context."""
    config = model.config.get_text_config(decoder=True)
    if kind == STATIC:
        return lambda: transformers.StaticCache(config=config, max_cache_len=context_tokens)
    return lambda: transformers.DynamicCache(config=config)


def require_positions(model: Any, settings: Settings) -> None:
    """Raises UserError for a context that a table of learned positions does not cover."""
    config = model.config.get_text_config(decoder=True)
    learned = getattr(config, "rope_parameters", None) is None and getattr(config, "alibi", False) is False
    if learned and settings.context_tokens > config.max_position_embeddings:
        raise UserError(
            f"--context {settings.context_tokens}, and the model has {config.max_position_embeddings} learned positions",
            f"Choose --context {config.max_position_embeddings} or less.",
            USAGE,
        )


def kv_elements(config: Any) -> int:
    """Numbers in the keys and values of one position, all layers together."""
    heads = config.num_attention_heads
    kv_heads = getattr(config, "num_key_value_heads", None) or heads
    head_size = getattr(config, "head_dim", None) or config.hidden_size // heads
    return 2 * config.num_hidden_layers * kv_heads * head_size


def dequantised(stored: str, bits: float, precision: Precision) -> list[tuple[str, str]]:
    """bits: of a weight in the file"""
    if bits >= 8 * bytes_of(precision.compute):
        return []
    lies = f"weights of {stored} lie in memory as {precision.name}, and each costs the memory traffic of that"
    return [("dequantised_at_load", lies)]


def notes(settings: Settings, kind: str, config: Any, cache_kind: str) -> list[tuple[str, str]]:
    found = []
    if cache_kind == STATIC:
        fresh = "generate makes a static cache for each answer, so every prompt is evaluated as a whole in chat too"
        found.append(("no_prefix_cache", fresh))
    if isinstance(settings.gpu_layers, int):
        layers = config.num_hidden_layers
        if kind == "cpu" and settings.gpu_layers > 0:
            found.append(("gpu_layers_ignored", f"--gpu-layers {settings.gpu_layers} was ignored: no GPU in use"))
        if kind != "cpu" and settings.gpu_layers < layers:
            found.append(("gpu_layers_ignored", f"all {layers} layers are on the {kind} device"))
    if settings.context_tokens > config.max_position_embeddings:
        trained = f"longer than the {config.max_position_embeddings} the model was trained for"
        found.append(("context_beyond_training", f"the context of {settings.context_tokens} tokens is {trained}"))
    return found


def stored_as(path: str) -> tuple[str, float]:
    """The format of the weights in the model file, and bits of one."""
    if os.path.isdir(path):
        from safetensors import safe_open

        with safe_open(os.path.join(path, WEIGHTS), framework="pt") as file:
            metadata = file.metadata()
        return metadata["tokenlap.quantization"], float(metadata["tokenlap.bits_per_weight"])
    main = precisions.main_type(read_gguf(path))
    return main.name, main.bits
