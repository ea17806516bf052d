"""bfloat16 and float16 on a CPU: what lies in memory, what multiplies, and how far the results are from exact ones."""

import unittest

import numpy as np
import torch
from load_requests import Sink, load_request, options
from model_file import ModelFileTest
from recorded_operators import Recorded, records
from small_models import SmallModel

from engine.python.contract import UserError
from frameworks.pytorch.attention import fused_kernel
from frameworks.pytorch.loading import load_model
from frameworks.pytorch.weights.matrix import HalfMatrix, PackedMatrix, build_matrix, multiplies_halves, packs
from frameworks.pytorch.weights.precision import FLOATS, Precision, usable

CPU = torch.device("cpu")
TOKENS = [3, 14, 15, 9, 26, 5, 35, 8, 9, 7, 9, 3, 23]
#: Half a step, relative, of formats with 8 and 11 bits of precision.
HALF_STEP = {"bfloat16": 2.0**-8, "float16": 2.0**-11}
#: Outputs of a step that have no fewer elements than this are copies of weights: the smallest matrix is width x width.
SMALLEST_MATRIX = 32 * 32


needs_records = unittest.skipUnless(records(), f"torch {torch.__version__} does not show which operators run")


def works(name: str) -> bool:
    try:
        usable(FLOATS[name], CPU)
        return True
    except UserError:
        return False


class HalvesTest(ModelFileTest):
    def each(self):
        """Those of the formats that this torch multiplies on a CPU; of the others the reason is printed."""
        for name in HALF_STEP:
            if works(name):
                with self.subTest(name):
                    yield name
            else:
                print(f"SKIPPED {name}: torch {torch.__version__} cannot multiply it on a CPU")

    def test_products_are_exact_but_for_the_rounding_of_weights_and_result(self):
        noise = torch.Generator().manual_seed(5)
        rows = torch.randn(70, 96, generator=noise) * 0.05
        for name in self.each():
            dtype = FLOATS[name]
            matrix = build_matrix(rows, Precision(name, dtype), CPU)
            self.assertEqual((matrix.format, matrix.bytes), (name, 70 * 96 * 2))
            bias = (torch.arange(70.0) / 70).to(dtype)
            for shape in ((96,), (5, 96)):
                x = torch.randn(*shape, generator=noise).to(dtype)
                exact = x.double() @ rows.to(dtype).double().t()
                sums = 96 * 2.0**-23 * (x.double().abs() @ rows.double().abs().t())

                def close(actual, wanted, roundings):
                    self.assertEqual(actual.dtype, dtype)
                    bound = roundings * HALF_STEP[name] * 1.01 * (wanted.abs() + exact.abs() + 1) / 2 + sums
                    self.assertTrue(((actual.double() - wanted).abs() <= bound).all())

                close(matrix.product(x), exact, 2)
                close(matrix.biased_product(bias, x), exact + bias.double(), 4)
                total = torch.ones_like(exact).to(dtype)
                matrix.add_product_to(total, x)
                close(total, exact + 1, 4)
                if x.dim() == 1:
                    out = torch.empty(70, dtype=dtype)
                    matrix.product_into(out, x)
                    close(out, exact, 2)

    @unittest.skipUnless(packs(torch.bfloat16, 1), f"torch {torch.__version__} packs no bfloat16 weights")
    def test_bfloat16_weights_are_packed(self):
        matrix = build_matrix(torch.ones(16, 32), Precision("bfloat16", torch.bfloat16), CPU)
        self.assertIsInstance(matrix, PackedMatrix)

    @unittest.skipIf(
        multiplies_halves() or not works("float16"), "this processor multiplies float16, or torch does not"
    )
    def test_several_vectors_of_float16_give_the_products_of_each(self):
        rows = torch.randn(9000, 64, generator=torch.Generator().manual_seed(8)) * 0.1
        matrix = build_matrix(rows, Precision("float16", torch.float16), CPU)
        self.assertIsInstance(matrix, HalfMatrix)
        x = torch.randn(3, 64, generator=torch.Generator().manual_seed(9)).half()
        singly = torch.stack([matrix.product(vector) for vector in x])
        torch.testing.assert_close(matrix.product(x), singly, atol=0.002, rtol=0.002)

    @needs_records
    def test_a_step_multiplies_in_the_format_and_converts_no_weights(self):
        SmallModel("llama", tied=False).write(self.path)
        for name in self.each():
            model = load_model(load_request(self.path, precision=name))
            model.network.next(3, 0)
            with Recorded() as recorded:
                model.network.next(5, 1)
            products = ("mkldnn._linear_pointwise", "aten.mv", "aten.addmv_", "aten.mm", "aten.addmm", "aten.linear")
            formats = [
                {tensor.dtype for tensor in call.inputs if tensor.numel() >= SMALLEST_MATRIX}
                for call in recorded.calls
                if call.name in products
            ]
            matrices = [found for found in formats if found]
            # Queries with keys and values, output, gate with up, and down of two layers; and the output matrix.
            self.assertEqual(matrices, [{FLOATS[name]}] * 9)
            copies = [call.name for call in recorded.calls for out in call.outputs if self.is_large_copy(call, out)]
            self.assertEqual(copies, [])

    def is_large_copy(self, call, out: torch.Tensor) -> bool:
        views = any(out is each for each in call.inputs) or call.name in ("aten.t", "aten.transpose", "aten.view")
        large = out.numel() >= SMALLEST_MATRIX and out.layout == torch.strided
        return large and not views and not out._is_view() and not call.name.startswith("aten.detach")

    def test_logits_are_as_near_to_the_exact_ones_as_the_format_allows(self):
        for name in self.each():
            for architecture in ("llama", "qwen2", "gpt2"):
                model = SmallModel(architecture)
                model.write(self.path)
                loaded = load_model(load_request(self.path, precision=name))
                self.assertEqual(loaded.effective.settings["activations"], {"bfloat16": "bf16", "float16": "f16"}[name])
                rows: list[bytes] = []
                loaded.score(TOKENS, 1, rows.append)
                logits = np.frombuffer(b"".join(rows), "<f4").reshape(len(TOKENS), -1)
                wanted = model.logits(TOKENS)
                # Weights, and vectors at each of some ten steps, are rounded.
                self.assertLess(
                    np.abs(logits - wanted).max() / np.abs(wanted).max(), 10 * HALF_STEP[name], architecture
                )
                singly = [loaded.network.next(token, position).float() for position, token in enumerate(TOKENS)]
                apart = np.abs(torch.stack(singly).numpy() - wanted).max() / np.abs(wanted).max()
                self.assertLess(apart, 10 * HALF_STEP[name], architecture)

    def test_ids_are_those_of_exact_arithmetic_until_two_logits_are_too_close_to_tell(self):
        for name in self.each():
            for seed in range(6):
                model = SmallModel("llama", seed=seed)
                model.write(self.path)
                sink = Sink()
                load_model(load_request(self.path, precision=name)).generate(TOKENS, options(20), sink)
                exact = model.greedy(TOKENS, 20)
                apart = next((index for index in range(20) if sink.ids[index] != exact[index]), None)
                if apart is not None:
                    logits = model.logits(TOKENS + exact[:apart])[-1]
                    gap = logits[exact[apart]] - logits[sink.ids[apart]]
                    self.assertLess(gap, 2 * 10 * HALF_STEP[name] * np.abs(logits).max())

    @needs_records
    def test_attention_takes_the_kernel_that_was_read_back(self):
        SmallModel("llama").write(self.path)
        flash = "aten._scaled_dot_product_flash_attention_for_cpu"
        for name in ("float32", "bfloat16", "float16"):
            for asked in ("auto", "on", "off"):
                dtype = FLOATS[name]
                if not works(name) or (asked == "on" and fused_kernel(4, 2, 8, dtype, CPU) is None):
                    print(f"SKIPPED --flash-attention {asked} in {name}: torch {torch.__version__} does not have it")
                    continue
                with self.subTest(name, asked=asked):
                    model = load_model(load_request(self.path, precision=name, flash_attention=asked))
                    said = model.effective.build["attention"]
                    with model.arithmetic(), Recorded() as recorded:
                        model.network.prefill(TOKENS, 0)
                        model.network.prefill(TOKENS, len(TOKENS))
                        model.network.next(3, 2 * len(TOKENS))
                    attentions = [call for call in recorded.calls if "scaled_dot_product" in call.name]
                    fused = asked == "on" or (asked == "auto" and name == "bfloat16" and said == "flash")
                    self.assertEqual(said, "flash" if fused else "plain products")
                    self.assertEqual(model.effective.settings["flashAttention"], "on" if fused else "off")
                    self.assertEqual([call.name for call in attentions], [flash] * 3 * 2 if fused else [])
                    arithmetic = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
                    computes = arithmetic[model.effective.build["attentionArithmetic"]]
                    products = attentions if fused else [call for call in recorded.calls if call.name == "aten.bmm"]
                    self.assertGreater(len(products), 0)
                    self.assertEqual({call.inputs[0].dtype for call in products}, {computes})
                    self.assertEqual(computes, FLOATS[name] if fused else torch.float32)


if __name__ == "__main__":
    unittest.main()
