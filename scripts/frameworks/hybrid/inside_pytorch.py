"""The private tensors of PyTorch's decoder.

The only file that reads them. It checks what it finds, so that a change there is a fallback here and not a crash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


class NotShareable(Exception):
    """tinygrad's step does not compute a decoder that is built in this way."""


@dataclass(frozen=True)
class Weights:
    """(outputs, inputs), and a bias of (outputs,) or none."""

    matrix: Tensor
    bias: Tensor | None


@dataclass(frozen=True)
class LayerTensors:
    attention_norm: Tensor
    #: Queries, keys and values of all heads, one after the other.
    qkv: Weights
    attention_output: Weights
    feed_forward_norm: Tensor
    #: The gate first.
    gate_up: Weights
    down: Weights
    #: (2, KV heads, positions, head size): keys, then values.
    cache: Tensor


@dataclass(frozen=True)
class DecoderTensors:
    #: (vocabulary, width)
    embedding: Tensor
    layers: list[LayerTensors]
    norm: Tensor
    norm_epsilon: float
    output: Tensor
    #: (positions, head size / 2, 2): cosine and sine by which adjacent pairs are turned.
    turns: Tensor


def tensors_of(decoder: Any) -> DecoderTensors:
    """Raises NotShareable with the reason."""
    try:
        layers = [_layer(layer) for layer in decoder.layers]
        if decoder.positions is not None:
            raise NotShareable("its positions are learned, not rotary")
        (rotation,) = decoder.rotations.values()
        turns = rotation._turns.squeeze(1)
        return DecoderTensors(
            embedding=_by_rows(decoder.embedding),
            layers=layers,
            norm=decoder.norm._weight,
            norm_epsilon=float(decoder.norm._epsilon),
            output=_by_rows(decoder.output),
            turns=torch.view_as_real(turns) if turns.is_complex() else turns,
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise NotShareable(f"PyTorch's decoder has another shape: {error}") from error


def _layer(layer: Any) -> LayerTensors:
    (attention,), (feed_forward,) = layer.attention, layer.feed_forward
    return LayerTensors(
        attention_norm=layer.attention_norm._weight,
        qkv=_weights(attention.inner._qkv),
        attention_output=_weights(attention.output),
        feed_forward_norm=layer.feed_forward_norm._weight,
        gate_up=_weights(feed_forward.inner._gate_up),
        down=_weights(feed_forward.output),
        cache=attention.inner._cache._both,
    )


def _weights(linear: Any) -> Weights:
    return Weights(_by_rows(linear.matrix), linear.bias)


def _by_rows(matrix: Any) -> Tensor:
    """Returns its weights, row after row. PyTorch's own loop wants float32 column after column on a CPU, tinygrad's kernels read
    rows several times as fast; prompts cost torch the same either way. One matrix at a time is in memory twice.
    """
    if not matrix._weight.is_contiguous():
        matrix._weight = matrix._weight.contiguous()
        matrix._columns = matrix._weight.t()
    return matrix._weight
