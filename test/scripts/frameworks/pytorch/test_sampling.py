import unittest

import torch

from frameworks.pytorch.sampling import nucleus, sampler


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
