import os
import tempfile
import unittest

import numpy as np
import torch
from load_requests import Clock, Sink, load_request, options
from small_models import SmallModel

from engine.python.contract import KernelTest, UserError
from engine.python.prompt_tokens import random_tokens
from frameworks.pytorch.loading import load_model
from frameworks.pytorch.model import nucleus, sampler

PROMPT = [3, 14, 15, 9, 26, 5, 35, 8, 9, 7, 9, 3]


class ModelTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.small = SmallModel("llama")
        self.path = self.small.write(os.path.join(folder.name, "model.gguf"))
        self.model = load_model(load_request(self.path))

    def generated(self, prompt: list[int], count: int, model=None, stop_after: int = 1000, **changes):
        sink = Sink(stop_after)
        ended = (model or self.model).generate(prompt, options(count, **changes), sink)
        self.assertEqual(sink.prompts, 1)
        return sink.ids, ended

    def test_greedy_takes_the_likeliest_each_time(self):
        ids, ended = self.generated(PROMPT, 20)
        self.assertEqual(ids, self.small.greedy(PROMPT, 20))
        self.assertEqual((ended.stop, ended.cached_prompt_tokens), ("length", 0))

    def test_a_token_that_ends_is_not_told_unless_it_is_ignored(self):
        ids = self.small.greedy(PROMPT, 20)
        end = next(token for index, token in enumerate(ids) if token not in ids[:index] and index >= 2)
        model = load_model(load_request(self.path, end_of_sequence=frozenset([end])))
        before, ended = self.generated(PROMPT, 20, model)
        self.assertEqual((before, ended.stop), (ids[: ids.index(end)], "end"))
        through, ended = self.generated(PROMPT, 20, model, ignore_end_of_sequence=True)
        self.assertEqual((through, ended.stop), (ids, "length"))

    def test_a_sink_that_has_enough_stops_it(self):
        ids, ended = self.generated(PROMPT, 20, stop_after=3)
        self.assertEqual((len(ids), ended.stop), (3, "cancelled"))

    def test_a_prefix_that_is_kept_changes_no_token(self):
        cold, _ = self.generated(PROMPT, 10)
        warm, ended = self.generated(PROMPT, 10, reuse_prefix=True)
        self.assertEqual((warm, ended.cached_prompt_tokens), (cold, len(PROMPT) - 1))
        longer = PROMPT + cold[:5] + [1, 2]
        fresh, _ = self.generated(longer, 10, load_model(load_request(self.path)))
        kept, ended = self.generated(longer, 10, reuse_prefix=True)
        self.assertEqual((kept, ended.cached_prompt_tokens), (fresh, len(PROMPT) + 5))

    def test_chance_is_fixed_by_the_seed(self):
        runs = [self.generated(PROMPT, 30, temperature=2.0, seed=seed)[0] for seed in (1, 1, 2)]
        self.assertEqual(runs[0], runs[1])
        self.assertNotEqual(runs[0], runs[2])

    def test_what_does_not_fit_is_refused_and_the_next_question_is_answered(self):
        with self.assertRaisesRegex(UserError, "65 tokens do not fit the context of 64"):
            self.generated([1] * 60, 5)
        with self.assertRaisesRegex(UserError, "no tokens"):
            self.generated([], 5)
        self.assertEqual(self.generated(PROMPT, 5)[0], self.small.greedy(PROMPT, 5))

    def test_scores_are_the_logits_before_each_token_and_after_the_last(self):
        rows: list[bytes] = []
        for start in (1, 5, len(PROMPT)):
            rows.clear()
            shape = self.model.score(PROMPT, start, rows.append)
            self.assertEqual(shape, (len(PROMPT) - start + 1, 50))
            logits = np.frombuffer(b"".join(rows), "<f4").reshape(shape)
            np.testing.assert_allclose(logits, self.small.logits(PROMPT)[start - 1 :], atol=2e-5)

    def test_the_kernel_workload_starts_and_stops_the_clock_once(self):
        for test, tokens, depth in (("pp", 20, 0), ("pp", 9, 30), ("tg", 5, 0), ("tg", 5, 17)):
            clock = Clock()
            self.model.kernel(KernelTest(test, tokens, depth, 1), clock)
            self.assertEqual(clock.calls, ["start", "stop"])
        with self.assertRaisesRegex(UserError, "do not fit"):
            self.model.kernel(KernelTest("tg", 5, 60, 1), Clock())
        # Its keys and values are no prefix of anything.
        self.assertEqual(self.generated(PROMPT, 5, reuse_prefix=True)[1].cached_prompt_tokens, 0)

    def test_random_ids_are_fixed_by_the_seed_and_begin_as_texts_do(self):
        self.assertEqual(random_tokens(5, 100, None, 7), random_tokens(5, 100, None, 7))
        self.assertEqual(random_tokens(5, 100, 2, 7), [2, *random_tokens(5, 100, None, 7)[1:]])
        self.assertEqual(random_tokens(0, 100, 2, 7), [])
        self.assertTrue(all(0 <= token < 100 for token in random_tokens(1000, 100, None, 3)))


class SamplingTest(unittest.TestCase):
    logits = torch.tensor([0.05, 0.5, 0.15, 0.3]).log()

    def kept(self, top_p):
        return [index for index, logit in enumerate(nucleus(self.logits, top_p).tolist()) if logit > float("-inf")]

    def test_the_nucleus_is_as_small_as_its_probability_allows(self):
        for top_p, ids in ((0.0, [1]), (0.49, [1]), (0.51, [1, 3]), (0.81, [1, 2, 3]), (0.96, [0, 1, 2, 3])):
            self.assertEqual(self.kept(top_p), ids)

    def test_the_temperature_is_applied_to_what_is_left(self):
        sample = sampler(5.0, 7, torch.device("cpu"), 0.51)
        self.assertEqual({int(sample(self.logits)) for _ in range(200)}, {1, 3})

    def test_all_of_it_changes_no_draw(self):
        draws = [
            [int(sample(self.logits)) for _ in range(50)]
            for sample in (sampler(1.0, 7, torch.device("cpu")), sampler(1.0, 7, torch.device("cpu"), 1.0))
        ]
        self.assertEqual(draws[0], draws[1])


if __name__ == "__main__":
    unittest.main()
