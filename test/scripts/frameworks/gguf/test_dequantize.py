import unittest

import numpy as np
from scalar_dequantization import weight_of

from frameworks.gguf import dequantize as module
from frameworks.gguf.dequantize import FOUR_BIT_TYPES, TENSOR_TYPES, dequantize, four_bit_groups

#: Bytes of each type that must be set for a block to be one with finite weights: half-precision scales.
SCALES = {"Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,), "Q4_1": (0, 2), "Q5_1": (0, 2)}


def random_blocks(type, count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    blocks = random.integers(0, 256, (count, type.block_bytes), dtype=np.uint8)
    for at in SCALES.get(type.name, (0,) if type.block_elements > 1 else ()):
        blocks[:, at : at + 2] = random.uniform(-0.1, 0.1, (count, 1)).astype("<f2").view(np.uint8)
    if type.name in ("F32", "F16", "BF16"):
        exponent_byte = type.block_bytes - 1
        blocks[:, exponent_byte] = 60
    return blocks


class DequantizeTest(unittest.TestCase):
    def test_every_weight_of_every_type_is_that_of_the_scalar_formula(self):
        for type in TENSOR_TYPES.values():
            with self.subTest(type.name):
                blocks = random_blocks(type, 7, seed=type.block_bytes)
                out = np.empty(7 * type.block_elements, np.float32)
                dequantize(type, blocks, out)
                wanted = [weight_of(type.name, bytes(block), i) for block in blocks for i in range(type.block_elements)]
                # The scalar formula rounds once, at the end, and the format after each step.
                np.testing.assert_allclose(out, np.array(wanted, np.float32), rtol=3e-7, atol=3e-6)

    def test_large_tensors_are_converted_in_pieces_to_the_same_values(self):
        type = next(type for type in TENSOR_TYPES.values() if type.name == "Q4_K")
        blocks = random_blocks(type, 40, seed=3)
        whole, pieces = np.empty(40 * 256, np.float32), np.empty(40 * 256, np.float32)
        dequantize(type, blocks, whole)
        usual, module.PIECE_ELEMENTS = module.PIECE_ELEMENTS, 3 * 256
        try:
            dequantize(type, blocks, pieces)
        finally:
            module.PIECE_ELEMENTS = usual
        np.testing.assert_array_equal(whole, pieces)

    def test_the_groups_of_four_bits_have_the_same_weights(self):
        for type in TENSOR_TYPES.values():
            if type.name not in FOUR_BIT_TYPES:
                continue
            with self.subTest(type.name):
                blocks = random_blocks(type, 7, seed=4)
                whole = np.empty(7 * type.block_elements, np.float32)
                dequantize(type, blocks, whole)
                codes, scales, offsets = four_bit_groups(type, blocks)
                self.assertLessEqual(codes.max(), 15)
                found = (codes.astype(np.float32) - 8) * scales[:, None] + offsets[:, None]
                np.testing.assert_allclose(found.reshape(-1), whole, rtol=1e-6, atol=1e-5)
        with self.assertRaisesRegex(ValueError, "Q8_0 is none of Q4_0, Q4_1, Q4_K"):
            four_bit_groups(TENSOR_TYPES[8], random_blocks(TENSOR_TYPES[8], 1, seed=4))


if __name__ == "__main__":
    unittest.main()
