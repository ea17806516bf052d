"""The same functions where the model lies on several devices of a kind."""

from __future__ import annotations

from typing import Any, Callable, Sequence

from frameworks.tinygrad.steps import Steps


class LayeredSteps(Steps):
    """Layer after layer on the next device: tokens enter on the first and come out on the last."""

    def __init__(self, transformer: Any, chunk_tokens: int, devices: tuple[str, ...]) -> None:
        super().__init__(transformer, chunk_tokens)
        self._devices = devices
        self.capture(transformer.forward)

    def capture(self, forward: Callable[[Any, Any, Any], Any]) -> None:
        super().capture(lambda *arguments: forward(*arguments).to(self._devices[0]))

    def temperature(self, value: float) -> Any:
        return super().temperature(value).to(self._devices[-1]).realize()


class SplitSteps(Steps):
    """Heads and hidden units split over all devices, which compute every token together.

    Chunks have one fixed length here: with a length that is a variable, this tinygrad computes wrong values from split
    matrices. So the prompt but its last token goes through in whole chunks, the last one filled up with zeros whose keys
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
        tensor = token[0] if isinstance(token, tuple) else token
        return self.rollout_jit(tensor, self._start.bind(position), temperature)

    def read(self, token: Any) -> int:
        return super().read(token[1])

    def logits(self, tokens: Any, start: int) -> Any:
        return super().logits(tokens, start).to(self._devices[0])
