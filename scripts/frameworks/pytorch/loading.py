"""Loads a model file with the requested settings, and reads back what was really done."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Callable, Iterator

import torch

from engine.python.contract import MISSING, LoadRequest, Settings, UserError, one_line
from frameworks.pytorch import devices as torch_devices
from frameworks.pytorch.architectures import ARCHITECTURES
from frameworks.pytorch.attention import AttentionChoice, fused_kernel, fused_kernels
from frameworks.pytorch.builder import Builder
from frameworks.pytorch.model import Limits, TorchModel
from frameworks.pytorch.network import SequenceModel
from frameworks.pytorch.devices import place
from frameworks.pytorch.read_back import Loaded, read_back
from frameworks.pytorch.weights import precision as precisions
from frameworks.gguf.file import GgufFile, read_gguf
from frameworks.gguf.hyperparameters import Hyperparameters, read_hyperparameters
from frameworks.pytorch.weights.reader import WeightReader
from frameworks.pytorch.weights.precision import Precision


def load_model(request: LoadRequest, packed: bool = True) -> TorchModel:
    """Raises UserError for everything that a person can mend.

    packed: matrices may lie in layouts of their own; False where somebody else reads them
    """
    settings = request.settings
    if settings.compile:
        require_compile()
    torch.set_num_threads(settings.threads)
    kind, devices = torch_devices.choose(settings.device, settings.device_count)
    with request.span("model_load"):
        file = read_gguf(request.model_path)
        shape = read_hyperparameters(file)
        precision = replace(precisions.resolve(settings.precision, devices[0], file), packed=packed)
        with torch.inference_mode():
            loaded = build(request, file, shape, precision, devices)
    arithmetic = modes(loaded.attention is not None and loaded.attention.kernel is not None)
    if settings.compile:
        with request.span("jit_compilation"), arithmetic():
            compile_network(loaded.network)
    bos = file.metadata.get("tokenizer.ggml.bos_token_id")
    limits = Limits(
        context_tokens=settings.context_tokens,
        batch_tokens=settings.batch_tokens,
        vocabulary=shape.vocabulary,
        bos=bos if isinstance(bos, int) else None,
        end_of_sequence=request.end_of_sequence,
    )
    effective = read_back(settings, kind, file, shape, precision, loaded)
    return TorchModel(loaded.network, effective, limits, devices, loaded.weights_bytes, arithmetic)


def build(
    request: LoadRequest,
    file: GgufFile,
    shape: Hyperparameters,
    precision: Precision,
    devices: list[torch.device],
) -> Loaded:
    settings = request.settings
    cache_dtype = precisions.cache_dtype(settings.kv_type, precision.compute)
    if shape.architecture not in ARCHITECTURES or file.number(f"{shape.architecture}.expert_count", 0) > 0:
        return through_transformers(file, settings, precision, devices[0])
    placement = place(shape, devices, settings.shard)
    attention, notes = choose_attention(settings, shape, precision, devices[0])
    builder = Builder(
        shape=shape,
        precision=precision,
        placement=placement,
        context_tokens=settings.context_tokens,
        cache_dtype=cache_dtype,
        attention=attention,
        compiled=settings.compile,
    )
    reader = WeightReader(file, request.progress, keeps_groups=precision.name == "int4")
    decoder = ARCHITECTURES[shape.architecture](file, reader, builder)
    return Loaded(decoder, builder.resident.weights(), builder.resident.bytes, "plain", attention, notes)


def through_transformers(file: GgufFile, settings: Settings, precision: Precision, device: torch.device) -> Loaded:
    """A model that is not built here, where transformers is installed. Raises UserError."""
    architecture = file.text("general.architecture")
    unknown = f'{file.path}: the architecture "{architecture}" is none of {", ".join(ARCHITECTURES)}'
    own = "npx tsx scripts/transformers-benchmark.ts"
    try:
        import transformers
    except ImportError as error:
        raise UserError(
            f"{unknown}, and transformers is not installed",
            f"Run `npx tsx scripts/frameworks.ts install transformers`, then `{own}`, or choose another model.",
            MISSING,
        ) from error
    from frameworks.transformers import loading
    from frameworks.transformers.network import TransformersNetwork, resident

    precision = loading.resolve(precision.name, device, precisions.main_type(file).name)
    loading.refuse(settings, precision)
    model = loading.loaded(file.path, precision, device)
    cache = loading.caches(model, loading.DYNAMIC, settings.context_tokens)
    other = f"PyTorch's own decoder does not know {architecture}, so transformers computes it; `{own}` measures that by itself"
    return Loaded(
        TransformersNetwork(model, cache, device),
        *resident(model, precision.name),
        f"transformers {transformers.__version__}",
        None,
        [("runs_through_transformers", other)],
    )


def choose_attention(
    settings: Settings, shape: Hyperparameters, precision: Precision, device: torch.device
) -> tuple[AttentionChoice, list[tuple[str, str]]]:
    """'auto' takes the fused kernel on GPUs, and on CPUs in bfloat16, for whose plain products oneDNN makes code anew at each
    length of the context, which takes milliseconds. In float32 plain products are as fast on a CPU."""
    on_cpu = device.type == "cpu"
    plain = AttentionChoice(None, torch.float32 if on_cpu else precision.compute)
    wanted = settings.flash_attention == "on" or not on_cpu or precision.compute == torch.bfloat16
    if settings.flash_attention == "off" or not wanted:
        return plain, []
    kernel = fused_kernel(shape.heads, shape.kv_heads, shape.head_size, precision.compute, device)
    if kernel is not None:
        return AttentionChoice(kernel, precision.compute), []
    if on_cpu and settings.flash_attention == "auto":
        return plain, []
    missing = (
        f"torch {torch.__version__} has no fused attention for {precision.name} on {device.type}; plain products run"
    )
    return plain, [("flash_attention_missing", missing)]


def modes(fused_attention: bool) -> Callable[[], contextlib.AbstractContextManager[None]]:
    """The modes of torch within which everything is evaluated."""

    @contextlib.contextmanager
    def entered() -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            stack.enter_context(torch.inference_mode())
            if fused_attention:
                stack.enter_context(fused_kernels())
            yield

    return entered


def require_compile() -> None:
    """Raises UserError."""
    if not hasattr(torch, "compile"):
        raise UserError(
            f"torch {torch.__version__} has no torch.compile",
            "Leave out --compile, or run `npx tsx scripts/frameworks.ts install pytorch` for a newer torch.",
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
        raise UserError(
            f"torch.compile failed: {one_line(error, 200)}",
            "On a CPU it needs a C++ compiler (`apt install g++`), on CUDA and ROCm Triton; or leave out --compile.",
        ) from error
