import os
import shutil
import tempfile
import unittest

import torch
from load_requests import Sink, load_request, options
from small_models import SmallModel

from frameworks.pytorch.loading import load_model

PROMPT = [3, 14, 15, 9, 26, 5, 35, 8, 9, 7, 9, 3]
COUNT = 40


@unittest.skipUnless(hasattr(torch, "compile"), f"torch {torch.__version__} has no torch.compile")
@unittest.skipUnless(shutil.which("g++"), "torch.compile needs g++ here")
class CompileTest(unittest.TestCase):
    def test_the_compiled_model_generates_the_ids_of_the_eager_one_and_compiles_nothing_while_it_does(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        small = SmallModel("llama")
        path = small.write(os.path.join(folder.name, "model.gguf"))
        ids = {}
        for compiled in (False, True):
            spans: list[str] = []
            model = load_model(load_request(path, spans, compile=compiled))
            self.assertEqual(spans, ["model_load", "jit_compilation"] if compiled else ["model_load"])
            self.assertEqual(model.effective.settings["compile"], compiled)
            at_load = model.statistics()
            sink = Sink()
            model.generate(PROMPT, options(COUNT), sink)
            ids[compiled] = sink.ids
            # All positions run what was compiled at load, over keys and values whose memory was allocated at load.
            self.assertEqual(model.statistics(), at_load)
            self.assertEqual("compiledGraphs" in at_load and at_load["compiledGraphs"] > 0, compiled)
        self.assertEqual(ids[True], ids[False])
        self.assertEqual(ids[False], small.greedy(PROMPT, COUNT))


if __name__ == "__main__":
    unittest.main()
