import os
import tempfile
import unittest

import numpy as np
import torch
from load_requests import load_request
from small_models import CONTEXT, HEADS, LAYERS, SmallModel

from engine.python.contract import UserError
from frameworks.pytorch.architectures import ARCHITECTURES
from frameworks.pytorch.attention import AttentionChoice
from frameworks.pytorch.builder import Builder
from frameworks.pytorch.network import Decoder
from frameworks.pytorch.loading import load_model
from frameworks.pytorch.devices import parts, place
from frameworks.gguf.file import read_gguf
from frameworks.gguf.hyperparameters import read_hyperparameters
from frameworks.pytorch.weights.reader import WeightReader
from frameworks.pytorch.weights.precision import Precision

TOKENS = [3, 14, 15, 9, 26, 5, 35, 8, 9, 7, 9, 3, 23]


def built(path: str, devices: int = 1, axis: str = "layers", compiled: bool = False) -> Decoder:
    """A decoder over several devices that are all the CPU."""
    file = read_gguf(path)
    shape = read_hyperparameters(file)
    builder = Builder(
        shape=shape,
        precision=Precision("float32", torch.float32),
        placement=place(shape, [torch.device("cpu", index) for index in range(devices)], axis),
        context_tokens=CONTEXT,
        cache_dtype=torch.float32,
        attention=AttentionChoice(None, torch.float32),
        compiled=compiled,
    )
    return ARCHITECTURES[shape.architecture](file, WeightReader(file, lambda fraction: None), builder)


class DecoderTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        guard = torch.inference_mode()
        guard.__enter__()
        self.addCleanup(guard.__exit__, None, None, None)

    def written(self, model: SmallModel, **metadata) -> str:
        return model.write(os.path.join(self.folder.name, "model.gguf"), **metadata)

    def test_every_architecture_computes_the_logits_of_the_formulas(self):
        for model in (
            SmallModel("llama"),
            SmallModel("llama", tied=False, rope_factors=True),
            SmallModel("qwen2"),
            SmallModel("gpt2"),
        ):
            with self.subTest(model.architecture, tensors=len(model.tensors)):
                decoder = built(self.written(model))
                np.testing.assert_allclose(decoder.all_logits(TOKENS, 0).numpy(), model.logits(TOKENS), atol=2e-5)

    def test_one_token_after_the_other_gives_the_logits_of_all_at_once(self):
        for architecture in ARCHITECTURES:
            for compiled in (False, True):
                with self.subTest(architecture, compiled=compiled):
                    decoder = built(self.written(SmallModel(architecture)), compiled=compiled)
                    at_once = decoder.all_logits(TOKENS, 0)
                    decoder = built(self.written(SmallModel(architecture)), compiled=compiled)
                    singly = torch.stack([decoder.next(token, position) for position, token in enumerate(TOKENS)])
                    torch.testing.assert_close(singly, at_once, atol=1e-5, rtol=0)

    def test_a_prompt_in_pieces_gives_the_logits_of_the_whole(self):
        decoder = built(self.written(SmallModel("llama")))
        whole = decoder.prefill(TOKENS, 0).clone()
        for cut in (1, 5, len(TOKENS) - 1):
            decoder.prefill(TOKENS[:cut], 0)
            torch.testing.assert_close(decoder.prefill(TOKENS[cut:], cut), whole, atol=1e-5, rtol=0)

    def test_what_memory_had_in_it_before_is_never_read(self):
        # In torch 1.13, baddbmm with beta 0 still multiplies what lies in its result: not-a-number survives it.
        decoder = built(self.written(SmallModel("llama")))
        for _ in range(50):
            spoiled = [torch.full((size,), float("nan")) for size in (1, 2, 4, 8, 16, 32, 64) for _ in range(20)]
            del spoiled
            self.assertTrue(torch.isfinite(decoder.next(5, 0)).all())

    def test_layers_or_heads_over_several_devices_give_the_same_logits(self):
        for architecture in ARCHITECTURES:
            whole = built(self.written(SmallModel(architecture)))
            for axis in ("layers", "heads"):
                with self.subTest(architecture, axis=axis):
                    sharded = built(self.written(SmallModel(architecture)), devices=2, axis=axis)
                    for decoder in (whole, sharded):
                        decoder.prefill(TOKENS[:-1], 0)
                    last = len(TOKENS) - 1
                    torch.testing.assert_close(
                        sharded.next(TOKENS[-1], last), whole.next(TOKENS[-1], last), atol=1e-5, rtol=0
                    )
                    torch.testing.assert_close(
                        sharded.all_logits(TOKENS, 0), whole.all_logits(TOKENS, 0), atol=1e-5, rtol=0
                    )

    def test_more_devices_than_parts_are_refused(self):
        shape = read_hyperparameters(read_gguf(self.written(SmallModel("llama"))))
        devices = [torch.device("cpu", index) for index in range(3)]
        for axis, pattern in (("layers", f"{LAYERS} layers cannot"), ("heads", "2 heads of keys and values cannot")):
            with self.assertRaisesRegex(UserError, pattern) as caught:
                place(shape, devices, axis)
            self.assertEqual(caught.exception.exit_code, 2)
        self.assertEqual(parts(7, 3), [(0, 2), (2, 4), (4, 7)])

    def test_rope_that_is_not_built_here_is_refused_and_a_linear_scale_is_applied(self):
        model = SmallModel("llama")
        for fields in ({"llama.rope.scaling.type": "yarn"}, {"llama.rope.dimension_count": 4}):
            with self.assertRaisesRegex(UserError, "which is not built here"):
                built(self.written(model, **fields))
        squeezed = {"llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": 4.0}
        linear = built(self.written(model, **squeezed)).all_logits(TOKENS, 0)
        model.tensors["rope_freqs.weight"] = np.full(4, 4.0)
        np.testing.assert_allclose(linear.numpy(), model.logits(TOKENS), atol=2e-5)

    def test_a_tensor_of_another_shape_than_the_numbers_ask_for_is_named(self):
        model = SmallModel("llama")
        model.tensors["blk.1.attn_k.weight"] = np.zeros((8, 32))
        with self.assertRaisesRegex(UserError, r'tensor "blk.1.attn_k.weight" as \[8, 32\], not \[16, 32\]'):
            built(self.written(model))

    def test_learned_positions_end_the_context(self):
        with self.assertRaisesRegex(UserError, "64 learned positions, fewer than --context 65"):
            load_model(load_request(self.written(SmallModel("gpt2")), context_tokens=65))

    def test_keys_and_values_are_kept_in_the_format_that_was_asked_for(self):
        model = SmallModel("llama")
        path = self.written(model)
        for kv_type, bytes_each, tolerance in (("f32", 4, 2e-5), ("f16", 2, 0.05), ("bf16", 2, 0.4)):
            with self.subTest(kv_type):
                loaded = load_model(load_request(path, kv_type=kv_type))
                effective = loaded.effective
                self.assertEqual(effective.settings["kvType"], kv_type)
                per_position = 2 * LAYERS * model.kv_heads * 8 * bytes_each
                self.assertEqual(effective.kv_bytes_per_position, per_position)
                self.assertEqual(loaded.memory()["contextBytes"], CONTEXT * per_position)
                rows = []
                loaded.score(TOKENS, 1, rows.append)
                logits = np.frombuffer(b"".join(rows), "<f4").reshape(len(TOKENS), -1)
                np.testing.assert_allclose(logits, model.logits(TOKENS), atol=tolerance)
        self.assertEqual(HEADS % model.kv_heads, 0)


if __name__ == "__main__":
    unittest.main()
