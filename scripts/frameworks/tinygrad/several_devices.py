"""A model on several devices of a kind: layer after layer, or each matrix split by attention heads."""

from __future__ import annotations

from typing import Any, Callable, Sequence

from engine.python.contract import USAGE, Settings, UserError
from frameworks.tinygrad.precision import LAYERS, PRECISIONS
from frameworks.tinygrad.steps import Steps

#: Rows of these matrices belong to heads or to hidden units, columns of the others: no sum crosses a device but theirs.
SPLIT_BY_ROWS = ("attn_q.", "attn_k.", "attn_v.", "ffn_gate.", "ffn_up.")
SPLIT_BY_COLUMNS = ("attn_output.", "ffn_down.")


def axis_of(name: str) -> int | None:
    """The axis along which a parameter is split by heads; None: every device has all of it."""
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
    """The device of each layer: runs of nearly equal length, in order."""
    return tuple(devices[index * len(devices) // layers] for index in range(layers))


def spread_layers(transformer: Any, devices: tuple[str, ...]) -> tuple[str, ...]:
    """Embedding on the first device, output on the last. Returns the device of each layer."""
    from tinygrad import Tensor, nn

    if len(devices) > len(transformer.blk):
        message = f"{len(transformer.blk)} layers cannot be spread over {len(devices)} devices"
        raise UserError(message, "Lower --device-count.", USAGE)
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


class LayeredSteps(Steps):
    """Evaluates layer after layer on the next device: tokens enter on the first and come out on the last."""

    def __init__(self, transformer: Any, chunk_tokens: int, devices: tuple[str, ...]) -> None:
        super().__init__(transformer, chunk_tokens)
        self._devices = devices
        self.capture(transformer.forward)

    def capture(self, forward: Callable[[Any, Any, Any], Any]) -> None:
        super().capture(lambda *arguments: forward(*arguments).to(self._devices[0]))

    def temperature(self, value: float) -> Any:
        return super().temperature(value).to(self._devices[-1]).realize()


class SplitSteps(Steps):
    """Heads and hidden units are split over all devices, which compute every token together.

    Chunks have one fixed length here: with a length that is a variable, this tinygrad computes wrong values from split
    matrices. So the prompt except its last token goes through in whole chunks, the last one filled up with zeros whose keys
    and values the next tokens overwrite, and the last token goes through the decoding function.
    """

    def __init__(self, transformer: Any, chunk_tokens: int, devices: tuple[str, ...]) -> None:
        super().__init__(transformer, chunk_tokens)
        self._devices = devices
        self.capture(transformer.forward)

    def capture(self, forward: Callable[[Any, Any, Any], Any]) -> None:
        def on_all_and_on_first(*arguments: Any) -> tuple[Any, Any]:
            found = forward(*arguments)
            return found, found.to(self._devices[0])

        super().capture(on_all_and_on_first)

    def on_devices(self, tensor: Any) -> Any:
        return tensor.shard(self._devices).realize()

    def temperature(self, value: float) -> Any:
        return self.on_devices(super().temperature(value))

    def token_tensor(self, token: int) -> Any:
        return self.on_devices(super().token_tensor(token))

    def prefill(self, tokens: Sequence[int], start: int, temperature: Any) -> Any:
        from tinygrad import Tensor

        last = len(tokens) - 1
        while start < last:
            # Near the end of the context a chunk begins earlier and evaluates some tokens again, to the same values.
            first = min(start, self.context_tokens - self.chunk_tokens)
            chunk = list(tokens[first : min(first + self.chunk_tokens, last)])
            chunk += [0] * (self.chunk_tokens - len(chunk))
            inputs = self.on_devices(Tensor([chunk], dtype="int32").realize())
            self.prefill_jit(inputs, self._start.bind(first), temperature)
            start = first + self.chunk_tokens
        return self.decode((self.token_tensor(tokens[last]), None), last, temperature)

    def decode(self, token: Any, position: int, temperature: Any) -> Any:
        """token: on all devices, and the same on the first, from which the host reads it."""
        return self.rollout_jit(
            token[0] if isinstance(token, tuple) else token, self._start.bind(position), temperature
        )

    def read(self, token: Any) -> int:
        return super().read(token[1])

    def logits(self, tokens: Any, start: int) -> Any:
        return super().logits(tokens, start).to(self._devices[0])
