"""Layers with int8 and nf4 weights, as tinygrad's examples/llama3.py has them; its package has none.

They compute in float32: the example's multiply in half precision, which costs accuracy and, on a CPU, time.
"""

from __future__ import annotations

from typing import Any

NF4_BLOCK = 64
#: Quantiles of a normal distribution (QLoRA, Dettmers et al. 2023, appendix E), as in examples/llama3.py.
NF4_CODE = (
    -1.0,
    -0.6961928009986877,
    -0.5250730514526367,
    -0.39491748809814453,
    -0.28444138169288635,
    -0.18477343022823334,
    -0.09105003625154495,
    0.0,
    0.07958029955625534,
    0.16093020141124725,
    0.24611230194568634,
    0.33791524171829224,
    0.44070982933044434,
    0.5626170039176941,
    0.7229568362236023,
    1.0,
)


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
        middles = [(low + high) / 2 for low, high in zip(NF4_CODE, NF4_CODE[1:])]
        scaled = blocks / divisor
        codes = sum(
            ((scaled > middle).cast(dtypes.uint8) for middle in middles), start=scaled.const_like(0).cast(dtypes.uint8)
        )
        codes = codes.reshape(-1, 2)
        self.weight = (codes[:, 0] * 16 + codes[:, 1]).realize()
        self.code = Tensor(NF4_CODE, device=weight.device).realize()
        self.bias = bias

    def __call__(self, x: Any) -> Any:
        codes = (self.weight // 16).stack(self.weight % 16, dim=-1).reshape(-1, NF4_BLOCK)
        values = self.code[codes] * self.scale.float()
        y = x.dot(values.reshape(self.shape).cast(x.dtype).T)
        return y if self.bias is None else y + self.bias
