"""The KV cache and the rotary angles of each block, put in place before tinygrad's blocks would make their own."""

from __future__ import annotations

from typing import Any

from engine.python.contract import USAGE, UserError

#: tinygrad's own is its default float, f32 unless DEFAULT_FLOAT says otherwise.
KV_TYPES = {"f32": "float32", "f16": "float16"}


def prepare_cache(
    transformer: Any, kv_type: str, rope_factors: Any, devices: tuple[str, ...], split: str | None
) -> str:
    """Gives every block its cache (2, 1, KV heads, positions, head width), zeroed, and its angles.

    devices: of each block, where the layers are spread; otherwise all devices, once, with the heads split among them.
    Returns the name of the type in use.
    """
    from tinygrad import Tensor, dtypes

    if kv_type != "auto" and kv_type not in KV_TYPES:
        raise UserError(
            f'tinygrad\'s model has no KV cache type "{kv_type}"', f"Types: auto, {', '.join(KV_TYPES)}.", USAGE
        )
    dtype = dtypes.default_float if kv_type == "auto" else getattr(dtypes, KV_TYPES[kv_type])
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


def rotary_angles(config: Any, rope_factors: Any, device: str) -> Any:
    """(positions, head width): cosines, then sines, as tinygrad.llm.model.precompute_freqs_cis has them.

    rope_factors (rotated width / 2) divide the frequencies, as ggml_rope_ext does; tinygrad's own function knows none.
    """
    from tinygrad import Tensor

    width = config.rope_dim
    frequencies = 1.0 / (config.rope_theta ** (Tensor.arange(0, width, 2) / width))
    if rope_factors is not None:
        frequencies = frequencies / rope_factors.float()
    angles = Tensor.arange(config.max_context).unsqueeze(1) * frequencies.unsqueeze(0)
    return angles.cos().cat(angles.sin(), dim=-1).clone(device).realize()
