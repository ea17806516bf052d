#!/usr/bin/python3
"""Writes corpus.json: every question and answer the embedded model is trained on.

The predefined questions come from configs/questions.json, the rest from the tables beside this file. The same seed
gives the same bytes, so accuracy tasks may quote the file.

    python3 tools/train-tiny/generate-corpus.py
    python3 tools/train-tiny/generate-corpus.py --output /tmp/corpus.json
"""

import argparse
import json
import random
from pathlib import Path

from facts import CAPITALS, CHOICES, COLOURS, DEFINITIONS, NAMES, OPPOSITES, SCIENCE, WORDS_TO_REVERSE
from small_talk import DO_NOT_KNOW, GREETINGS, UNKNOWN_QUESTIONS

HERE = Path(__file__).parent
SEED = 20
TWO_DIGIT_SUMS = 60
TWO_DIGIT_DIFFERENCES = 40
GAMES = 60

Pair = dict[str, str]


def pair(topic: str, question: str, answer: str) -> Pair:
    return {"topic": topic, "question": question, "answer": answer}


def predefined_pairs() -> list[Pair]:
    questions = json.loads((HERE.parents[1] / "configs" / "questions.json").read_text())["questions"]
    return [pair(q["topic"], q["question"], q["answer"]) for q in questions]


def arithmetic_pairs(rng: random.Random) -> list[Pair]:
    """All sums of two digits and all differences of two digits that are not negative, and some of two-digit numbers."""
    sums = [(a, b) for a in range(10) for b in range(10)]
    sums += [(rng.randint(10, 49), rng.randint(10, 49)) for _ in range(TWO_DIGIT_SUMS)]
    differences = [(a, b) for a in range(10) for b in range(a + 1)]
    for _ in range(TWO_DIGIT_DIFFERENCES):
        a = rng.randint(20, 99)
        differences.append((a, rng.randint(10, a)))
    return [pair("arithmetic", f"What is {a} + {b}?", str(a + b)) for a, b in sums] + [
        pair("arithmetic", f"What is {a} - {b}?", str(a - b)) for a, b in differences
    ]


def choice_pair(rng: random.Random, question: str, right: str, wrong: list[str]) -> Pair:
    options = [right, *wrong]
    rng.shuffle(options)
    listed = " ".join(f"{letter}) {option}" for letter, option in zip("ABCD", options, strict=True))
    return pair("multiple-choice", f"{question} {listed}", "ABCD"[options.index(right)])


def choice_pairs(rng: random.Random) -> list[Pair]:
    """Every fact in two random orders of its options: the letter alone cannot be learnt."""
    pairs: list[Pair] = []
    for question, right, wrong in CHOICES:
        pairs += [choice_pair(rng, question, right, list(wrong)) for _ in range(2)]
    for country, city in CAPITALS.items():
        others = [other for other in CAPITALS.values() if other != city]
        pairs.append(choice_pair(rng, f"Which city is the capital of {country}?", city, rng.sample(others, 3)))
    return pairs


def word_pairs() -> list[Pair]:
    both_ways = OPPOSITES + [(b, a) for a, b in OPPOSITES]
    return (
        [pair("geography", f"What is the capital of {c}?", f"The capital of {c} is {k}.") for c, k in CAPITALS.items()]
        + [pair("words", f"What is the opposite of {a}?", b) for a, b in both_ways]
        + [pair("words", f"What colour is {thing}?", colour) for thing, colour in COLOURS.items()]
        + [pair("reverse-text", f"Reverse the word: {word}", word[::-1]) for word in WORDS_TO_REVERSE]
        + [pair("inference", q, a) for q, a in DEFINITIONS.items()]
        + [pair("science", q, a) for q, a in SCIENCE.items()]
        + [pair("small-talk", q, a) for q, a in GREETINGS.items()]
        + [pair("unknown", q, DO_NOT_KNOW) for q in UNKNOWN_QUESTIONS]
    )


def game_conversations(rng: random.Random) -> list[list[Pair]]:
    """A bare word is answered by its opposite, but only after the first turn has said so."""
    both_ways = OPPOSITES + [(b, a) for a, b in OPPOSITES]
    conversations: list[list[Pair]] = []
    for _ in range(GAMES):
        (first, opposite), *later = rng.sample(both_ways, 3)
        opening = pair("word-game", f"Let us play opposites. My word is {first}.", opposite)
        conversations.append([opening] + [pair("word-game", a, b) for a, b in later])
    return conversations


def name_conversations() -> list[list[Pair]]:
    """The answer to the second turn stands only in the first: shows that the context is read."""
    return [
        [
            pair("memory", f"My name is {name}.", f"Hello {name}!"),
            pair("memory", "What is my name?", f"Your name is {name}."),
        ]
        for name in NAMES
    ]


def without_repeats(pairs: list[Pair]) -> list[Pair]:
    """Keeps the first pair of each question and refuses two different answers to one question."""
    seen: dict[str, Pair] = {}
    for candidate in pairs:
        known = seen.setdefault(candidate["question"], candidate)
        if known["answer"] != candidate["answer"]:
            raise ValueError(f"two answers to {candidate['question']!r}: {known['answer']!r}, {candidate['answer']!r}")
    return list(seen.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=HERE / "corpus.json")
    output: Path = parser.parse_args().output
    rng = random.Random(SEED)
    pairs = without_repeats(predefined_pairs() + arithmetic_pairs(rng) + choice_pairs(rng) + word_pairs())
    conversations = game_conversations(rng) + name_conversations()
    # One pair a line: readable, and a change of one pair is a change of one line.
    lines = ",\n".join("    " + json.dumps(p) for p in pairs)
    talks = ",\n".join("    " + json.dumps(c) for c in conversations)
    output.write_text(f'{{\n  "pairs": [\n{lines}\n  ],\n  "conversations": [\n{talks}\n  ]\n}}\n')
    print(f"{len(pairs)} pairs and {len(conversations)} conversations in {output}")


if __name__ == "__main__":
    main()
