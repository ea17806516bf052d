"""In what format the weights lie in memory, and the conversions at load."""

from __future__ import annotations

from typing import Any

from frameworks.tinygrad.low_bit import Int8Linear, Nf4Linear

#: 'auto' keeps the file's bytes and unpacks them in every kernel, tinygrad's own default.
PRECISIONS = ("auto", "float32", "float16", "int8", "nf4")
LAYERS: dict[str, type[Int8Linear] | type[Nf4Linear]] = {"int8": Int8Linear, "nf4": Nf4Linear}
#: What int8 and nf4 convert; as in tinygrad's examples/llama3.py, embedding, output and norms are not among them.
MATRICES = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")


def convert(transformer: Any, precision: str) -> None:
    """Replaces the weights and computes them, one by one, so that none but the one at hand lies in memory twice.

    'auto' means here: as they are computed with, unpacked.
    """
    from tinygrad import dtypes, nn

    layer = LAYERS.get(precision)
    if layer is not None:
        for block in transformer.blk:
            for name in MATRICES:
                linear = getattr(block, name)
                setattr(block, name, layer(linear.weight, linear.bias))
    for tensor in nn.state.get_parameters(transformer):
        if precision in ("float32", "float16"):
            tensor.replace(tensor.cast(getattr(dtypes, precision)))
        elif layer is not None and tensor.dtype == dtypes.float32 and len(tensor.shape) > 1:
            tensor.replace(tensor.cast(dtypes.float16))
        # Not merely contiguous: a view of the file would keep all of it in memory.
        tensor.replace(tensor.clone()).realize()


def format_name(transformer: Any) -> str:
    """Of the matrices, as --precision has it: tinygrad itself says 'float' and 'half'."""
    from tinygrad import dtypes

    matrix = transformer.blk[0].attn_q
    if isinstance(matrix, (Int8Linear, Nf4Linear)):
        return matrix.format
    names = {dtypes.float32: "float32", dtypes.float16: "float16", dtypes.bfloat16: "bfloat16"}
    return names.get(matrix.weight.dtype, matrix.weight.dtype.name)
