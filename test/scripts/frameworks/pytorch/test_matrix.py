import unittest
from unittest import mock

import torch

from engine.python.normal_float import NF4_LEVELS
from frameworks.pytorch.weights import low_bit
from frameworks.pytorch.weights.low_bit import DequantizedMatrix, Int8Rows, Nf4Blocks, int8_engine
from frameworks.pytorch.weights.matrix import FloatMatrix, PackedMatrix, build_matrix, build_table, packs
from frameworks.pytorch.weights.precision import Precision

CPU = torch.device("cpu")


def random_rows(outputs: int, inputs: int) -> torch.Tensor:
    return torch.randn(outputs, inputs, generator=torch.Generator().manual_seed(5)) * 0.05


class MatrixTest(unittest.TestCase):
    def setUp(self):
        guard = torch.inference_mode()
        guard.__enter__()
        self.addCleanup(guard.__exit__, None, None, None)
        self.rows = random_rows(70, 96)
        self.vector = torch.randn(96, generator=torch.Generator().manual_seed(6))
        self.vectors = torch.randn(5, 96, generator=torch.Generator().manual_seed(7))

    def assert_all_products_are_those_of(self, matrix, rows: torch.Tensor, atol: float = 1e-5):
        def close(actual, wanted):
            torch.testing.assert_close(actual, wanted, atol=atol, rtol=0)

        single, several, bias = rows @ self.vector, self.vectors @ rows.t(), torch.arange(70.0) / 70
        close(matrix.product(self.vector), single)
        close(matrix.product(self.vectors), several)
        close(matrix.biased_product(bias, self.vector), single + bias)
        close(matrix.biased_product(bias, self.vectors), several + bias)
        for x, wanted in ((self.vector, single), (self.vectors, several)):
            total = torch.ones_like(wanted)
            matrix.add_product_to(total, x)
            close(total, wanted + 1)
        out = torch.empty(70)
        matrix.product_into(out, self.vector)
        close(out, single)

    def assert_rows_are_those_of(self, table, rows: torch.Tensor):
        torch.testing.assert_close(table.rows(torch.tensor([3, 69, 3])), rows[[3, 69, 3]])
        torch.testing.assert_close(table.row(69), rows[69])
        table.row(69).zero_()
        torch.testing.assert_close(table.row(69), rows[69])

    def test_floats_are_multiplied_as_they_are_and_a_row_is_a_copy(self):
        matrix = FloatMatrix(self.rows, torch.float32, CPU)
        self.assert_all_products_are_those_of(matrix, self.rows)
        self.assert_rows_are_those_of(matrix, self.rows)
        self.assertEqual((matrix.format, matrix.bytes), ("float32", 70 * 96 * 4))

    @unittest.skipUnless(packs(torch.float32, 2), f"torch {torch.__version__} packs no float32 weights")
    def test_floats_are_packed_where_several_threads_multiply(self):
        for threads, kind in ((1, FloatMatrix), (2, PackedMatrix)):
            with self.subTest(threads=threads), mock.patch("torch.get_num_threads", return_value=threads):
                matrix = build_matrix(self.rows, Precision("float32", torch.float32), CPU)
                self.assertIsInstance(matrix, kind)
                self.assert_all_products_are_those_of(matrix, self.rows)
                self.assertEqual((matrix.format, matrix.bytes), ("float32", 70 * 96 * 4))
                table = build_table(self.rows, Precision("float32", torch.float32), CPU)
                self.assert_rows_are_those_of(table, self.rows)

    def test_bfloat16_rounds_weights_and_takes_two_bytes_each(self):
        matrix = FloatMatrix(self.rows, torch.bfloat16, CPU)
        self.assertEqual((matrix.format, matrix.bytes), ("bfloat16", 70 * 96 * 2))
        wanted = self.rows.bfloat16().float() @ self.vector.bfloat16().float()
        torch.testing.assert_close(matrix.product(self.vector.bfloat16()).float(), wanted, atol=0.02, rtol=0.02)

    def test_int8_rounds_to_127_steps_of_each_rows_largest_weight(self):
        scales = self.rows.abs().amax(1, keepdim=True) / 127
        rounded = torch.round(self.rows / scales) * scales
        matrix = DequantizedMatrix(Int8Rows(self.rows, torch.float32, CPU))
        self.assert_all_products_are_those_of(matrix, rounded)
        self.assert_rows_are_those_of(matrix, rounded)
        self.assertEqual(matrix.bytes, 70 * 96 + 70 * 4)
        self.assertLessEqual((rounded - self.rows).abs().max(), scales.max() / 2)

    def test_int8_of_a_row_of_zeros_is_zero(self):
        self.assertEqual(Int8Rows(torch.zeros(2, 8), torch.float32, CPU).floats(0, 2).abs().max(), 0)

    def test_the_int8_engine_multiplies_integers(self):
        engine = int8_engine()
        if engine is None:
            self.skipTest("this torch has no engine for quantised models")
        matrix = low_bit.EngineInt8Matrix(self.rows)
        scales = self.rows.abs().amax(1, keepdim=True) / 127
        rounded = torch.round(self.rows / scales) * scales
        steps = 127 if engine.seven_bits else 255
        # Half a step of the quantised vector, times the weights that it meets.
        step = (self.vectors.max() - self.vectors.min()) / steps
        self.assert_all_products_are_those_of(matrix, rounded, atol=float(step / 2 * self.rows.abs().sum(1).max()))
        self.assertEqual(matrix.bytes, 70 * 96 + 70 * 4)

    def test_nf4_takes_the_nearest_level_of_each_block_of_64(self):
        storage = Nf4Blocks(self.rows, torch.float32, CPU)
        wanted = torch.empty_like(self.rows)
        for row in range(70):
            for start in (0, 64):
                block = self.rows[row, start : start + 64]
                largest = block.abs().max()
                for index, weight in enumerate(block):
                    nearest = min(NF4_LEVELS, key=lambda level: abs(level - float(weight / largest)))
                    wanted[row, start + index] = nearest * largest
        torch.testing.assert_close(storage.floats(0, 70), wanted)
        matrix = DequantizedMatrix(storage)
        self.assert_all_products_are_those_of(matrix, wanted)
        self.assert_rows_are_those_of(matrix, wanted)
        # Rows of 96 are padded to two blocks.
        self.assertEqual(matrix.bytes, 70 * (128 // 2 + 2 * 4))

    def test_products_in_pieces_are_those_of_the_whole(self):
        storage = Nf4Blocks(random_rows(9000, 64), torch.float32, CPU)
        x = torch.randn(64, generator=torch.Generator().manual_seed(8))
        matrix = DequantizedMatrix(storage)
        torch.testing.assert_close(matrix.product(x), storage.floats(0, 9000) @ x, atol=1e-5, rtol=0)

    def test_a_precision_decides_how_weights_are_stored(self):
        for name, format in (("float32", "float32"), ("int8", "int8 per row"), ("nf4", "nf4 in blocks of 64")):
            precision = Precision(name, torch.float32)
            self.assertEqual(build_matrix(self.rows, precision, CPU).format, format)
            self.assertEqual(build_table(self.rows, precision, CPU).format, format)


if __name__ == "__main__":
    unittest.main()
