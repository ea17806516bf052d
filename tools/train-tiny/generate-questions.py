#!/usr/bin/python3
"""Writes the second part of configs/texts/english.txt: questions in the form that the embedded model learnt, most of which it never saw.

The words come from facts.py; the questions about them are drawn anew, and those that are in corpus.json word for word are left
out, except for one line in FAMILIAR_EVERY. Everything before the marker stays as it was written by hand.
The same seed gives the same bytes.

    python3 tools/train-tiny/generate-questions.py
"""

import json
import random
from pathlib import Path

HERE = Path(__file__).parent
from facts import CAPITALS, COLOURS, NAMES, OPPOSITES

HERE = Path(__file__).parent
SEED = 6
MARKER = "Questions and Answers\n"
LINES = 260
FAMILIAR_EVERY = 4


def drawn_pair(rng: random.Random) -> tuple[str, str]:
    """A question that has one right answer, and that answer."""
    kind = rng.randrange(6)
    if kind == 0:
        a, b = rng.randint(10, 99), rng.randint(10, 99)
        return f"What is {a} + {b}?", str(a + b)
    if kind == 1:
        a = rng.randint(20, 99)
        b = rng.randint(1, a)
        return f"What is {a} - {b}?", str(a - b)
    if kind == 2:
        country, city = rng.choice(sorted(CAPITALS.items()))
        return f"Is {city} the capital of {country}?", f"The capital of {country} is {city}."
    if kind == 3:
        first, second = rng.choice(OPPOSITES)
        return f"Let us play opposites. My word is {second}.", first
    if kind == 4:
        thing, colour = rng.choice(sorted(COLOURS.items()))
        name = rng.choice(NAMES)
        return f"My name is {name}. What colour is {thing}?", f"Hello {name}! {colour}"
    had, eaten, bought = rng.randint(8, 19), rng.randint(2, 7), rng.randint(2, 9)
    left = had - eaten
    return (
        f"I have {had} apples, eat {eaten} and buy {bought}. How many apples do I have?",
        f"First {had} - {eaten} = {left} apples are left. "
        f"Then {left} + {bought} = {left + bought}. You have {left + bought} apples.",
    )


def main() -> None:
    rng = random.Random(SEED)
    corpus = json.loads((HERE / "corpus.json").read_text())["pairs"]
    known = {pair["question"] for pair in corpus}
    lines: list[str] = []
    while len(lines) < LINES:
        if len(lines) % FAMILIAR_EVERY == FAMILIAR_EVERY - 1:
            pair = rng.choice(corpus)
            question, answer = pair["question"], pair["answer"]
        else:
            question, answer = drawn_pair(rng)
            if question in known:
                continue
        lines.append(f"{question} {answer}")
    path = HERE.parents[1] / "configs" / "texts" / "english.txt"
    prose = path.read_text(encoding="utf-8").split(MARKER)[0]
    path.write_text(prose + MARKER + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} lines after the marker in {path}")


if __name__ == "__main__":
    main()
