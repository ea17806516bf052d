"""The formats of weights in memory: conversion at load, and layers with int8 and nf4 weights.

The layers are those of tinygrad's examples/llama3.py; its package has none. They compute in float32: the example's
multiply in half precision, which costs accuracy and, on a CPU, time.
"""

from __future__ import annotations

from typing import Any

from engine.python.normal_float import NF4_BLOCK, NF4_LEVELS


class Int8Linear:
    """Rows of int8 with one float16 scale each."""

    format = "int8 per row"
    #: Whether its weights can be split by attention heads.
    splits = True

    def __init__(self, weight: Any, bias: Any) -> None:
        from tinygrad import dtypes

        values = weight.float()
        self.scale = (values.abs().max(axis=1) / 127.0).cast(dtypes.float16).realize()
        divisor = (self.scale == 0).where(1, self.scale.float()).unsqueeze(1)
        self.weight = (values / divisor).round().clip(-127, 127).cast(dtypes.int8).realize()
        self.bias = bias

    def __call__(self, x: Any) -> Any:
        y = x.dot(self.weight.cast(x.dtype).T) * self.scale.cast(x.dtype)
        return y if self.bias is None else y + self.bias


class Nf4Linear:
    """Blocks of 64 values along a row, 4 bits each, with one float16 scale a block."""

    format = f"nf4 in blocks of {NF4_BLOCK}"
    #: All blocks lie in one row of bytes, which knows neither rows nor columns of the matrix.
    splits = False

    def __init__(self, weight: Any, bias: Any) -> None:
        from tinygrad import Tensor, dtypes

        self.shape = weight.shape
        blocks = weight.float().reshape(-1, NF4_BLOCK)
        self.scale = blocks.abs().max(axis=1, keepdim=True).cast(dtypes.float16).realize()
        divisor = (self.scale == 0).where(1, self.scale.float())
        # The nearest code is the number of midpoints below the value.
        middles = [(low + high) / 2 for low, high in zip(NF4_LEVELS, NF4_LEVELS[1:])]
        scaled = blocks / divisor
        codes = sum(
            ((scaled > middle).cast(dtypes.uint8) for middle in middles), start=scaled.const_like(0).cast(dtypes.uint8)
        )
        codes = codes.reshape(-1, 2)
        self.weight = (codes[:, 0] * 16 + codes[:, 1]).realize()
        self.code = Tensor(NF4_LEVELS, device=weight.device).realize()
        self.bias = bias

    def __call__(self, x: Any) -> Any:
        codes = (self.weight // 16).stack(self.weight % 16, dim=-1).reshape(-1, NF4_BLOCK)
        values = self.code[codes] * self.scale.float()
        y = x.dot(values.reshape(self.shape).cast(x.dtype).T)
        return y if self.bias is None else y + self.bias


#: 'auto' keeps the file's bytes and unpacks them in every kernel, tinygrad's own default.
PRECISIONS = ("auto", "float32", "float16", "int8", "nf4")

LAYERS: dict[str, type[Int8Linear] | type[Nf4Linear]] = {"int8": Int8Linear, "nf4": Nf4Linear}

#: What int8 and nf4 convert; as in tinygrad's examples/llama3.py, embedding, output and norms are not among them.
MATRICES = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")


def convert(transformer: Any, precision: str) -> None:
    """Replaces the weights and computes them, one by one, so that only one weight at a time is in memory twice.

    'auto' unpacks them to the format of the computation.
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
    """The format of the matrices in the words of --precision: tinygrad itself says 'float' and 'half'."""
    from tinygrad import dtypes

    matrix = transformer.blk[0].attn_q
    if isinstance(matrix, (Int8Linear, Nf4Linear)):
        return matrix.format
    names = {dtypes.float32: "float32", dtypes.float16: "float16", dtypes.bfloat16: "bfloat16"}
    return names.get(matrix.weight.dtype, matrix.weight.dtype.name)
