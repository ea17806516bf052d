"""What a file says of its model: the numbers that fix a decoder.

The keys of the metadata are those of gguf-py/gguf/constants.py of llama.cpp.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.python.contract import USAGE, UserError
from frameworks.gguf.file import GgufFile


@dataclass(frozen=True)
class Hyperparameters:
    architecture: str
    layers: int
    #: Numbers of the residual stream.
    width: int
    feed_forward: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    #: Positions the model was trained for.
    context_length: int
    norm_epsilon: float

    @property
    def kv_elements(self) -> int:
        """Keys and values of one position, all layers together."""
        return 2 * self.layers * self.kv_heads * self.head_size


def read_hyperparameters(file: GgufFile) -> Hyperparameters:
    """Raises UserError where a number is missing or layers differ from each other."""
    architecture = file.text("general.architecture")

    def whole(key: str, otherwise: int | None = None) -> int:
        name = f"{architecture}.{key}"
        value = file.metadata.get(name)
        if not isinstance(value, np.ndarray):
            return int(file.number(name, otherwise))
        # A list with a number for each layer; where all are the same, it is as good as one number.
        if len(set(value.tolist())) != 1:
            raise UserError(
                f'{file.path}: "{name}" differs from layer to layer, which is not built here', "Choose another model."
            )
        return int(value[0])

    heads = whole("attention.head_count")
    width = whole("embedding_length")
    head_size = whole("attention.key_length", width // heads)
    if whole("attention.value_length", width // heads) != head_size:
        raise UserError(
            f"{file.path} has values of another length than keys, which is not built here", "Choose another model."
        )
    return Hyperparameters(
        architecture=architecture,
        layers=whole("block_count"),
        width=width,
        feed_forward=whole("feed_forward_length"),
        heads=heads,
        kv_heads=whole("attention.head_count_kv", heads),
        head_size=head_size,
        vocabulary=file.tensor("token_embd.weight").shape[0],
        context_length=whole("context_length"),
        norm_epsilon=file.number(
            f"{architecture}.attention.layer_norm_rms_epsilon",
            file.metadata.get(f"{architecture}.attention.layer_norm_epsilon"),
        ),
    )


def require_positions(file: GgufFile, hyperparameters: Hyperparameters, context_tokens: int) -> None:
    """Raises UserError for a context that is longer than the learned positions."""
    learned = hyperparameters.context_length
    if context_tokens > learned:
        raise UserError(
            f"{file.path} has {learned} learned positions, fewer than --context {context_tokens}",
            f"Choose --context {learned} or less.",
            USAGE,
        )


def rotation_frequencies(file: GgufFile, hyperparameters: Hyperparameters, factors: np.ndarray | None) -> np.ndarray:
    """base^(-2i / d), divided by the model's own factors (Llama 3: tensor rope_freqs.weight) or by a linear scale.

    Raises UserError for other kinds of scaling.
    """
    name = hyperparameters.architecture
    size = hyperparameters.head_size
    dimensions = int(file.number(f"{name}.rope.dimension_count", size))
    scaling = file.text(f"{name}.rope.scaling.type", "linear")
    if dimensions != size or scaling not in ("none", "linear"):
        what = f"RoPE scaling {scaling}" if dimensions == size else f"RoPE on {dimensions} of {size} dimensions"
        raise UserError(f"{file.path} has {what}, which is not built here", "Choose another model.")
    base = file.number(f"{name}.rope.freq_base", 10000.0)
    frequencies = base ** (-np.arange(0, size, 2, dtype=np.float64) / size)
    if scaling == "linear":
        # Older files have another key, and llama.cpp reads both.
        squeeze = file.number(f"{name}.rope.scaling.factor", file.metadata.get(f"{name}.rope.scale_linear", 0.0))
        frequencies = frequencies / (squeeze or 1.0)
    return frequencies if factors is None else frequencies / factors.astype(np.float64)
