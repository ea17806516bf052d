"""The KV cache and the rotary angles of each block, put in place before tinygrad's blocks would make their own."""

from __future__ import annotations

import struct
from typing import Any

from engine.python.contract import USAGE, UserError

KV_TYPES = {"f32": "float32", "f16": "float16"}


def prepare_cache(
    transformer: Any, kv_type: str, rope_factors: Any, devices: tuple[str, ...], split: str | None
) -> str:
    """Gives every block its cache (2, 1, KV heads, positions, head width), zeroed, and its angles.

    devices: that of each block, where the layers are spread; otherwise all devices, once, with the heads split among them.
    Returns the name of the type of the buffers; what is stored in them may be rounded further: see holds_halves.
    """
    from tinygrad import Tensor, dtypes

    if kv_type != "auto" and kv_type not in KV_TYPES:
        raise UserError(
            f'tinygrad\'s model has no KV cache type "{kv_type}"', f"Types: auto, {', '.join(KV_TYPES)}.", USAGE
        )
    dtype = own_type(transformer, devices[0]) if kv_type == "auto" else getattr(dtypes, KV_TYPES[kv_type])
    angles: dict[str, Any] = {}
    for index, block in enumerate(transformer.blk):
        config = block.config
        shape = (2, 1, config.n_kv_heads, config.max_context, config.head_dim)
        home = devices[0] if split == "heads" else devices[index]
        cache = Tensor.zeros(*shape, dtype=dtype, device=home).contiguous()
        if home not in angles:
            angles[home] = rotary_angles(config, rope_factors, home)
            if split == "heads":
                angles[home] = angles[home].shard(devices).realize()
        block.cache_kv = (cache.shard(devices, axis=2) if split == "heads" else cache).realize()
        block.freqs_cis = angles[home]
    return next((name for name, known in KV_TYPES.items() if getattr(dtypes, known) == dtype), dtype.name)


def own_type(transformer: Any, device: str) -> Any:
    """The type that tinygrad would choose by itself: half from 0.14.0 on, before that its default float. Nothing is computed."""
    from tinygrad import Tensor

    block = transformer.blk[0]
    block._init_state(Tensor.zeros(1, device=device))
    return block.cache_kv.dtype


def holds_halves(transformer: Any, positions: int) -> bool:
    """Whether all values at the filled positions of a cache of f32 are values of f16.

    0.14.0 rounds keys and values to half before it stores them; whether a compiler drops that on the way to a float32
    buffer varies.
    """
    cache = transformer.blk[0].cache_kv[:, 0, :, :positions].to(None).flatten()
    return all(is_half(value) for value in cache.tolist())


def is_half(value: float) -> bool:
    try:
        return struct.unpack("e", struct.pack("e", value))[0] == value
    except OverflowError:
        return False


def rotary_angles(config: Any, rope_factors: Any, device: str) -> Any:
    """(positions, head width): cosines, then sines, as tinygrad.llm.model.precompute_freqs_cis has them.

    rope_factors (rotated width / 2) divide the frequencies, as ggml_rope_ext does; tinygrad's own function has none.
    """
    from tinygrad import Tensor

    width = config.rope_dim
    frequencies = 1.0 / (config.rope_theta ** (Tensor.arange(0, width, 2) / width))
    if rope_factors is not None:
        frequencies = frequencies / rope_factors.float()
    angles = Tensor.arange(config.max_context).unsqueeze(1) * frequencies.unsqueeze(0)
    return angles.cos().cat(angles.sin(), dim=-1).clone(device).realize()
