import os
import tempfile
import unittest

from small_models import SmallModel

from frameworks.gguf.file import read_gguf
from frameworks.openvino.genai import refusal


class RefusalTest(unittest.TestCase):
    def refusal(self, small: SmallModel, **written) -> str | None:
        with tempfile.TemporaryDirectory() as folder:
            return refusal(read_gguf(small.write(os.path.join(folder, "model.gguf"), **written)))

    def test_what_genai_reads_is_not_refused(self):
        for architecture in ("llama", "qwen2"):
            self.assertIsNone(self.refusal(SmallModel(architecture), in_half=True))

    def test_what_it_does_not_read_or_would_compute_otherwise_is_refused_with_the_reason(self):
        self.assertRegex(self.refusal(SmallModel("gpt2"), in_half=True), "of llama, qwen2, qwen3, and not of gpt2$")
        self.assertRegex(self.refusal(SmallModel("llama")), "and not in F32$")
        factors = SmallModel("llama", rope_factors=True)
        self.assertRegex(self.refusal(factors, in_half=True), "ignores the factors of rotation")


if __name__ == "__main__":
    unittest.main()
