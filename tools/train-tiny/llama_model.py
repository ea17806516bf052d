"""A Llama decoder in plain PyTorch: RMSNorm, rotary positions, grouped-query attention, SwiGLU, tied embeddings."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from simulated_q4_0 import simulate_q4_0


@dataclass(frozen=True)
class Shape:
    """Every matrix row is 256 wide, the block of llama.cpp's K-quants, so that each format can hold each matrix."""

    vocabulary: int = 512
    width: int = 256
    layers: int = 4
    heads: int = 4
    kv_heads: int = 2
    feed_forward: int = 256
    context: int = 512
    rope_base: float = 10000.0
    norm_epsilon: float = 1e-5

    @property
    def head_width(self) -> int:
        return self.width // self.heads


class Matrix(nn.Linear):
    """A linear layer without bias that can act as if its weights were stored in Q4_0."""

    def __init__(self, inputs: int, outputs: int, spread: float) -> None:
        super().__init__(inputs, outputs, bias=False)
        self.quantized = False
        nn.init.normal_(self.weight, std=spread)

    def forward(self, input: Tensor) -> Tensor:
        return functional.linear(input, simulate_q4_0(self.weight) if self.quantized else self.weight)


class RmsNorm(nn.Module):
    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.epsilon) * self.weight


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Turns each pair of ADJACENT values (x[0], x[1]), (x[2], x[3]), ...

    That is how llama.cpp does it for this architecture (rope type NORM). Hugging Face pairs x[i] with x[i + half],
    which is why converters permute Q and K; trained this way they are written as they are.
    """
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), dim=-1).flatten(-2)


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        kv_width = shape.kv_heads * shape.head_width
        spread = shape.width**-0.5
        # Outputs that are added to the residual stream start smaller the more of them there are (GPT-2).
        residual_spread = spread / (2 * shape.layers) ** 0.5
        self.attn_norm = RmsNorm(shape.width, shape.norm_epsilon)
        self.attn_q = Matrix(shape.width, shape.width, spread)
        self.attn_k = Matrix(shape.width, kv_width, spread)
        self.attn_v = Matrix(shape.width, kv_width, spread)
        self.attn_output = Matrix(shape.width, shape.width, residual_spread)
        self.ffn_norm = RmsNorm(shape.width, shape.norm_epsilon)
        self.ffn_gate = Matrix(shape.width, shape.feed_forward, spread)
        self.ffn_up = Matrix(shape.width, shape.feed_forward, spread)
        self.ffn_down = Matrix(shape.feed_forward, shape.width, residual_spread)

    def forward(self, x: Tensor, cosine: Tensor, sine: Tensor, mask: Tensor) -> Tensor:
        x = x + self._attend(self.attn_norm(x), cosine, sine, mask)
        h = self.ffn_norm(x)
        return x + self.ffn_down(functional.silu(self.ffn_gate(h)) * self.ffn_up(h))

    def _attend(self, h: Tensor, cosine: Tensor, sine: Tensor, mask: Tensor) -> Tensor:
        rows, length, _ = h.shape
        s = self.shape
        q = rotate(self.attn_q(h).view(rows, length, s.heads, s.head_width).transpose(1, 2), cosine, sine)
        k = rotate(self.attn_k(h).view(rows, length, s.kv_heads, s.head_width).transpose(1, 2), cosine, sine)
        v = self.attn_v(h).view(rows, length, s.kv_heads, s.head_width).transpose(1, 2)
        shared_by = s.heads // s.kv_heads
        k, v = k.repeat_interleave(shared_by, dim=1), v.repeat_interleave(shared_by, dim=1)
        weights = ((q * s.head_width**-0.5) @ k.transpose(2, 3) + mask).softmax(-1)
        return self.attn_output((weights @ v).transpose(1, 2).reshape(rows, length, s.width))


class Llama(nn.Module):
    """Token ids (rows, length) to logits (rows, length, vocabulary). Modules have the names of their GGUF tensors."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocabulary, shape.width)
        nn.init.normal_(self.token_embd.weight, std=shape.width**-0.5)
        self.blk = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.output_norm = RmsNorm(shape.width, shape.norm_epsilon)
        frequencies = shape.rope_base ** -(torch.arange(0, shape.head_width, 2) / shape.head_width)
        angles = torch.outer(torch.arange(shape.context).float(), frequencies)
        self.cosine, self.sine = angles.cos(), angles.sin()
        self.mask = torch.full((shape.context, shape.context), float("-inf")).triu(1)

    def forward(self, ids: Tensor) -> Tensor:
        length = ids.shape[1]
        x = self.token_embd(ids)
        for layer in self.blk:
            x = layer(x, self.cosine[:length], self.sine[:length], self.mask[:length, :length])
        return functional.linear(self.output_norm(x), self.token_embd.weight)

    def act_quantized(self, quantized: bool) -> None:
        for module in self.modules():
            if isinstance(module, Matrix):
                module.quantized = quantized
