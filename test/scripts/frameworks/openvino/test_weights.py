import os
import tempfile
import unittest

from frameworks.gguf.dequantize import dequantize
from frameworks.gguf.file import read_gguf

# Before openvino itself, which it keeps silent.
from frameworks.openvino.weights import WeightReader

import numpy as np
import openvino as ov
import openvino.opset15 as op
from gguf_writing import write_gguf

ROWS, WIDTH = 96, 128
EXACT = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}
#: Bytes of a block and its weights.
BLOCKS = {"F32": (4, 1), "F16": (2, 1), "BF16": (2, 1), "Q8_0": (34, 32), "Q4_0": (18, 32)}


def random_blocks(kind: str) -> bytes:
    size, weights = BLOCKS[kind]
    random = np.random.default_rng(size)
    count = ROWS * WIDTH // weights
    if kind == "F32":
        return random.standard_normal(count).astype("<f4").tobytes()
    if kind == "F16":
        return random.standard_normal(count).astype("<f2").tobytes()
    blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
    if kind == "BF16":
        blocks[:, 1] = 60
    else:
        blocks[:, :2] = random.uniform(-0.1, 0.1, (count, 1)).astype("<f2").view(np.uint8)
    return blocks.tobytes()


class WeightsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        tensors = {kind: (kind, (ROWS, WIDTH), random_blocks(kind)) for kind in BLOCKS}
        self.file = read_gguf(
            write_gguf(os.path.join(folder.name, "m.gguf"), {"general.architecture": "llama"}, tensors)
        )

    def expected(self, name: str) -> np.ndarray:
        tensor = self.file.tensor(name)
        values = np.empty(tensor.elements, dtype=np.float32)
        dequantize(tensor.type, np.ascontiguousarray(self.file.blocks(name)), values)
        return values.reshape(ROWS, WIDTH)

    def reader(self) -> WeightReader:
        return WeightReader(self.file, lambda _: None)

    def test_rows_are_looked_up_bit_for_bit(self):
        for name in BLOCKS:
            with self.subTest(name):
                ids = op.parameter([-1], np.int64)
                rows = op.gather(self.reader().matrix(name, ROWS, WIDTH), ids, 0)
                model = ov.Core().compile_model(ov.Model([op.result(rows)], [ids], name), "CPU", EXACT)
                wanted = np.array([0, 1, 5, ROWS - 1])
                np.testing.assert_array_equal(model([wanted])[0], self.expected(name)[wanted])

    def test_products_are_those_of_the_values_of_the_file(self):
        vectors = np.random.default_rng(1).standard_normal((3, WIDTH)).astype(np.float32)
        order = np.arange(ROWS)[::-1].copy()
        for name in BLOCKS:
            for rows in (None, order):
                for count in (1, 3):
                    with self.subTest(name, ordered=rows is not None, count=count):
                        x = op.parameter([-1, WIDTH], np.float32)
                        matrix = self.reader().matrix(name, ROWS, WIDTH, rows)
                        product = op.matmul(x, matrix, False, True)
                        model = ov.Core().compile_model(ov.Model([op.result(product)], [x], name), "CPU", EXACT)
                        values = self.expected(name).astype(np.float64)
                        expected = vectors[:count] @ (values if rows is None else values[rows]).T
                        np.testing.assert_allclose(model([vectors[:count]])[0], expected, rtol=1e-4, atol=1e-4)

    def test_constants_have_the_size_of_the_file_but_for_what_becomes_float32(self):
        for name, per_weight in (("F32", 4), ("F16", 2), ("Q8_0", 34 / 32), ("Q4_0", 18 / 32), ("BF16", 4)):
            with self.subTest(name):
                reader = self.reader()
                reader.matrix(name, ROWS, WIDTH)
                self.assertEqual(reader.bytes, ROWS * WIDTH * per_weight)
                kept, others = (
                    (reader.blocks, reader.numbers) if name.startswith("Q") else (reader.numbers, reader.blocks)
                )
                self.assertEqual((kept, others), ({name}, set()))


if __name__ == "__main__":
    unittest.main()
