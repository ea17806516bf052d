"""torch's memory seen by tinygrad, shared and copied; run by real-hybrid.test.ts in a Python that has both."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "scripts"))

import torch  # noqa: E402

from frameworks.hybrid.bridge import Bridge, blob_of, proof  # noqa: E402


class Shared(unittest.TestCase):
    def test_is_proved_both_ways(self) -> None:
        self.assertIsNone(proof("CPU", torch.device("cpu")))

    def test_whatever_the_order_of_the_dimensions(self) -> None:
        bridge, tensor = Bridge("CPU", share=True), torch.arange(24.0).reshape(2, 3, 4)
        for view in (tensor, tensor.permute(2, 0, 1)):
            self.assertEqual(blob_of(view, "CPU").tolist(), view.tolist())
        seen = bridge.over(tensor)
        tensor[1, 2, 3] = -1.0
        self.assertEqual(seen.tolist(), tensor.tolist())
        self.assertEqual((bridge.shared_bytes, bridge.copied_bytes), (96, 0))

    def test_once_however_often_it_is_asked_for(self) -> None:
        bridge, tensor = Bridge("CPU", share=True), torch.zeros(8)
        self.assertIs(bridge.over(tensor), bridge.over(tensor))
        self.assertEqual(bridge.shared_bytes, 32)

    def test_refuses_gaps_and_formats_that_only_torch_has(self) -> None:
        with self.assertRaisesRegex(ValueError, "has gaps"):
            blob_of(torch.zeros(4, 4)[:, :2], "CPU")
        with self.assertRaisesRegex(ValueError, "complex64"):
            blob_of(torch.zeros(4, dtype=torch.complex64), "CPU")


class Copied(unittest.TestCase):
    def test_goes_over_only_when_told_and_is_counted(self) -> None:
        bridge, tensor = Bridge("CPU", share=False), torch.zeros(8)
        copy = bridge.over(tensor)
        tensor.fill_(1.0)
        self.assertEqual(copy.tolist(), [0.0] * 8)
        bridge.bring(tensor)
        self.assertEqual(copy.tolist(), [1.0] * 8)
        copy.assign(copy + 1).realize()
        self.assertEqual(tensor.tolist(), [1.0] * 8)
        bridge.fetch(tensor)
        self.assertEqual(tensor.tolist(), [2.0] * 8)
        self.assertEqual((bridge.shared_bytes, bridge.copied_bytes), (0, 96))


unittest.main()
