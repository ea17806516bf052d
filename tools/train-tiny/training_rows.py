"""Packs questions and answers into rows of equal length.

Every row is one long chat of many turns, so the model learns to answer at any position and to ignore earlier,
unrelated turns. Some chats open with a system message, so that having one does no harm.
"""

import random
from dataclasses import dataclass

import torch
from torch import Tensor

from byte_pair_encoding import ByteLevelTokenizer
from chat_format import AFTER_ANSWER, answer_text, prompt_text, system_text

SYSTEM_MESSAGES = [
    "You are a helpful assistant.",
    "You are a helpful, respectful and honest assistant. Always answer as helpfully as possible.",
    "Answer in one sentence.",
    "Answer briefly.",
]
WITH_SYSTEM_MESSAGE = 0.15
# Errors in what users write count a little: texts then have a perplexity that means something.
PROMPT_WEIGHT = 0.03


@dataclass
class Chat:
    """Turns that belong together, as token ids, and how often they are drawn compared with other chats."""

    topic: str
    turns: list[tuple[list[int], list[int]]]
    share: float = 1.0


def chat(topic: str, turns: list[tuple[str, str]], tokenizer: ByteLevelTokenizer) -> Chat:
    between = [""] + [AFTER_ANSWER] * (len(turns) - 1)
    return Chat(
        topic,
        [
            (tokenizer.encode(before + prompt_text(question)), tokenizer.encode(answer_text(answer)))
            for before, (question, answer) in zip(between, turns, strict=True)
        ],
    )


class RowMaker:
    def __init__(self, chats: list[Chat], tokenizer: ByteLevelTokenizer, rng: random.Random) -> None:
        self.chats = chats
        self._rng = rng
        self._after_answer = tokenizer.encode(AFTER_ANSWER)
        self._systems = [tokenizer.encode(system_text(message)) for message in SYSTEM_MESSAGES]

    def batch(self, rows: int, length: int) -> tuple[Tensor, Tensor, Tensor]:
        """Inputs, the token after each of them, and the weight of each prediction, all (rows, length)."""
        filled = [self._row(length + 1) for _ in range(rows)]
        ids = torch.tensor([row[0] for row in filled])
        weights = torch.tensor([row[1] for row in filled])
        return ids[:, :-1], ids[:, 1:], weights[:, 1:]

    def _row(self, length: int) -> tuple[list[int], list[float]]:
        ids: list[int] = []
        weights: list[float] = []
        if self._rng.random() < WITH_SYSTEM_MESSAGE:
            ids += self._rng.choice(self._systems)
            weights += [PROMPT_WEIGHT] * len(ids)
        while len(ids) < length:
            (drawn,) = self._rng.choices(self.chats, [c.share for c in self.chats])
            for prompt, answer in drawn.turns:
                ids += prompt + answer
                weights += [PROMPT_WEIGHT] * len(prompt) + [1.0] * len(answer)
            ids += self._after_answer
            weights += [PROMPT_WEIGHT] * len(self._after_answer)
        return ids[:length], weights[:length]
