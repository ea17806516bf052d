"""As much of Hugging Face transformers as frameworks/transformers/loading.py uses: a model that answers token t with t + 1."""

from __future__ import annotations

import sys
import types

import torch

VOCABULARY, WIDTH = 50, 8


class DynamicCache:
    def __init__(self, config: object) -> None:
        self.layers = [types.SimpleNamespace(keys=None, values=None)]

    def crop(self, tokens: int) -> None:
        """tokens: negative, how many are removed; transformers 5.24 refuses others"""
        assert tokens < 0
        for layer in self.layers:
            layer.keys, layer.values = layer.keys[:, :, :tokens], layer.values[:, :, :tokens]

    def add(self, states: torch.Tensor) -> int:
        """Positions in the cache now."""
        layer = self.layers[0]
        old = [] if layer.keys is None else [layer.keys]
        layer.keys = layer.values = torch.cat([*old, states], dim=2)
        return layer.keys.shape[2]


class Counter(torch.nn.Module):
    dtype = torch.float32

    def __init__(self) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(VOCABULARY, WIDTH)
        self.lengths: list[int] = []
        self.config = types.SimpleNamespace(get_text_config=lambda decoder: None)

    def get_input_embeddings(self):
        return self.embedding

    def get_output_embeddings(self):
        return self.embedding

    def forward(self, input_ids, cache, use_cache, logits_to_keep, return_dict):
        states = self.embedding(input_ids)[:, None]
        self.lengths.append(cache.add(states))
        logits = torch.nn.functional.one_hot((input_ids + 1) % VOCABULARY, VOCABULARY).to(states.dtype)
        return types.SimpleNamespace(logits=logits[:, -logits_to_keep:])


def install(fails: Exception | None = None) -> Counter:
    """Puts it in the place of the real one, and returns the model that it will load."""
    model = Counter()

    def from_pretrained(
        pretrained_model_name_or_path: str, gguf_file: str, dtype: torch.dtype, local_files_only: bool
    ) -> Counter:
        if fails is not None:
            raise fails
        return model

    module = types.ModuleType("transformers")
    module.__version__ = "0.0-fake"
    module.AutoModelForCausalLM = types.SimpleNamespace(from_pretrained=from_pretrained)
    module.DynamicCache = DynamicCache
    module.GenerationConfig = types.SimpleNamespace
    quiet = types.SimpleNamespace(disable_progress_bar=lambda: None, set_verbosity_error=lambda: None)
    module.utils = types.SimpleNamespace(logging=quiet)
    # What has imported another one imports this one.
    for name in [name for name in sys.modules if name.startswith("frameworks.transformers")]:
        del sys.modules[name]
    sys.modules["transformers"] = module
    return model
