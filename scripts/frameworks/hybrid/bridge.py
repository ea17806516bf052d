"""torch's memory as tinygrad tensors: the same bytes where possible, copies elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engine.python.contract import one_line

#: Formats of both torch and tinygrad, and tinygrad's names.
FORMATS = {torch.float32: "float32", torch.float16: "float16", torch.bfloat16: "bfloat16"}


@dataclass(frozen=True)
class Bridged:
    """One tensor seen from both sides."""

    torch: Tensor
    #: Of the same shape; the same memory if `shared`.
    tinygrad: Any
    shared: bool

    @property
    def bytes(self) -> int:
        return self.torch.numel() * self.torch.element_size()


class Bridge:
    def __init__(self, backend: str, share: bool) -> None:
        """backend: tinygrad's device. share: False where it cannot reach torch's memory."""
        self._backend = backend
        self._share = share
        self._by_address: dict[int, Bridged] = {}
        #: Bytes copied since the beginning, in either direction.
        self.copied_bytes = 0

    @property
    def shared_bytes(self) -> int:
        return sum(one.bytes for one in self._by_address.values() if one.shared)

    def over(self, tensor: Tensor) -> Any:
        """The tensor for tinygrad, bridged once. Its dimensions may lie in any order."""
        known = self._by_address.get(tensor.data_ptr())
        if known is None:
            known = self._by_address[tensor.data_ptr()] = self._bridged(tensor)
        return known.tinygrad

    def bring(self, tensor: Tensor) -> None:
        """Copies after torch wrote it; costs nothing where memory is shared."""
        one = self._by_address[tensor.data_ptr()]
        if not one.shared:
            one.tinygrad.assign(self._host_copy(tensor)).realize()
            self.copied_bytes += one.bytes

    def fetch(self, tensor: Tensor) -> None:
        """Copies after tinygrad wrote it; costs nothing where memory is shared."""
        one = self._by_address[tensor.data_ptr()]
        if not one.shared:
            data = bytearray(one.tinygrad.contiguous().data().cast("B"))
            tensor.copy_(torch.frombuffer(data, dtype=tensor.dtype).view(tensor.shape))
            self.copied_bytes += one.bytes

    def _bridged(self, tensor: Tensor) -> Bridged:
        if not self._share:
            copy = self._host_copy(tensor).clone(self._backend).realize()
            one = Bridged(tensor, copy, False)
            self.copied_bytes += one.bytes
            return one
        return Bridged(tensor, blob_of(tensor, self._backend), True)

    def _host_copy(self, tensor: Tensor) -> Any:
        return blob_of(tensor.cpu().contiguous(), "CPU").clone(self._backend)


def blob_of(tensor: Tensor, backend: str) -> Any:
    """Raises ValueError for a tensor with gaps, or in a format that only torch has."""
    from tinygrad import Tensor as TinyTensor
    from tinygrad import dtypes

    if tensor.dtype not in FORMATS:
        raise ValueError(f"tinygrad cannot read {tensor.dtype}")
    order = sorted(range(tensor.dim()), key=lambda dim: (-tensor.stride(dim), dim))
    packed = tensor.permute(order)
    if not packed.is_contiguous():
        raise ValueError(f"a tensor of shape {tuple(tensor.shape)} and strides {tensor.stride()} has gaps")
    dtype = getattr(dtypes, FORMATS[tensor.dtype])
    blob = TinyTensor.from_blob(packed.data_ptr(), tuple(packed.shape), dtype=dtype, device=backend)
    return blob.permute(tuple(order.index(dim) for dim in range(tensor.dim())))


def proof(backend: str, device: torch.device) -> str | None:
    """Writes on either side and reads on the other. None: memory is shared both ways; otherwise what went wrong."""
    probe = torch.arange(8, dtype=torch.float32, device=device)
    try:
        blob = blob_of(probe, backend)
        probe[3] = 42.0
        if blob.tolist()[3] != 42.0:
            return "tinygrad does not see what torch wrote"
        blob.assign(blob + 1).realize()
        synchronize(backend)
        if probe.tolist() != [1.0, 2.0, 3.0, 43.0, 5.0, 6.0, 7.0, 8.0]:
            return "torch does not see what tinygrad wrote"
        return None
    except Exception as error:  # whatever tinygrad throws at foreign memory is the reason
        return one_line(error, 200)


def synchronize(backend: str) -> None:
    from tinygrad import Device

    Device[backend].synchronize()
