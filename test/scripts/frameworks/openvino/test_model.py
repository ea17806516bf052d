import os
import tempfile
import unittest

import numpy as np
from load_requests import Clock, Sink, load_request, options
from small_models import CONTEXT, WIDTH, SmallModel

from engine.python.contract import KernelTest, UserError
from frameworks.openvino.loading import load_model

PROMPT = [3, 14, 15, 9, 26, 5, 35, 8, 9, 7, 9, 3]


class ModelTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def loaded(self, architecture: str = "llama", **changes):
        small = SmallModel(architecture, **changes)
        path = small.write(os.path.join(self.folder, f"{architecture}.gguf"))
        return small, load_model(load_request(path, batch_tokens=5)), path

    def generated(self, model, prompt: list[int], count: int, stop_after: int = 1000, **changes):
        sink = Sink(stop_after)
        ended = model.generate(prompt, options(count, **changes), sink)
        self.assertEqual(sink.prompts, 1)
        return sink.ids, ended

    def test_logits_are_those_of_float64_in_every_architecture(self):
        for architecture, changes in (
            ("llama", {}),
            ("llama", {"tied": False, "rope_factors": True}),
            ("qwen2", {}),
            ("gpt2", {}),
        ):
            small, model, _ = self.loaded(architecture, **changes)
            rows = []
            shape = model.score(PROMPT, 1, rows.append)
            logits = np.frombuffer(b"".join(rows), dtype=np.float32).reshape(shape)
            np.testing.assert_allclose(logits, small.logits(PROMPT), rtol=2e-4, atol=2e-4)

    def test_greedy_takes_the_likeliest_each_time(self):
        small, model, _ = self.loaded()
        ids, ended = self.generated(model, PROMPT, 20)
        self.assertEqual(ids, small.greedy(PROMPT, 20))
        self.assertEqual((ended.stop, ended.cached_prompt_tokens), ("length", 0))

    def test_a_prefix_that_is_kept_changes_no_token(self):
        _, model, path = self.loaded()
        cold, _ = self.generated(model, PROMPT, 10)
        warm, ended = self.generated(model, PROMPT, 10, reuse_prefix=True)
        self.assertEqual((warm, ended.cached_prompt_tokens), (cold, len(PROMPT) - 1))
        longer = PROMPT + cold[:5] + [1, 2]
        fresh, _ = self.generated(load_model(load_request(path)), longer, 10)
        kept, ended = self.generated(model, longer, 10, reuse_prefix=True)
        self.assertEqual((kept, ended.cached_prompt_tokens), (fresh, len(PROMPT) + 5))

    def test_a_token_that_ends_is_not_told_unless_it_is_ignored(self):
        small, _, path = self.loaded()
        ids = small.greedy(PROMPT, 20)
        end = next(token for index, token in enumerate(ids) if token not in ids[:index] and index >= 2)
        model = load_model(load_request(path, end_of_sequence=frozenset([end])))
        before, ended = self.generated(model, PROMPT, 20)
        self.assertEqual((before, ended.stop), (ids[: ids.index(end)], "end"))
        through, ended = self.generated(model, PROMPT, 20, ignore_end_of_sequence=True)
        self.assertEqual((through, ended.stop), (ids, "length"))

    def test_a_sink_that_has_enough_stops_it(self):
        _, model, _ = self.loaded()
        ids, ended = self.generated(model, PROMPT, 20, stop_after=3)
        self.assertEqual((len(ids), ended.stop), (3, "cancelled"))

    def test_chance_is_fixed_by_the_seed_and_a_small_nucleus_is_greedy(self):
        _, model, _ = self.loaded()
        runs = [self.generated(model, PROMPT, 30, temperature=2.0, seed=seed)[0] for seed in (1, 1, 2)]
        self.assertEqual(runs[0], runs[1])
        self.assertNotEqual(runs[0], runs[2])
        greedy, _ = self.generated(model, PROMPT, 30)
        narrow, _ = self.generated(model, PROMPT, 30, temperature=2.0, top_p=0.0001)
        self.assertEqual(narrow, greedy)

    def test_likelihoods_are_those_of_the_logits(self):
        small, model, _ = self.loaded()
        logits = small.logits(PROMPT)
        found = model.likelihoods(PROMPT, 3, 2)
        expected = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
        np.testing.assert_allclose(
            found.log_probabilities, [expected[at - 1][PROMPT[at]] for at in range(3, len(PROMPT))], atol=2e-4
        )
        self.assertEqual(found.most_probable, [int(logits[at - 1].argmax()) for at in range(3, len(PROMPT))])
        for place, best in zip(range(3, len(PROMPT)), found.top or []):
            ids = np.argsort(-logits[place - 1])[:2]
            self.assertEqual([token for token, _ in best], ids.tolist())
            np.testing.assert_allclose([value for _, value in best], expected[place - 1][ids], atol=2e-4)
        self.assertIsNone(model.likelihoods(PROMPT, 3, 0).top)

    def test_kernel_tests_time_their_own_part_only(self):
        _, model, _ = self.loaded()
        for test in ("pp", "tg"):
            clock = Clock()
            model.kernel(KernelTest(test, tokens=8, depth=16, seed=1), clock)
            self.assertEqual(clock.calls, ["start", "stop"])

    def test_settings_are_read_back(self):
        _, model, path = self.loaded()
        effective = model.effective
        self.assertEqual(effective.settings["threads"], 1)
        self.assertEqual(effective.settings["activations"], "f32")
        self.assertEqual(effective.settings["kvType"], "f32")
        self.assertEqual(effective.settings["flashAttention"], "on")
        half = load_model(load_request(path, kv_type="f16")).effective
        self.assertEqual(half.settings["kvType"], "f16")
        self.assertEqual(half.kv_bytes_per_position * 2, effective.kv_bytes_per_position)

    def test_the_memory_of_weights_is_read_back(self):
        small = SmallModel("llama")
        single, half = (
            small.write(os.path.join(self.folder, f"{name}.gguf"), in_half=name == "f16") for name in ("f32", "f16")
        )
        exact = load_model(load_request(single)).effective
        self.assertIsNone(exact.weights)
        widened = load_model(load_request(half)).effective
        # OpenVINO multiplies in float32 with matrices that the file has in float16, and looks rows up in float16.
        matrices = sum(value.size for name, value in small.tensors.items() if value.ndim > 1)
        self.assertEqual((widened.weights.format, widened.weights.bits_per_weight), ("float32", 32))
        self.assertEqual(widened.weights.bytes_per_token, 4 * matrices + 2 * WIDTH)
        self.assertIn("dequantised_at_load", [code for code, _ in widened.notes])

    def test_what_cannot_be_is_refused(self):
        _, model, path = self.loaded()
        with self.assertRaises(UserError):
            model.generate(PROMPT, options(1000), Sink())
        for change in ({"device": "npu"}, {"precision": "nf4"}, {"kv_type": "q99"}):
            with self.assertRaises(UserError):
                load_model(load_request(path, **change))
        gpt2 = SmallModel("gpt2").write(os.path.join(self.folder, "long.gguf"))
        with self.assertRaises(UserError):
            load_model(load_request(gpt2, context_tokens=CONTEXT + 1))


if __name__ == "__main__":
    unittest.main()
