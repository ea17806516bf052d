"""Builds the graph of a model file, compiles it for a device, and reads back the settings that it runs with."""

from __future__ import annotations

import re
from typing import Any

import openvino as ov

from engine.python.contract import USAGE, Effective, LoadRequest, Settings, UserError, one_line
from engine.python.processor import thread_affinity
from frameworks.openvino import devices
from frameworks.openvino.graph import build
from frameworks.openvino.model import Limits, OpenVinoModel
from frameworks.openvino.resident import FORMATS, Stored, resident_weights, stored_matrices
from frameworks.openvino.weights import WeightReader
from frameworks.gguf.file import read_gguf
from frameworks.gguf.hyperparameters import Hyperparameters, read_hyperparameters

#: KV cache types by the names of --kv-type, as OpenVINO calls them, and the bytes of one number.
KV_TYPES = {"f32": ("f32", 4), "f16": ("f16", 2), "bf16": ("bf16", 2), "u8": ("u8", 1)}

#: Computes with the values of the file; `native` leaves everything to OpenVINO, which rounds.
EXACT, NATIVE = "float32", "native"
#: Without these, OpenVINO rounds activations to bfloat16 where the CPU has it, or to 8 bits, and the KV cache to 8 bits.
EXACT_PROPERTIES = {
    "INFERENCE_PRECISION_HINT": "f32",
    "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
    "KV_CACHE_PRECISION": "f32",
}


def load_model(request: LoadRequest) -> OpenVinoModel:
    """Raises UserError for everything that a person can mend."""
    settings = request.settings
    core = ov.Core()
    kind = devices.choose(core, settings.device)
    with request.span("model_load"):
        file = read_gguf(request.model_path)
        shape = read_hyperparameters(file)
        reader = WeightReader(file, request.progress)
        graph = build(file, shape, reader, settings.context_tokens)

    def compiled_with_timers() -> ov.CompiledModel:
        again = build(file, shape, WeightReader(file, lambda _: None), settings.context_tokens)
        return core.compile_model(again, devices.DEVICES[kind], {**configuration(settings), "PERF_COUNT": True})

    with request.span("jit_compilation"):
        try:
            compiled = core.compile_model(graph, devices.DEVICES[kind], configuration(settings))
        except RuntimeError as error:
            raise UserError(
                f"OpenVINO does not compile the model for {kind}: {one_line(error, 200)}",
                "Choose another --device, --precision or --kv-type.",
            ) from error
    bos = file.metadata.get("tokenizer.ggml.bos_token_id")
    limits = Limits(
        context_tokens=settings.context_tokens,
        batch_tokens=settings.batch_tokens,
        vocabulary=shape.vocabulary,
        bos=bos if isinstance(bos, int) else None,
        end_of_sequence=request.end_of_sequence,
    )
    matrices = list(stored_matrices(compiled.get_runtime_model()))
    effective = read_back(core, compiled, settings, kind, shape, reader, matrices)
    weights_bytes = sum(matrix.bytes for matrix in matrices) or reader.bytes
    return OpenVinoModel(compiled, effective, limits, weights_bytes, compiled_with_timers)


def configuration(settings: Settings) -> dict[str, Any]:
    """OpenVINO's properties for what was asked. Raises UserError for names that it does not have."""
    threads = {"INFERENCE_NUM_THREADS": settings.threads, "NUM_STREAMS": 1}
    if settings.precision == NATIVE:
        exact = {}
    elif settings.precision in ("auto", EXACT):
        exact = EXACT_PROPERTIES
    else:
        raise UserError(
            f'OpenVINO has no precision "{settings.precision}" here', f"Precisions: auto, {EXACT}, {NATIVE}.", USAGE
        )
    if settings.kv_type == "auto":
        return {**threads, **exact}
    if settings.kv_type not in KV_TYPES:
        raise UserError(
            f'OpenVINO has no KV cache type "{settings.kv_type}"', f"Types: auto, {', '.join(KV_TYPES)}.", USAGE
        )
    return {**threads, **exact, "KV_CACHE_PRECISION": KV_TYPES[settings.kv_type][0]}


def read_back(
    core: ov.Core,
    compiled: ov.CompiledModel,
    settings: Settings,
    kind: str,
    shape: Hyperparameters,
    reader: WeightReader,
    matrices: list[Stored],
) -> Effective:
    def asked(name: str) -> Any:
        """A property of the compiled model; None where the device does not have it."""
        try:
            return compiled.get_property(name)
        except RuntimeError:
            return None

    kv_type = asked("KV_CACHE_PRECISION")
    arithmetic = asked("INFERENCE_PRECISION_HINT")
    group = int(asked("DYNAMIC_QUANTIZATION_GROUP_SIZE") or 0)
    on_cpu = kind == "cpu"
    threads = int(asked("INFERENCE_NUM_THREADS")) if on_cpu else 1
    requirements = re.search(r"isa=([^;]+)", asked("RUNTIME_REQUIREMENTS") or "")
    operators = {node.get_rt_info()["layerType"].value for node in compiled.get_runtime_model().get_ops()}
    return Effective(
        device=kind,
        device_name=devices.full_name(core, devices.DEVICES[kind]),
        settings={
            "threads": threads,
            "contextTokens": settings.context_tokens,
            "batchTokens": settings.batch_tokens,
            "kvType": type_name(kv_type),
            "precision": NATIVE if settings.precision == NATIVE else EXACT,
            "gpuLayers": 0 if on_cpu else shape.layers,
            "flashAttention": "on" if "ScaledDotProductAttention" in operators else "off",
            # Vectors are quantised for products with blocks only, and only where the arithmetic is float32.
            "activations": "int8"
            if group > 0 and reader.blocks and arithmetic == ov.Type.f32
            else type_name(arithmetic),
            # Threads of TBB look for work for a while before they sleep.
            "spinning": threads > 1 if on_cpu else None,
            "affinity": thread_affinity(),
        },
        build={
            "openvino": ov.get_version(),
            "dynamicQuantizationGroup": group,
            "cpuPinning": asked("ENABLE_CPU_PINNING"),
            # The package is made for many machines and chooses its kernels when it starts.
            "buildType": None,
            "cpuVariant": None if requirements is None else requirements.group(1),
        },
        kv_bytes_per_position=shape.kv_elements * bytes_of(kv_type),
        weights=None if as_in_file(reader, matrices) else resident_weights(matrices),
        notes=notes(settings, on_cpu, shape, reader, matrices),
    )


def notes(
    settings: Settings, on_cpu: bool, shape: Hyperparameters, reader: WeightReader, matrices: list[Stored]
) -> list[tuple[str, str]]:
    found = []
    if settings.precision == NATIVE:
        found.append(
            ("native_precision", "OpenVINO chose its own number formats: activations and the cache are rounded")
        )
    narrow = reader.numbers - {"F32"}
    if narrow and any(matrix.type == "f32" for matrix in matrices if matrix.rows is None):
        lies = f"weights of {', '.join(sorted(narrow))} lie in memory as float32, and each costs 4 bytes"
        found.append(("dequantised_at_load", lies))
    if isinstance(settings.gpu_layers, int) and settings.gpu_layers != (0 if on_cpu else shape.layers):
        ignored = f"--gpu-layers {settings.gpu_layers} was ignored"
        found.append(("gpu_layers_ignored", f"{ignored}: OpenVINO puts all layers on one device"))
    if settings.context_tokens > shape.context_length:
        trained = f"longer than the {shape.context_length} the model was trained for"
        found.append(("context_beyond_training", f"the context of {settings.context_tokens} tokens is {trained}"))
    return found


def as_in_file(reader: WeightReader, matrices: list[Stored]) -> bool:
    """Whether all matrices have the numbers of the file in its own format."""
    stored = {FORMATS.get(matrix.type, matrix.type) for matrix in matrices if matrix.rows is None}
    in_file = {{"F32": "float32", "F16": "float16", "BF16": "bfloat16"}.get(name, name) for name in reader.numbers}
    return not reader.blocks and stored == in_file


def type_name(type: ov.Type | None) -> str | None:
    """'f32' of ov.Type.f32"""
    return None if type is None else type.get_type_name()


def bytes_of(type: ov.Type | None) -> int:
    """Of one number in the KV cache; float16 where the device does not say."""
    return 2 if type is None else max(1, type.size)
