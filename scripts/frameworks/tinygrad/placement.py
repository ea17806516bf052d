"""Where the parts of the model lie: on one device, layer by layer on several, or each matrix split by attention heads."""

from __future__ import annotations

from typing import Any

from engine.python.contract import USAGE, Settings, UserError

from frameworks.tinygrad.precision import LAYERS, PRECISIONS

#: Rows of these matrices belong to heads or to hidden units, columns of the others: no sum crosses a device but theirs.
SPLIT_BY_ROWS = ("attn_q.", "attn_k.", "attn_v.", "ffn_gate.", "ffn_up.")
SPLIT_BY_COLUMNS = ("attn_output.", "ffn_down.")


def axis_of(name: str) -> int | None:
    """Along which a parameter is split by heads; None: every device has it whole."""
    if any(part in name for part in SPLIT_BY_ROWS):
        return 0
    return 1 if any(part in name for part in SPLIT_BY_COLUMNS) and name.endswith("weight") else None


def require_splittable(settings: Settings) -> None:
    """Raises UserError for weights that cannot be split by heads, before anything is loaded."""
    layer = LAYERS.get(settings.precision)
    if settings.device_count == 1 or settings.shard != "heads" or layer is None or layer.splits:
        return
    others = ", ".join(name for name in PRECISIONS if name not in LAYERS or LAYERS[name].splits)
    raise UserError(
        f"tinygrad cannot split {settings.precision} weights by heads",
        f"Use --shard layers, or one of --precision {others}.",
        USAGE,
    )


def split_heads(transformer: Any, devices: tuple[str, ...]) -> None:
    from tinygrad import Tensor, nn

    config = transformer.blk[0].config
    for what, count in (("KV heads", config.n_kv_heads), ("hidden units", config.hidden_dim)):
        if count % len(devices) != 0:
            raise UserError(
                f"{count} {what} cannot be split evenly over {len(devices)} devices",
                "Choose another --device-count, or --shard layers.",
                USAGE,
            )
    for name, tensor in nn.state.get_state_dict(transformer).items():
        tensor.replace(tensor.contiguous()).realize()
        tensor.shard_(devices, axis=axis_of(name))
    Tensor.realize(*nn.state.get_parameters(transformer))


def devices_of_layers(layers: int, devices: tuple[str, ...]) -> tuple[str, ...]:
    """Of each layer its device: runs of nearly equal length, in order."""
    return tuple(devices[index * len(devices) // layers] for index in range(layers))


def spread_layers(transformer: Any, devices: tuple[str, ...]) -> tuple[str, ...]:
    """Embedding on the first device, output on the last. Returns the device of each layer."""
    from tinygrad import Tensor, nn

    if len(devices) > len(transformer.blk):
        raise UserError(
            f"{len(transformer.blk)} layers cannot be spread over {len(devices)} devices",
            "Lower --device-count.",
            USAGE,
        )
    places = devices_of_layers(len(transformer.blk), devices)
    for block, device in zip(transformer.blk, places):
        for tensor in nn.state.get_parameters(block):
            tensor.replace(tensor.contiguous().to(device))
    for part in (transformer.output_norm, transformer.output):
        for tensor in nn.state.get_parameters(part):
            tensor.replace(tensor.contiguous().to(devices[-1]))
    Tensor.realize(*nn.state.get_parameters(transformer))
    transformer.blk = [PlacedBlock(block, device) for block, device in zip(transformer.blk, places)]
    return places


class PlacedBlock:
    """A block that fetches its input to its own device."""

    def __init__(self, block: Any, device: str) -> None:
        self._block = block
        self._device = device

    def __call__(self, x: Any, start: Any) -> Any:
        return self._block(x.to(self._device), start)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._block, name)
