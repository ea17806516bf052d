"""How the weights lie in memory once the graph is compiled, read from what the compiled graph executes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

import openvino as ov

from engine.python.contract import ResidentWeights

#: Names of number formats by OpenVINO's.
FORMATS = {"f32": "float32", "bf16": "bfloat16", "f16": "float16", "i8": "int8", "i4": "int4"}
FLOATS = ("f32", "bf16", "f16")
BITS = {"f32": 32, "bf16": 16, "f16": 16, "i8": 8, "u8": 8, "i4": 4, "u4": 4, "i32": 32, "i64": 64}


@dataclass(frozen=True)
class Stored:
    """A matrix of the compiled graph."""

    #: As OpenVINO names it: 'f32', 'i8'.
    type: str
    elements: int
    #: Scales included.
    bytes: int
    #: A row of it is looked up; otherwise all of it is multiplied with.
    rows: int | None


def stored_matrices(graph: ov.Model) -> Iterator[Stored]:
    """Matrices of a runtime model (CompiledModel.get_runtime_model), as its operators hold them.

    Floating-point matrices that are multiplied with are repacked in the precision of the operator, whatever their constant is.
    """
    for node in graph.get_ops():
        kind = fact(node, "layerType")
        if kind not in ("FullyConnected", "Gather"):
            continue
        constants = [node.input_value(index).get_node() for index in range(node.get_input_size())]
        constants = [constant for constant in constants if fact(constant, "layerType") == "Const"]
        matrices = [(fact(constant, "outputPrecisions"), shape_of(constant)) for constant in constants]
        matrices = [(type, shape) for type, shape in matrices if type in BITS and len(shape) > 1]
        if not matrices:
            continue
        (type, shape), *scales = matrices
        if kind == "FullyConnected" and type in FLOATS:
            type = fact(node, "runtimePrecision") or type
        elements = product(shape)
        scale_bytes = sum(product(shape) * BITS[type] // 8 for type, shape in scales)
        rows = shape[0] if kind == "Gather" else None
        yield Stored(type, elements, elements * BITS[type] // 8 + scale_bytes, rows)


def resident_weights(matrices: list[Stored]) -> ResidentWeights | None:
    """What a decoded token reads of them; None where nothing is known of a device's graph."""
    multiplied = [matrix for matrix in matrices if matrix.rows is None]
    if not multiplied:
        return None
    formats = " and ".join(sorted({FORMATS.get(matrix.type, matrix.type) for matrix in multiplied}))
    elements = sum(matrix.elements for matrix in multiplied)
    read = sum(matrix.bytes for matrix in multiplied)
    looked_up = sum(matrix.bytes // matrix.rows for matrix in matrices if matrix.rows)
    return ResidentWeights(formats, round(8 * read / elements, 3), read + looked_up)


def fact(node: ov.Node, name: str) -> str | None:
    info = node.get_rt_info()
    return info[name].value if name in info else None


def shape_of(node: ov.Node) -> list[int]:
    shape = node.get_output_partial_shape(0)
    return list(shape.to_shape()) if shape.is_static else []


def product(shape: list[int]) -> int:
    total = 1
    for size in shape:
        total *= size
    return total
