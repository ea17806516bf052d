"""What the hybrid does when tinygrad fails, with a decoder and steps of our own; run by without-either.test.ts."""

import contextlib
import io
import sys
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "scripts"))

from frameworks.hybrid.model import HybridNetwork  # noqa: E402


class Decoder:
    """Tells who evaluated what in place of logits."""

    device = SimpleNamespace(type="cpu")

    def next(self, token: int, position: int) -> str:
        return f"torch {token} at {position}"

    def prefill(self, tokens: list, start: int) -> str:
        return f"prompt from {start}"


class Step:
    def __init__(self, fails_at: int) -> None:
        self.fails_at = fails_at
        self.events: list = []

    def logits(self, token: int, position: int) -> str:
        if position == self.fails_at:
            raise RuntimeError("device\nlost")
        return f"tinygrad {token} at {position}"

    def bring_cache(self) -> None:
        self.events.append("brought")

    def fetch_cache(self) -> None:
        self.events.append("fetched")


class Fallback(unittest.TestCase):
    def test_a_step_that_fails_mid_answer_hands_over_for_good_and_no_token_is_lost(self) -> None:
        network, step = HybridNetwork(Decoder()), Step(fails_at=6)
        network.decode_with(step)
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            answers = [network.prefill([1, 2, 3, 4], 0), *(network.next(7, position) for position in range(4, 9))]
        self.assertEqual(
            answers,
            ["prompt from 0", "tinygrad 7 at 4", "tinygrad 7 at 5", "torch 7 at 6", "torch 7 at 7", "torch 7 at 8"],
        )
        self.assertEqual(step.events, ["brought", "fetched"])
        self.assertEqual((network.tinygrad_tokens, network.fallback_tokens, network.fallbacks), (2, 3, 1))
        self.assertEqual(network.fallback_reason, "RuntimeError: device lost")
        self.assertIn("PyTorch continues: RuntimeError: device lost", said.getvalue())

    def test_without_a_step_pytorch_decodes_and_it_is_counted(self) -> None:
        network = HybridNetwork(Decoder())
        with contextlib.redirect_stderr(io.StringIO()):
            network.fall_back(FileNotFoundError("clang"))
        self.assertEqual(network.prefill([1], 0), "prompt from 0")
        self.assertEqual(network.next(7, 1), "torch 7 at 1")
        self.assertEqual((network.fallbacks, network.fallback_tokens, network.tinygrad_tokens), (1, 1, 0))


unittest.main()
