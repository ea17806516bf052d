import unittest
from unittest import mock

import numpy as np
import torch
from gguf_writing import write_gguf
from load_requests import Sink, load_request, options
from model_file import ModelFileTest
from scalar_dequantization import weight_of
from small_models import VOCABULARY, WIDTH, SmallModel
from test_dequantize import random_blocks

from engine.python.contract import MISSING, UserError
from frameworks.gguf.dequantize import FOUR_BIT_TYPES, TENSOR_TYPES
from frameworks.gguf.file import read_gguf
from frameworks.pytorch.loading import load_model
from frameworks.pytorch.weights import precision
from frameworks.pytorch.weights.int4 import GROUP, Int4Groups, Int4Matrix, Int4Rows, has_int4_kernels
from frameworks.pytorch.weights.low_bit import DequantizedMatrix
from frameworks.pytorch.weights.reader import WeightReader

#: Half a step of bfloat16, relative: 8 bits of precision.
HALF_STEP = 2.0**-8
TOKENS = [3, 14, 15, 9, 26, 5, 35, 8, 9, 7, 9, 3, 23]
needs_kernels = unittest.skipUnless(has_int4_kernels(), f"torch {torch.__version__} has no kernels for int4 weights")


def noise(*shape: int, seed: int = 5) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * 0.05


def values(groups: Int4Groups) -> torch.Tensor:
    """float32 of (outputs, inputs), by the formula"""
    scale, offset = groups.scales.float().unbind(-1)
    codes = groups.codes.view(len(groups.codes), -1, GROUP).float()
    found = (codes - 8) * scale[:, :, None] + offset[:, :, None]
    return found.reshape(len(groups.codes), -1)[:, : groups.inputs]


class Int4Test(ModelFileTest):
    def test_every_weight_is_within_half_a_step_of_its_group(self):
        rows = noise(7, 96)
        rows[3, :32] = 0.25
        groups = Int4Groups.quantized(rows)
        scales = groups.scales[:, :, 0].float().repeat_interleave(GROUP, dim=1)
        ends = rows.view(7, -1, GROUP).abs().amax(2).repeat_interleave(GROUP, dim=1)
        # Scale and offset are rounded to bfloat16: 15 steps of the scale, and an offset no larger than the largest weight.
        bound = scales / 2 + HALF_STEP * (15 * scales + ends)
        self.assertTrue(((values(groups) - rows).abs() <= bound).all())
        self.assertTrue(torch.equal(values(groups)[3, :32], torch.full((32,), 0.25)))

    def test_blocks_of_four_bits_keep_their_integers_and_only_scales_are_rounded(self):
        for type in TENSOR_TYPES.values():
            if type.name not in FOUR_BIT_TYPES:
                continue
            with self.subTest(type.name):
                number = next(number for number, known in TENSOR_TYPES.items() if known is type)
                blocks = random_blocks(type, 6, seed=1)
                shape = (3, 2 * type.block_elements)
                write_gguf(self.path, {"general.architecture": "llama"}, {"m": (number, shape, blocks.tobytes())})
                file = read_gguf(self.path)
                self.assertIsNone(WeightReader(file, lambda _: None).groups("m"))
                groups = WeightReader(file, lambda _: None, keeps_groups=True).groups("m")
                exact = [weight_of(type.name, bytes(block), i) for block in blocks for i in range(type.block_elements)]
                wanted = torch.tensor(exact).view(shape)
                scale, offset = (part.float().repeat_interleave(GROUP, dim=1) for part in groups.scales.unbind(-1))
                bound = HALF_STEP * 1.01 * ((groups.codes.float() - 8).abs() * scale.abs() + offset.abs()) + 1e-6
                self.assertTrue(((values(groups) - wanted).abs() <= bound).all())

    @needs_kernels
    def test_the_product_is_that_of_the_formula_rounded_to_bfloat16(self):
        # 70 rows are padded to 80, and 80 columns to 96.
        for outputs, inputs in ((64, 96), (70, 80)):
            groups = Int4Groups.quantized(noise(outputs, inputs))
            matrix, rows = Int4Matrix(groups), values(groups)
            bias = torch.arange(float(outputs)).bfloat16() / 64
            for x in (noise(inputs, seed=6).bfloat16(), noise(5, inputs, seed=7).bfloat16()):
                exact = x.double() @ rows.double().t()
                # Sums are float32, in another order; then the result is rounded once.
                sums = inputs * 2.0**-23 * (x.double().abs() @ rows.double().abs().t())
                product = matrix.product(x)
                self.assertEqual((product.dtype, product.shape), (torch.bfloat16, exact.shape))
                self.assertTrue(((product.double() - exact).abs() <= HALF_STEP * 1.01 * exact.abs() + sums).all())
                self.assertTrue(torch.equal(matrix.biased_product(bias, x), product + bias))
                total = torch.ones_like(product)
                matrix.add_product_to(total, x)
                self.assertTrue(torch.equal(total, product + 1))

    def test_rows_that_are_looked_up_have_the_values_that_are_multiplied(self):
        groups = Int4Groups.quantized(noise(20, 80))
        table, wanted = DequantizedMatrix(Int4Rows(groups, torch.float32)), values(groups)
        torch.testing.assert_close(table.rows(torch.tensor([3, 19])), wanted[[3, 19]], atol=1e-8, rtol=0)
        torch.testing.assert_close(table.row(7), wanted[7], atol=1e-8, rtol=0)
        self.assertEqual(table.bytes, 20 * (96 // 2 + 3 * 2 * 2))

    @needs_kernels
    def test_a_model_computes_with_the_weights_of_the_formula(self):
        for architecture in ("llama", "qwen2", "gpt2"):
            with self.subTest(architecture):
                model = SmallModel(architecture)
                model.write(self.path)
                loaded = load_model(load_request(self.path, precision="int4"))
                self.assertEqual(loaded.effective.weights.format, "int4 in groups of 32")
                self.assertEqual(loaded.effective.settings["activations"], "bf16")
                (note,) = [text for code, text in loaded.effective.notes if code == "own_quantisation"]
                self.assertEqual(
                    note,
                    "matrices of F32 are quantised to four bits in groups of 32 at load: these are not the weights of the file",
                )
                for name, tensor in model.tensors.items():
                    if tensor.ndim > 1 and name != "position_embd.weight":
                        groups = Int4Groups.quantized(torch.from_numpy(tensor).float())
                        model.tensors[name] = values(groups).double().numpy()
                rows: list[bytes] = []
                loaded.score(TOKENS, 1, rows.append)
                logits = np.frombuffer(b"".join(rows), "<f4").reshape(len(TOKENS), -1)
                wanted = model.logits(TOKENS)
                # Activations are rounded to bfloat16 at each of some ten steps.
                self.assertLess(np.abs(logits - wanted).max() / np.abs(wanted).max(), 10 * 2 * HALF_STEP)
                sink = Sink()
                loaded.generate(TOKENS, options(5), sink)
                self.assertEqual(len(sink.ids), 5)

    @needs_kernels
    def test_a_file_of_four_bits_is_taken_as_it_is(self):
        model = SmallModel("llama", tied=False)
        type = TENSOR_TYPES[2]
        blocks = random_blocks(type, VOCABULARY, seed=2)
        exact = [weight_of("Q4_0", bytes(block), i) for block in blocks for i in range(32)]
        model.tensors["output.weight"] = np.array(exact).reshape(VOCABULARY, WIDTH)
        model.write(self.path, quantized={"output.weight": ("Q4_0", (VOCABULARY, WIDTH), blocks.tobytes())})
        loaded = load_model(load_request(self.path, precision="int4"))
        (note,) = [text for code, text in loaded.effective.notes if code == "own_quantisation"]
        self.assertTrue(note.startswith("scales of Q4_0 are rounded to bfloat16, and matrices of F32 are quantised"))
        x = torch.from_numpy(np.linspace(-1, 1, WIDTH)).bfloat16()
        product = loaded.network.output.product(x).double().numpy()
        wanted = model.tensors["output.weight"] @ x.double().numpy()
        largest = np.abs(model.tensors["output.weight"]) @ np.abs(x.double().numpy())
        self.assertTrue((np.abs(product - wanted) <= 2.1 * HALF_STEP * largest).all())

    def test_a_torch_without_the_kernels_is_refused_with_the_command_that_installs_one(self):
        SmallModel("llama").write(self.path)
        with mock.patch.object(precision, "has_int4_kernels", return_value=False):
            with self.assertRaisesRegex(UserError, r"torch \S+ has no kernels for int4 weights") as caught:
                load_model(load_request(self.path, precision="int4"))
        self.assertEqual(caught.exception.remedy, "Run `npx tsx scripts/frameworks.ts install pytorch`.")
        self.assertEqual(caught.exception.exit_code, MISSING)


if __name__ == "__main__":
    unittest.main()
