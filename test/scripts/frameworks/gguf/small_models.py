"""Small random models as files, and what they must compute: the whole sequence at once, in float64, with no cache."""

from __future__ import annotations

import math

import numpy as np
from gguf_writing import write_gguf

WIDTH, HEADS, KV_HEADS, SIZE, HIDDEN, LAYERS, VOCABULARY, CONTEXT = 32, 4, 2, 8, 48, 2, 50, 64
EPSILON, BASE = 1e-5, 10000.0


class SmallModel:
    def __init__(self, architecture: str, seed: int = 1, tied: bool = True, rope_factors: bool = False):
        self.architecture = architecture
        self.kv_heads = HEADS if architecture == "gpt2" else KV_HEADS
        self._random = np.random.default_rng(seed)
        self.tensors = {"token_embd.weight": self._noise(VOCABULARY, WIDTH)}
        if not tied:
            self.tensors["output.weight"] = self._noise(VOCABULARY, WIDTH)
        if rope_factors:
            self.tensors["rope_freqs.weight"] = np.array([1.0, 1.5, 4.0, 32.0])
        if architecture == "gpt2":
            self.tensors["position_embd.weight"] = self._noise(CONTEXT, WIDTH)
        for layer in range(LAYERS):
            self._add_layer(f"blk.{layer}")
        self._add_norm("output_norm")

    def write(self, path: str, in_half: bool = False, quantized: dict | None = None, **metadata) -> str:
        """in_half: matrices in F16, which rounds them; quantized: tensors as write_gguf takes them, in place of float32"""
        name = self.architecture
        epsilon = "layer_norm_epsilon" if name == "gpt2" else "layer_norm_rms_epsilon"
        fields = {
            "general.architecture": name,
            f"{name}.block_count": LAYERS,
            f"{name}.embedding_length": WIDTH,
            f"{name}.feed_forward_length": HIDDEN,
            f"{name}.attention.head_count": HEADS,
            f"{name}.attention.head_count_kv": self.kv_heads,
            f"{name}.context_length": CONTEXT,
            f"{name}.attention.{epsilon}": EPSILON,
            f"{name}.rope.freq_base": BASE,
            "tokenizer.ggml.tokens": [f"token {index}" for index in range(VOCABULARY)],
            **metadata,
        }
        tensors = {key: value.astype(np.float32) for key, value in self.tensors.items()}
        if in_half:
            matrices = {key: value for key, value in tensors.items() if value.ndim > 1}
            tensors |= {key: ("F16", value.shape, value.astype("<f2").tobytes()) for key, value in matrices.items()}
        return write_gguf(path, fields, {**tensors, **(quantized or {})})

    def logits(self, tokens: list[int]) -> np.ndarray:
        """(tokens, vocabulary)"""
        x = self._tensor("token_embd.weight")[tokens]
        if self.architecture == "gpt2":
            x = x + self._tensor("position_embd.weight")[: len(tokens)]
        for layer in range(LAYERS):
            x = x + self._attention(f"blk.{layer}", self._norm(f"blk.{layer}.attn_norm", x))
            x = x + self._feed_forward(f"blk.{layer}", self._norm(f"blk.{layer}.ffn_norm", x))
        output = "output.weight" if "output.weight" in self.tensors else "token_embd.weight"
        return self._norm("output_norm", x) @ self._tensor(output).T

    def greedy(self, prompt: list[int], count: int) -> list[int]:
        tokens = list(prompt)
        for _ in range(count):
            tokens.append(int(self.logits(tokens)[-1].argmax()))
        return tokens[len(prompt) :]

    def _add_layer(self, name: str) -> None:
        queries, keys = HEADS * SIZE, self.kv_heads * SIZE
        self._add_norm(f"{name}.attn_norm")
        self._add_norm(f"{name}.ffn_norm")
        if self.architecture == "gpt2":
            shapes = {"attn_qkv": (queries + 2 * keys, WIDTH)}
        else:
            shapes = {"attn_q": (queries, WIDTH), "attn_k": (keys, WIDTH), "attn_v": (keys, WIDTH)}
        biased = set(shapes) if self.architecture == "qwen2" else set()
        shapes |= {"attn_output": (WIDTH, queries), "ffn_up": (HIDDEN, WIDTH), "ffn_down": (WIDTH, HIDDEN)}
        if self.architecture == "gpt2":
            biased = set(shapes)
        else:
            shapes["ffn_gate"] = (HIDDEN, WIDTH)
        for part, shape in shapes.items():
            self.tensors[f"{name}.{part}.weight"] = self._noise(*shape)
            if part in biased:
                self.tensors[f"{name}.{part}.bias"] = self._noise(shape[0])

    def _add_norm(self, name: str) -> None:
        self.tensors[f"{name}.weight"] = 1 + 0.1 * self._noise(WIDTH)
        if self.architecture == "gpt2":
            self.tensors[f"{name}.bias"] = self._noise(WIDTH)

    def _noise(self, *shape: int) -> np.ndarray:
        return (self._random.standard_normal(shape) * 0.3).astype(np.float32).astype(np.float64)

    def _tensor(self, name: str) -> np.ndarray:
        return self.tensors[name]

    def _linear(self, name: str, x: np.ndarray) -> np.ndarray:
        return x @ self._tensor(f"{name}.weight").T + self.tensors.get(f"{name}.bias", 0)

    def _norm(self, name: str, x: np.ndarray) -> np.ndarray:
        if self.architecture == "gpt2":
            centred = x - x.mean(-1, keepdims=True)
            scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON)
            return scaled * self._tensor(f"{name}.weight") + self._tensor(f"{name}.bias")
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + EPSILON) * self._tensor(f"{name}.weight")

    def _attention(self, name: str, h: np.ndarray) -> np.ndarray:
        if self.architecture == "gpt2":
            query, key, value = np.split(self._linear(f"{name}.attn_qkv", h), 3, axis=1)
        else:
            query, key, value = (self._linear(f"{name}.attn_{part}", h) for part in "qkv")
        mixed = []
        for head in range(HEADS):
            shared = head * self.kv_heads // HEADS
            q = self._rotated(query[:, head * SIZE : (head + 1) * SIZE])
            k = self._rotated(key[:, shared * SIZE : (shared + 1) * SIZE])
            scores = q @ k.T / math.sqrt(SIZE)
            scores[np.triu_indices(len(h), 1)] = -np.inf
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            weights /= weights.sum(-1, keepdims=True)
            mixed.append(weights @ value[:, shared * SIZE : (shared + 1) * SIZE])
        return self._linear(f"{name}.attn_output", np.concatenate(mixed, axis=1))

    def _rotated(self, x: np.ndarray) -> np.ndarray:
        if self.architecture == "gpt2":
            return x
        result = x.copy()
        for i in range(SIZE // 2):
            a, b = (i, i + SIZE // 2) if self.architecture == "qwen2" else (2 * i, 2 * i + 1)
            frequency = BASE ** (-2 * i / SIZE)
            if "rope_freqs.weight" in self.tensors:
                frequency /= self.tensors["rope_freqs.weight"][i]
            angle = np.arange(len(x)) * frequency
            result[:, a] = x[:, a] * np.cos(angle) - x[:, b] * np.sin(angle)
            result[:, b] = x[:, a] * np.sin(angle) + x[:, b] * np.cos(angle)
        return result

    def _feed_forward(self, name: str, h: np.ndarray) -> np.ndarray:
        up = self._linear(f"{name}.ffn_up", h)
        if self.architecture == "gpt2":
            inner = 0.5 * up * (1 + np.tanh(math.sqrt(2 / math.pi) * (up + 0.044715 * up**3)))
        else:
            gate = self._linear(f"{name}.ffn_gate", h)
            inner = gate / (1 + np.exp(-gate)) * up
        return self._linear(f"{name}.ffn_down", inner)
