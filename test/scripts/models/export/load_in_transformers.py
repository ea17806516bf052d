"""Loads a folder as anyone would and says what transformers makes of it. Usage: FOLDER REQUEST.json ANSWER.json."""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, request_path, answer_path = sys.argv[1:]
with open(request_path, encoding="utf-8") as file:
    request = json.load(file)
tokenizer = AutoTokenizer.from_pretrained(folder)
model, loading = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
with torch.no_grad():
    logits = model(torch.tensor([request["tokens"]])).logits[0]
answer = {
    "model_class": type(model).__name__,
    "dtype": str(model.dtype),
    "unmatched": sorted(str(name) for names in loading.values() for name in names),
    "ids": [tokenizer.encode(text, add_special_tokens=False) for text in request["texts"]],
    "wrapped": tokenizer.encode("a", add_special_tokens=True),
    "decoded": [
        tokenizer.decode(tokenizer.encode(text, add_special_tokens=False), skip_special_tokens=False)
        for text in request["texts"]
    ],
    "end_ids": model.generation_config.eos_token_id,
    "chat": tokenizer.chat_template
    and tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is 2 + 2?"}], add_generation_prompt=True, tokenize=False
    ),
    "logits": logits.tolist(),
}
with open(answer_path, "w", encoding="utf-8") as file:
    json.dump(answer, file)
