"""Which chats the model answers word for word under greedy decoding."""

import torch

from llama_model import Llama
from training_rows import Chat

ROWS = 64


@torch.no_grad()
def exact(model: Llama, chats: list[Chat]) -> list[bool]:
    """Greedy decoding writes an answer exactly if each of its tokens is the likeliest after those before it.

    So one forward pass over question and answer decides, and no token has to be generated.
    """
    model.eval()
    results = [True] * len(chats)
    order = sorted(range(len(chats)), key=lambda i: _length(chats[i]))
    for start in range(0, len(order), ROWS):
        some = order[start : start + ROWS]
        longest = max(_length(chats[i]) for i in some)
        ids = torch.zeros(len(some), longest, dtype=torch.long)
        for row, i in enumerate(some):
            text = [token for prompt, answer in chats[i].turns for token in (*prompt, *answer)]
            ids[row, : len(text)] = torch.tensor(text)
        likeliest = model(ids).argmax(-1)
        for row, i in enumerate(some):
            position = 0
            for prompt, answer in chats[i].turns:
                begin = position + len(prompt)
                position = begin + len(answer)
                if likeliest[row, begin - 1 : position - 1].tolist() != answer:
                    results[i] = False
    model.train()
    return results


def _length(chat: Chat) -> int:
    return sum(len(prompt) + len(answer) for prompt, answer in chat.turns)
