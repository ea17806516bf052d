"""What tests share that write a model file and evaluate it."""

from __future__ import annotations

import os
import tempfile
import unittest

import torch


class ModelFileTest(unittest.TestCase):
    """self.path names a file to write in a folder of the test's own; nothing is recorded for gradients."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "model.gguf")
        guard = torch.inference_mode()
        guard.__enter__()
        self.addCleanup(guard.__exit__, None, None, None)
