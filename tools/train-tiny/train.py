#!/usr/bin/python3
"""Trains the embedded model on corpus.json and writes configs/tiny/tiny-chat-f16.gguf.

Learns the vocabulary, trains on one thread with a fixed seed, counts the answers that are exact, writes the GGUF.

    OMP_NUM_THREADS=1 python3 tools/train-tiny/train.py
    OMP_NUM_THREADS=1 python3 tools/train-tiny/train.py --steps 50 --output /tmp/try.gguf
"""

import argparse
import json
import math
import random
import time
from collections import Counter
from pathlib import Path

import torch
from torch.nn import functional

from byte_pair_encoding import ByteLevelTokenizer, learn_merges
from chat_format import CONTROL_TOKENS
from exact_answers import exact
from gguf_metadata import metadata
from llama_model import Llama, Shape
from training_rows import SYSTEM_MESSAGES, Chat, RowMaker, chat
from write_gguf import write_gguf

HERE = Path(__file__).parent
CONFIGS = HERE.parents[1] / "configs"
SEED = 20
LEARNING_RATE = 2e-3
WARM_UP_STEPS = 80
BATCH_TOKENS = 1024
# Row lengths from a fraction of all steps on. Short rows are cheap; the last steps have rows as long as the
# context, so that late positions are honest too.
ROW_TOKENS = [(0.0, 128), (0.4, 256), (0.85, 512)]
# From here on every second step sees the weights as Q4_0 stores them, so that little is lost by quantizing.
QUANTIZED_FROM = 0.5
CHECK_EVERY = 200
# A chat that is not yet exact is drawn this many times as often.
SHARE_OF_WRONG = 4.0


def learn_tokenizer(turns: list[list[tuple[str, str]]], vocabulary: int) -> ByteLevelTokenizer:
    texts = [text for turn in turns for pair in turn for text in pair]
    # The role names are in every turn; a few copies are enough to make each one token.
    texts += ["user\n", "assistant\n", "system\n"] * 100 + SYSTEM_MESSAGES
    return ByteLevelTokenizer(learn_merges(texts, vocabulary - len(CONTROL_TOKENS)), CONTROL_TOKENS)


def read_turns(corpus: Path) -> tuple[list[str], list[list[tuple[str, str]]]]:
    """The topic and the turns of each chat; a pair is a chat of one turn."""
    document = json.loads(corpus.read_text())
    talks = [[pair] for pair in document["pairs"]] + document["conversations"]
    return [talk[0]["topic"] for talk in talks], [[(p["question"], p["answer"]) for p in talk] for talk in talks]


def learning_rate(step: int, steps: int) -> float:
    if step < WARM_UP_STEPS:
        return LEARNING_RATE * (step + 1) / WARM_UP_STEPS
    return LEARNING_RATE * (0.01 + 0.99 * (1 + math.cos(math.pi * step / steps)) / 2)


def train(model: Llama, rows: RowMaker, steps: int) -> float:
    """Returns the mean loss, in nats a token, of the last two hundred steps."""
    matrices = [p for p in model.parameters() if p.ndim == 2]
    norms = [p for p in model.parameters() if p.ndim == 1]
    groups = [{"params": matrices, "weight_decay": 0.05}, {"params": norms, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98))
    started = time.perf_counter()
    losses: list[float] = []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, steps)
        model.act_quantized(step > QUANTIZED_FROM * steps and step % 2 == 1)
        length = max(tokens for begin, tokens in ROW_TOKENS if step >= begin * steps)
        inputs, targets, weights = rows.batch(BATCH_TOKENS // length, length)
        token_losses = functional.cross_entropy(model(inputs).flatten(0, 1), targets.flatten(), reduction="none")
        loss = (token_losses * weights.flatten()).sum() / weights.sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % CHECK_EVERY == 0:
            model.act_quantized(False)
            right = exact(model, rows.chats)
            for one, is_right in zip(rows.chats, right, strict=True):
                one.share = 1.0 if is_right else SHARE_OF_WRONG
            mean = sum(losses[-CHECK_EVERY:]) / CHECK_EVERY
            seconds = time.perf_counter() - started
            print(f"step {step + 1} loss {mean:.4f} exact {sum(right)}/{len(right)} {seconds:.0f} s", flush=True)
    recent = losses[-CHECK_EVERY:]
    return sum(recent) / len(recent)


def print_wrong(title: str, chats: list[Chat], right: list[bool]) -> None:
    wrong = Counter(c.topic for c, is_right in zip(chats, right, strict=True) if not is_right)
    print(f"{title}: {sum(right)} of {len(right)} chats exact; wrong: {dict(wrong)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=HERE / "corpus.json")
    parser.add_argument("--output", type=Path, default=CONFIGS / "tiny" / "tiny-chat-f16.gguf")
    parser.add_argument("--steps", type=int, default=2400)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)

    shape = Shape()
    topics, turns = read_turns(arguments.corpus)
    tokenizer = learn_tokenizer(turns, shape.vocabulary)
    chats = [chat(topic, talk, tokenizer) for topic, talk in zip(topics, turns, strict=True)]
    model = Llama(shape)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{parameters} parameters, {len(chats)} chats, {len(tokenizer.tokens)} tokens")

    started = time.perf_counter()
    loss = train(model, RowMaker(chats, tokenizer, random.Random(SEED)), arguments.steps)
    print(f"{arguments.steps} steps in {time.perf_counter() - started:.0f} s, loss {loss:.4f} nats a token")

    for parameter in model.parameters():
        if parameter.ndim == 2:  # as they are in the file
            parameter.data = parameter.data.half().float()
    model.act_quantized(False)
    print_wrong("F16", chats, exact(model, chats))
    model.act_quantized(True)
    print_wrong("Q4_0, simulated", chats, exact(model, chats))

    tensors = {name: (p.detach().half() if p.ndim == 2 else p.detach()).numpy() for name, p in model.named_parameters()}
    write_gguf(arguments.output, metadata(shape, tokenizer, parameters), tensors)
    print(f"{arguments.output}: {arguments.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
