"""Loads folders as anyone would and says what transformers makes of each. Usage: REQUEST.json ANSWERS.json."""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def answer_of(folder: str, texts: list[str], tokens: list[int]) -> dict:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model, loading = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0]
    ids = [tokenizer.encode(text, add_special_tokens=False) for text in texts]
    return {
        "model_class": type(model).__name__,
        "dtype": str(model.dtype),
        "unmatched": sorted(str(name) for names in loading.values() for name in names),
        "ids": ids,
        "wrapped": tokenizer.encode("a", add_special_tokens=True),
        "decoded": [tokenizer.decode(each, skip_special_tokens=False) for each in ids],
        "end_ids": model.generation_config.eos_token_id,
        "chat": tokenizer.chat_template
        and tokenizer.apply_chat_template(
            [{"role": "user", "content": "What is 2 + 2?"}], add_generation_prompt=True, tokenize=False
        ),
        "logits": logits.tolist(),
    }


request_path, answers_path = sys.argv[1:]
with open(request_path, encoding="utf-8") as file:
    request = json.load(file)
answers = [answer_of(folder, request["texts"], request["tokens"]) for folder in request["folders"]]
with open(answers_path, "w", encoding="utf-8") as file:
    json.dump(answers, file)
