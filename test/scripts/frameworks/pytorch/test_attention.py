import unittest

import torch

from frameworks.pytorch.attention import FusedMix


def heads_last(queries, keys, values, **_):
    """As the kernel of 32-bit numbers on CUDA leaves it: right numbers, heads behind positions in memory."""
    weights = torch.softmax(queries @ keys.transpose(-1, -2) / queries.shape[-1] ** 0.5, -1)
    return (weights @ values).transpose(1, 2).contiguous().transpose(1, 2)


class FusedMixTest(unittest.TestCase):
    def test_one_token_becomes_a_row_in_order_whatever_the_layout_of_the_kernel(self):
        torch.manual_seed(1)
        kv_heads, group, size, positions = 2, 3, 4, 5
        queries = torch.randn(kv_heads, group, size)
        values = torch.randn(kv_heads, positions, size)
        keys = torch.randn(kv_heads, positions, size)
        mixed = FusedMix(heads_last).one(queries, keys[None], values[None])
        expected = torch.softmax(torch.bmm(queries, keys.transpose(1, 2)) / size**0.5, -1) @ values
        self.assertTrue(torch.allclose(mixed.reshape(-1), expected.reshape(-1), atol=1e-6))


if __name__ == "__main__":
    unittest.main()
