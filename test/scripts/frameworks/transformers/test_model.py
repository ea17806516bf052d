"""Usage: MODEL_FOLDER=a folder of the embedded model python test_model.py"""

import os
import unittest

import numpy as np
import torch
from load_requests import Clock, Sink, load_request, options

from engine.python.contract import KernelTest, UserError
from frameworks.transformers import engine
from frameworks.transformers.loading import load_model
from frameworks.transformers.model import DYNAMIC, STATIC

FOLDER = os.environ["MODEL_FOLDER"]
PROMPT = [3, 14, 15, 9, 26, 5, 35, 8, 9, 7, 9, 3]


def loaded(cache: str = DYNAMIC, ends: frozenset = frozenset(), **settings):
    return load_model(load_request(FOLDER, None, ends, framework={"transformersCache": cache}, **settings))


def generated(model, prompt: list[int], count: int, stop_after: int = 1000, **changes):
    sink = Sink(stop_after)
    ended = model.generate(prompt, options(count, **changes), sink)
    assert sink.prompts == 1
    return sink.ids, ended


class ModelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.models = {DYNAMIC: loaded(), STATIC: loaded(STATIC)}
        with torch.inference_mode():
            cls.greedy = list(PROMPT)
            for _ in range(20):
                logits = cls.models[DYNAMIC].network.model(input_ids=torch.tensor([cls.greedy]), use_cache=False).logits
                cls.greedy.append(int(logits[0, -1].argmax()))
        cls.greedy = cls.greedy[len(PROMPT) :]

    def test_it_says_what_it_runs_on(self):
        answer = engine.probe()
        self.assertEqual(answer["status"], "available")
        self.assertRegex(answer["version"], r"^transformers 5\.\S+ on PyTorch 2\.")

    def test_greedy_takes_the_likeliest_each_time_with_every_cache(self):
        for model in self.models.values():
            ids, ended = generated(model, PROMPT, 20)
            self.assertEqual(ids, self.greedy)
            self.assertEqual((ended.stop, ended.cached_prompt_tokens), ("length", 0))

    def test_a_prompt_in_batches_changes_no_token(self):
        for kind in (DYNAMIC, STATIC):
            self.assertEqual(generated(loaded(kind, batch_tokens=5), PROMPT, 20)[0], self.greedy)

    def test_a_prefix_that_is_kept_changes_no_token(self):
        model = self.models[DYNAMIC]
        cold, _ = generated(model, PROMPT, 10)
        warm, ended = generated(model, PROMPT, 10, reuse_prefix=True)
        self.assertEqual((warm, ended.cached_prompt_tokens), (cold, len(PROMPT) - 1))
        longer = PROMPT + cold[:5] + [1, 2]
        fresh, _ = generated(self.models[STATIC], longer, 10)
        kept, ended = generated(model, longer, 10, reuse_prefix=True)
        self.assertEqual((kept, ended.cached_prompt_tokens), (fresh, len(PROMPT) + 5))

    def test_a_static_cache_keeps_no_prefix_and_says_so(self):
        model = self.models[STATIC]
        generated(model, PROMPT, 10)
        again, ended = generated(model, PROMPT, 10, reuse_prefix=True)
        self.assertEqual((again, ended.cached_prompt_tokens), (self.greedy[:10], 0))
        self.assertIn("no_prefix_cache", [code for code, _ in model.effective.notes])
        self.assertNotIn("no_prefix_cache", [code for code, _ in self.models[DYNAMIC].effective.notes])

    def test_a_token_that_ends_is_not_told_unless_it_is_ignored(self):
        # Greedily it repeats few tokens; drawn at random it does not.
        hot = {"temperature": 2.0, "seed": 1}
        ids, _ = generated(self.models[DYNAMIC], PROMPT, 20, **hot)
        end = next(token for index, token in enumerate(ids) if token not in ids[:index] and index >= 2)
        for kind in (DYNAMIC, STATIC):
            model = loaded(kind, frozenset([end]))
            before, ended = generated(model, PROMPT, 20, **hot)
            self.assertEqual((before, ended.stop), (ids[: ids.index(end)], "end"))
            through, ended = generated(model, PROMPT, 20, ignore_end_of_sequence=True, **hot)
            self.assertEqual((through, ended.stop), (ids, "length"))

    def test_a_sink_that_has_enough_stops_it(self):
        ids, ended = generated(self.models[DYNAMIC], PROMPT, 20, stop_after=3)
        self.assertEqual((ids, ended.stop), (self.greedy[:3], "cancelled"))

    def test_chance_is_fixed_by_the_seed_and_a_small_nucleus_is_greedy(self):
        model = self.models[DYNAMIC]
        runs = [generated(model, PROMPT, 30, temperature=2.0, seed=seed)[0] for seed in (1, 1, 2)]
        self.assertEqual(runs[0], runs[1])
        self.assertNotEqual(runs[0], runs[2])
        narrow, _ = generated(model, PROMPT, 20, temperature=2.0, top_p=0.0001)
        self.assertEqual(narrow, self.greedy)

    def test_logits_and_likelihoods_are_those_of_one_evaluation(self):
        model = self.models[DYNAMIC]
        with torch.inference_mode():
            logits = model.network.model(input_ids=torch.tensor([PROMPT]), use_cache=False).logits[0]
        for one in self.models.values():
            rows: list[bytes] = []
            shape = one.score(PROMPT, 1, rows.append)
            found = np.frombuffer(b"".join(rows), dtype=np.float32).reshape(shape)
            np.testing.assert_allclose(found, logits.numpy(), rtol=1e-4, atol=1e-4)
        scored = model.likelihoods(PROMPT, 3, 2)
        expected = logits.log_softmax(-1).numpy()
        places = range(3, len(PROMPT))
        np.testing.assert_allclose(scored.log_probabilities, [expected[at - 1][PROMPT[at]] for at in places], atol=1e-4)
        self.assertEqual(scored.most_probable, [int(logits[at - 1].argmax()) for at in places])
        best = [[token for token, _ in row] for row in scored.top or []]
        self.assertEqual(best, [logits[at - 1].topk(2).indices.tolist() for at in places])

    def test_kernel_tests_time_their_own_part_only(self):
        for model in self.models.values():
            for test in ("pp", "tg"):
                clock = Clock()
                model.kernel(KernelTest(test, tokens=8, depth=16, seed=1), clock)
                self.assertEqual(clock.calls, ["start", "stop"])

    def test_settings_are_read_back(self):
        effective = self.models[DYNAMIC].effective
        self.assertEqual(effective.settings["threads"], 1)
        self.assertEqual((effective.settings["precision"], effective.settings["kvType"]), ("float32", "f32"))
        self.assertEqual((effective.build["attention"], effective.build["kvCache"]), ("sdpa", DYNAMIC))
        self.assertEqual(effective.build["modelClass"], "LlamaForCausalLM")
        self.assertIsNone(effective.settings["flashAttention"])
        # The embedding is the output matrix too: a token reads all 1.7 million weights.
        self.assertAlmostEqual(effective.weights.bytes_per_token / 4 / 1.7e6, 1, delta=0.02)
        eager = loaded(STATIC, flash_attention="off").effective
        self.assertEqual((eager.settings["flashAttention"], eager.build["attention"]), ("off", "eager"))
        self.assertEqual(eager.build["kvCache"], STATIC)

    def test_halves_are_computed_in_halves(self):
        for name, kv_type in (("bfloat16", "bf16"), ("float16", "f16")):
            model = loaded(precision=name, kv_type=kv_type)
            self.assertEqual(model.effective.settings["kvType"], kv_type)
            self.assertEqual(model.effective.weights.bits_per_weight, 16)
            self.assertEqual(len(generated(model, PROMPT, 5)[0]), 5)
            self.assertEqual(
                model.memory()["contextBytes"],
                (len(PROMPT) + 4) * self.models[DYNAMIC].effective.kv_bytes_per_position / 2,
            )

    def test_what_cannot_be_is_refused(self):
        with self.assertRaisesRegex(UserError, "do not fit the context of 64"):
            generated(self.models[DYNAMIC], PROMPT, 1000)
        for change, pattern in (
            ({"device": "npu"}, 'no device "npu"'),
            ({"precision": "nf4"}, "--precision nf4 is not available"),
            ({"kv_type": "f16"}, "--kv-type f16 is not available"),
            ({"compile": True}, "--compile is not available"),
        ):
            with self.assertRaisesRegex(UserError, pattern) as caught:
                loaded(**change)
            self.assertTrue(caught.exception.remedy)


if __name__ == "__main__":
    unittest.main()
