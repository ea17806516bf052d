"""4-bit NormalFloat: blocks of 64 weights of a row with their largest magnitude in float32, two codes a byte.

Source: Dettmers, Pagnoni, Holtzman, Zettlemoyer, "QLoRA" (arXiv 2305.14314), appendix E, where the 16 levels stand. A
row that is no whole number of blocks is padded with zeros.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

BLOCK = 64
LEVELS = (
    *(-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453),
    *(-0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0),
    *(0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224),
    *(0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0),
)


class Nf4Blocks:
    format = "nf4 in blocks of 64"

    def __init__(self, rows: Tensor, compute: torch.dtype, device: torch.device):
        self.outputs, self.inputs = rows.shape
        self.device = device
        blocks = functional.pad(rows, (0, -self.inputs % BLOCK)).view(self.outputs, -1, BLOCK)
        largest = blocks.abs().amax(dim=2, keepdim=True)
        levels = torch.tensor(LEVELS)
        codes = torch.bucketize(blocks / largest.clamp(min=1e-30), (levels[1:] + levels[:-1]) / 2).to(torch.uint8)
        codes = codes.view(self.outputs, -1, 2)
        self._bytes = (codes[:, :, 0] | (codes[:, :, 1] << 4)).to(device)
        self._largest = largest.to(device)
        #: The two weights of every possible byte, before they are scaled: (256, 2).
        byte = torch.arange(256)
        self._pairs = torch.stack((levels[byte & 15], levels[byte >> 4]), dim=1).to(device=device, dtype=compute)
        self.bytes = self._bytes.numel() + 4 * self._largest.numel()

    def floats(self, start: int, stop: int) -> Tensor:
        return self._dequantized(self._bytes[start:stop], self._largest[start:stop])

    def rows(self, ids: Tensor) -> Tensor:
        return self._dequantized(self._bytes[ids], self._largest[ids])

    def _dequantized(self, bytes: Tensor, largest: Tensor) -> Tensor:
        values = functional.embedding(bytes.int(), self._pairs).view(len(bytes), -1, BLOCK)
        return values.mul_(largest.to(values.dtype)).view(len(bytes), -1)[:, : self.inputs]
