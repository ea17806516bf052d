import os
import sys
import tempfile
import unittest
from unittest import mock

import fake_transformers
import torch
from load_requests import Sink, load_request, options
from small_models import SmallModel

from engine.python.processor import thread_affinity
from engine.python.contract import MISSING, USAGE, UserError
from frameworks.pytorch import engine
from frameworks.pytorch.loading import load_model
from frameworks.pytorch.read_back import REFERENCE, linked_blas, spins
from frameworks.pytorch.weights import low_bit, precision
from frameworks.gguf.dequantize import TENSOR_TYPES


class LoadingTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = SmallModel("llama").write(os.path.join(self.folder.name, "model.gguf"))
        self.unknown = SmallModel("llama").write(
            os.path.join(self.folder.name, "unknown.gguf"),
            **{"general.architecture": "martian", "martian.block_count": 2, "martian.embedding_length": 32},
            **{"martian.feed_forward_length": 48, "martian.attention.head_count": 4, "martian.context_length": 64},
            **{"martian.attention.layer_norm_epsilon": 1e-5},
        )
        self.addCleanup(sys.modules.pop, "transformers", None)

    def refused(self, pattern: str, path: str | None = None, exit_code: int = 1, **settings) -> None:
        with self.assertRaisesRegex(UserError, pattern) as caught:
            load_model(load_request(path or self.path, **settings))
        self.assertNotIn("\n", str(caught.exception))
        self.assertTrue(caught.exception.remedy)
        self.assertEqual(caught.exception.exit_code, exit_code)

    def test_the_probe_tells_version_and_devices(self):
        answer = engine.probe()
        self.assertEqual(answer["status"], "available")
        self.assertEqual(answer["version"], f"PyTorch {torch.__version__}")
        self.assertIn("cpu", [device["kind"] for device in answer["devices"]])

    def test_the_probe_tells_what_is_wrong_with_a_torch_that_does_not_start(self):
        with mock.patch.dict(sys.modules, {"torch": None}):
            answer = engine.probe()
        self.assertEqual(answer["status"], "missing")
        self.assertRegex(answer["reason"], "torch does not start: ")
        self.assertRegex(answer["remedy"], "frameworks.ts install pytorch")

    def test_activations_are_of_the_arithmetic_or_of_the_engine_for_integers(self):
        names = {"auto": "f32", "bfloat16": "bf16", "nf4": "f32"}
        if low_bit.int8_engine() is not None:
            names["int8"] = "int8"
        for name, activations in names.items():
            with self.subTest(precision=name):
                settings = load_model(load_request(self.path, precision=name)).effective.settings
                self.assertEqual(settings["activations"], activations)

    def test_threads_of_openmp_spin_unless_they_are_told_not_to(self):
        with mock.patch("torch.get_num_threads", return_value=2):
            self.assertEqual([spins("cpu", {}), spins("cpu", {"OMP_WAIT_POLICY": "PASSIVE"})], [True, False])
            self.assertIsNone(spins("cuda", {}))
        with mock.patch("torch.get_num_threads", return_value=1):
            self.assertIs(spins("cpu", {}), False)

    def test_settings_are_read_back_and_loading_is_a_span(self):
        spans: list[str] = []
        effective = load_model(load_request(self.path, spans)).effective
        self.assertEqual(spans, ["model_load"])
        self.assertEqual(
            effective.settings,
            {
                "threads": torch.get_num_threads(),
                "contextTokens": 64,
                "batchTokens": 8,
                "kvType": "f32",
                "precision": "float32",
                "gpuLayers": 0,
                "flashAttention": "off",
                "compile": False,
                "deviceCount": 1,
                "shard": None,
                "activations": "f32",
                "spinning": torch.get_num_threads() > 1,
                "affinity": thread_affinity(),
            },
        )
        self.assertEqual(effective.build["torch"], torch.__version__)
        self.assertEqual(effective.notes, [])

    def test_weights_are_counted_as_they_lie_in_memory(self):
        model = SmallModel("llama")
        elements = sum(tensor.size for tensor in model.tensors.values())
        plain = load_model(load_request(self.path))
        self.assertEqual(plain.memory()["weightsBytes"], 4 * elements)
        self.assertEqual(plain.effective.weights.bits_per_weight, 32)
        # The embedding is the output too: it is read as a whole, and its row once more.
        self.assertEqual(plain.effective.weights.bytes_per_token, 4 * elements + 4 * 32)
        small = load_model(load_request(self.path, precision="nf4"))
        self.assertEqual(small.effective.weights.format, "nf4 in blocks of 64")
        self.assertEqual(small.effective.settings["precision"], "nf4")
        self.assertLess(small.memory()["weightsBytes"], 4 * elements / 3)

    def test_every_precision_answers_and_says_what_it_is(self):
        for name in ("float32", "bfloat16", "int8", "nf4"):
            with self.subTest(name):
                model = load_model(load_request(self.path, precision=name))
                self.assertEqual(model.effective.settings["precision"], name)
                sink = Sink()
                model.generate([1, 2, 3], options(4), sink)
                self.assertEqual(len(sink.ids), 4)

    def test_float16_is_refused_on_a_cpu_that_cannot_multiply_it(self):
        with mock.patch("torch.addmm", side_effect=RuntimeError("\"addmm_impl_cpu_\" not implemented for 'Half'")):
            self.refused(r"torch \S+ cannot multiply float16 on cpu", precision="float16")

    def test_an_old_torch_has_no_compile(self):
        with mock.patch("frameworks.pytorch.loading.torch", mock.Mock(spec=["__version__"], __version__="1.13.0")):
            self.refused("torch 1.13.0 has no torch.compile", compile=True)

    def test_what_is_unknown_or_not_here_is_refused_with_the_choices(self):
        self.refused('no KV cache type "q8_0"', exit_code=USAGE, kv_type="q8_0")
        self.refused('no precision "int3"', exit_code=USAGE, precision="int3")
        self.refused('no device "abacus"', exit_code=USAGE, device="abacus")
        self.refused("--device-count 2, and torch finds 1 cpu device here", exit_code=USAGE, device_count=2)
        if not torch.cuda.is_available():
            self.refused("finds no cuda device here", exit_code=MISSING, device="cuda")

    def test_layers_on_a_gpu_that_is_not_in_use_and_a_long_context_are_noted(self):
        notes = load_model(load_request(self.path, gpu_layers=3, context_tokens=100)).effective.notes
        self.assertEqual([code for code, _ in notes], ["gpu_layers_ignored", "context_beyond_training"])

    def test_weights_that_take_more_than_in_the_file_are_noted(self):
        path = SmallModel("llama").write(self.path, in_half=True)
        for precision_name, noted in (("auto", True), ("float32", True), ("bfloat16", False), ("int8", False)):
            codes = [code for code, _ in load_model(load_request(path, precision=precision_name)).effective.notes]
            self.assertEqual("dequantised_at_load" in codes, noted, precision_name)

    def test_the_library_behind_a_torch_for_any_blas_is_read_from_the_process(self):
        maps = "7f 0 /usr/lib/libblas.so.3\n7f 0 /usr/lib/numpy.libs/libscipy_openblas64_-1.so\n"
        self.assertEqual(linked_blas(maps), REFERENCE)
        self.assertEqual(linked_blas(maps + "7f 0 /usr/lib/openblas-pthread/libopenblasp-r0.3.21.so\n"), "openblas")
        self.assertIsNone(linked_blas(""))

    def test_a_gpu_keeps_the_format_of_the_files_weights(self):
        for type, wanted in (("F32", "float32"), ("F16", "float16"), ("BF16", "bfloat16"), ("Q4_K", "float16")):
            stored = next(known for known in TENSOR_TYPES.values() if known.name == type)
            with mock.patch.object(precision, "main_type", return_value=stored):
                self.assertEqual(precision.automatic(torch.device("cuda"), None), wanted)
                self.assertEqual(precision.automatic(torch.device("cpu"), None), "float32")

    def test_an_architecture_that_is_not_built_here_needs_transformers(self):
        with mock.patch.dict(sys.modules, {"transformers": None}):
            self.refused(
                'architecture "martian" is none of llama, qwen2, gpt2, and transformers is not installed',
                path=self.unknown,
                exit_code=MISSING,
            )

    def test_transformers_runs_what_is_not_built_here(self):
        network = fake_transformers.install()
        model = load_model(load_request(self.unknown, end_of_sequence=frozenset([13])))
        self.assertEqual(model.effective.build["path"], "transformers 0.0-fake")
        sink = Sink()
        generated = model.generate([3, 4, 5, 6, 7, 8, 9, 10], options(20), sink)
        self.assertEqual((sink.ids, generated.stop), ([11, 12], "end"))
        self.assertEqual(network.lengths, [8, 9, 10])
        sink = Sink()
        generated = model.generate([3, 4, 5, 20, 21], options(2, reuse_prefix=True), sink)
        self.assertEqual((sink.ids, generated.cached_prompt_tokens), ([22, 23], 3))
        self.assertEqual(network.lengths[3:], [5, 6])
        rows: list[bytes] = []
        self.assertEqual(model.score(list(range(20)), 1, rows.append), (20, 50))

    def test_what_transformers_cannot_do_or_load_is_refused(self):
        fake_transformers.install()
        self.refused("--precision nf4 is not available for", path=self.unknown, exit_code=USAGE, precision="nf4")
        self.refused("--kv-type f16 is not available for", path=self.unknown, exit_code=USAGE, kv_type="f16")
        fake_transformers.install(fails=ValueError("GGUF model with architecture\nmartian is not supported yet."))
        self.refused("transformers 0.0-fake does not load .*: GGUF model", path=self.unknown, exit_code=MISSING)


if __name__ == "__main__":
    unittest.main()
