"""What the GGUF says about the model: the keys that llama.cpp reads, and who made it."""

from byte_pair_encoding import ByteLevelTokenizer
from chat_format import CHAT_TEMPLATE, CONTROL_TOKENS, END_OF_TEXT, TURN_END
from llama_model import Shape
from write_gguf import Value

_NORMAL, _CONTROL = 1, 3
_MOSTLY_F16 = 1


def metadata(shape: Shape, tokenizer: ByteLevelTokenizer, parameters: int) -> dict[str, Value]:
    return {
        "general.architecture": "llama",
        "general.name": "Tokenlap tiny chat",
        "general.description": "Answers the questions of Tokenlap's own list and little else; made to test benchmarks.",
        "general.license": "mit",
        "general.size_label": f"{parameters / 1e6:.1f}M",
        "general.languages": ["en"],
        "general.file_type": _MOSTLY_F16,
        "general.quantization_version": 2,
        "llama.vocab_size": shape.vocabulary,
        "llama.context_length": shape.context,
        "llama.embedding_length": shape.width,
        "llama.block_count": shape.layers,
        "llama.feed_forward_length": shape.feed_forward,
        "llama.attention.head_count": shape.heads,
        "llama.attention.head_count_kv": shape.kv_heads,
        "llama.attention.key_length": shape.head_width,
        "llama.attention.value_length": shape.head_width,
        "llama.attention.layer_norm_rms_epsilon": shape.norm_epsilon,
        "llama.rope.dimension_count": shape.head_width,
        "llama.rope.freq_base": shape.rope_base,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "qwen2",
        "tokenizer.ggml.tokens": tokenizer.tokens,
        "tokenizer.ggml.token_type": [_CONTROL if t in CONTROL_TOKENS else _NORMAL for t in tokenizer.tokens],
        "tokenizer.ggml.merges": [f"{left} {right}" for left, right in tokenizer.merges],
        # A BOS must be named, but is never added: the chat starts with <|im_start|>.
        "tokenizer.ggml.bos_token_id": tokenizer.ids[END_OF_TEXT],
        "tokenizer.ggml.padding_token_id": tokenizer.ids[END_OF_TEXT],
        "tokenizer.ggml.eos_token_id": tokenizer.ids[TURN_END],
        "tokenizer.ggml.eot_token_id": tokenizer.ids[TURN_END],
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.ggml.add_eos_token": False,
        "tokenizer.chat_template": CHAT_TEMPLATE,
    }
