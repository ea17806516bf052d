"""What the tinygrad framework computes without tinygrad; run by without-tinygrad.test.ts."""

import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "scripts"))

from engine.python.contract import KernelTest, Settings, UserError  # noqa: E402
from engine.python.processor import thread_affinity  # noqa: E402
from engine.python.prompt_tokens import shared_prefix  # noqa: E402
from frameworks.tinygrad.counters import CacheContents, StepCounters, contents  # noqa: E402
from frameworks.tinygrad.devices import nth, portable_name  # noqa: E402
from frameworks.tinygrad.steps import run_kernel_test  # noqa: E402
from frameworks.tinygrad.kv_cache import is_half  # noqa: E402
from frameworks.tinygrad.package import is_too_old  # noqa: E402
from frameworks.tinygrad.several_devices import axis_of, devices_of_layers, require_splittable  # noqa: E402


class Releases(unittest.TestCase):
    def test_those_before_the_oldest_that_works_are_told_apart(self) -> None:
        versions = {
            "0.9.2": True,
            "0.13.0": True,
            "0.14.0": False,
            "0.15.0.dev1": False,
            "1.0": False,
            "unknown": False,
        }
        self.assertEqual({version: is_too_old(version) for version in versions}, versions)


class Devices(unittest.TestCase):
    def test_portable_names(self) -> None:
        self.assertEqual(
            [portable_name(name) for name in ("CPU", "NV:1", "AMD", "QCOM")], ["cpu", "cuda", "rocm", "qcom"]
        )

    def test_the_first_device_has_no_number(self) -> None:
        self.assertEqual([nth("CPU", index) for index in range(3)], ["CPU", "CPU:1", "CPU:2"])


class Placement(unittest.TestCase):
    def test_layers_in_runs_of_nearly_equal_length(self) -> None:
        self.assertEqual(devices_of_layers(5, ("a", "b")), ("a", "a", "a", "b", "b"))
        self.assertEqual(devices_of_layers(4, ("a", "b", "c", "d")), ("a", "b", "c", "d"))

    def test_weights_that_know_no_rows_are_not_split_by_heads(self) -> None:
        def asked(precision: str, device_count: int = 2, shard: str = "heads") -> Settings:
            return Settings(precision=precision, device_count=device_count, shard=shard)

        for splittable in (asked("int8"), asked("auto"), asked("nf4", device_count=1), asked("nf4", shard="layers")):
            require_splittable(splittable)
        with self.assertRaises(UserError) as refused:
            require_splittable(asked("nf4"))
        self.assertEqual(str(refused.exception), "tinygrad cannot split nf4 weights by heads")
        self.assertIn("--shard layers", refused.exception.remedy or "")

    def test_only_the_matrices_behind_a_sum_are_split_by_columns(self) -> None:
        axes = {
            "blk.0.attn_q.weight": 0,
            "blk.0.attn_q.bias": 0,
            "blk.0.attn_q_norm.weight": None,
            "blk.0.ffn_up.weight": 0,
            "blk.0.attn_output.weight": 1,
            "blk.0.attn_output.bias": None,
            "blk.0.ffn_down.weight": 1,
            "blk.0.attn_norm.weight": None,
            "token_embd.weight": None,
            "output.weight": None,
        }
        self.assertEqual({name: axis_of(name) for name in axes}, axes)


class Affinity(unittest.TestCase):
    def tasks(self, **cpus: str) -> str:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for thread, listed in cpus.items():
            (folder / thread).mkdir()
            (folder / thread / "status").write_text(f"Name:\tpython\nCpus_allowed_list:\t{listed}\n")
        (folder / "ended").mkdir()
        return str(folder)

    def test_as_the_system_lists_it(self) -> None:
        self.assertEqual(thread_affinity(self.tasks(a="0-7", b="0-7")), "0-7")
        self.assertEqual(thread_affinity(self.tasks(a="10", b="2")), "2 | 10")
        self.assertIsNone(thread_affinity("/nowhere"))


class Prefix(unittest.TestCase):
    def test_the_last_token_is_always_evaluated(self) -> None:
        self.assertEqual(shared_prefix([1, 2, 3], [1, 2, 3]), 2)
        self.assertEqual(shared_prefix([1, 2, 3], [1, 9, 3]), 1)
        self.assertEqual(shared_prefix([1, 2, 3], []), 0)
        self.assertEqual(shared_prefix([1], [1, 2]), 0)


class Counters(unittest.TestCase):
    def counters(self, memory_bytes: int) -> dict:
        counters = StepCounters()
        counters.add(steps=4, memory_bytes=4 * memory_bytes, operations=400, kernels=40)
        return counters.statistics(necessary_bytes=1000)

    def test_means_of_a_step(self) -> None:
        expected = {"global_ops_per_step": 100, "kernels_per_step": 10, "global_mem_per_step_bytes": 1200}
        self.assertEqual(self.counters(1200), expected)

    def test_bytes_that_cannot_be_are_left_out(self) -> None:
        for implausible in (999, 2001):
            self.assertNotIn("global_mem_per_step_bytes", self.counters(implausible))

    def test_nothing_without_a_step(self) -> None:
        self.assertEqual(StepCounters().statistics(1000), {})


class KernelCache(unittest.TestCase):
    def test_counts_compiled_kernels_of_all_compilers_and_nothing_else(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "cache.db"
            self.assertEqual(contents(file), CacheContents(0, 0))
            connection = sqlite3.connect(file)
            for table, values in (
                ("compile_clang_obj_x86_64_native_22", [b"abc", b"de"]),
                ("compile_llvm_22", [b"f"]),
                ("compiles", [b"not a compiler's"]),
                ("beam_search_22", [b"timing"]),
            ):
                connection.execute(f'CREATE TABLE "{table}" (key text PRIMARY KEY, val blob)')
                connection.executemany(f'INSERT INTO "{table}" VALUES (?, ?)', list(enumerate(values)))
            connection.commit()
            connection.close()
            self.assertEqual(contents(file), CacheContents(kernels=3, bytes=6))


class Halves(unittest.TestCase):
    def test_a_value_that_half_precision_would_change_is_none(self) -> None:
        self.assertEqual(
            [is_half(value) for value in (0.0, -1.5, 65504.0, 1 / 3, 65505.0, 1e6)], [True] * 3 + [False] * 3
        )


class Recorder:
    """Steps and clock in one, that only tell what was called."""

    context_tokens = 64

    def __init__(self) -> None:
        self.called: list = []

    def temperature(self, value: float) -> None:
        pass

    def token_tensor(self, token: int) -> int:
        return token

    def prefill(self, tokens: list, start: int, temperature: None) -> None:
        self.called.append(f"prefill {start} to {len(tokens)}")

    def decode(self, token: int, position: int, temperature: None) -> None:
        self.called.append(f"decode {position}")

    def synchronize(self) -> None:
        self.called.append("wait")

    def start(self) -> None:
        self.called.append("start")

    def stop(self) -> None:
        self.called.append("stop")


class Kernel(unittest.TestCase):
    def called(self, test: str) -> list:
        steps = Recorder()
        run_kernel_test(steps, 100, None, KernelTest(test=test, tokens=2, depth=5, seed=1), steps)
        return steps.called

    def test_waits_for_every_token_of_tg_and_for_the_whole_prompt_of_pp(self) -> None:
        self.assertEqual(
            self.called("tg"), ["prefill 0 to 5", "wait", "start", "decode 5", "wait", "decode 6", "wait", "stop"]
        )
        self.assertEqual(self.called("pp"), ["prefill 0 to 5", "wait", "start", "prefill 5 to 7", "wait", "stop"])


class PackageWithoutKernels(unittest.TestCase):
    def imported(self, line: str) -> str:
        """What a fresh Python prints that imports the model of a package with that line in it."""
        with tempfile.TemporaryDirectory() as folder:
            package = Path(folder) / "tinygrad"
            (package / "llm").mkdir(parents=True)
            for name, text in (
                ("__init__.py", ""),
                ("nn.py", "class Linear: pass"),
                ("llm/__init__.py", ""),
                ("llm/model.py", line),
            ):
                (package / name).write_text(text)
            program = (
                "from frameworks.tinygrad.package import import_model, kernels_are_missing\n"
                "from tinygrad import nn\n"
                "model = import_model()\n"
                "print(kernels_are_missing(), getattr(model, 'Linear', None) is nn.Linear)\n"
            )
            found = subprocess.run(
                [sys.executable, "-B", "-c", program],
                capture_output=True,
                text=True,
                env={"PYTHONPATH": f"{folder}:{Path(__file__).resolve().parents[4] / 'scripts'}"},
            )
            return found.stdout.strip() or found.stderr.strip().splitlines()[-1]

    def test_gets_the_plain_layer_that_the_kernels_stand_beside(self) -> None:
        line = "from tinygrad.llm.kernels.amd import Linear, flash_attention, amd_custom_kernels_supported as supported"
        self.assertEqual(self.imported(f"{line}\nassert not supported('CPU')"), "True True")

    def test_one_that_asks_for_no_kernels_is_left_alone(self) -> None:
        self.assertEqual(self.imported("from tinygrad.nn import Linear"), "False True")

    def test_another_module_that_is_missing_stays_missing(self) -> None:
        self.assertIn("No module named 'tinygrad.llm.gguf'", self.imported("import tinygrad.llm.gguf"))


unittest.main()
