import os
import tempfile
import unittest

import numpy as np
from gguf_writing import int32, uint16, write_gguf

from engine.python.contract import UserError
from frameworks.gguf.file import TextArray, read_gguf


class GgufFileTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "model.gguf")

    def refused(self, pattern: str) -> UserError:
        with self.assertRaisesRegex(UserError, pattern) as caught:
            read_gguf(self.path)
        self.assertNotIn("\n", str(caught.exception))
        self.assertTrue(caught.exception.remedy)
        return caught.exception

    def test_gives_metadata_and_the_values_of_tensors_rows_first(self):
        values = np.arange(6, dtype=np.float32).reshape(2, 3)
        metadata = {"general.architecture": "llama", "a.number": 7, "a.real": 0.5, "a.list": ["x", "yy"]}
        file = read_gguf(write_gguf(self.path, metadata, {"first": values, "second": 2 * values}))
        self.assertEqual(file.text("general.architecture"), "llama")
        self.assertEqual(file.number("a.number"), 7)
        self.assertEqual(file.number("a.real"), 0.5)
        self.assertEqual(file.metadata["a.list"], TextArray(2))
        self.assertEqual(file.tensor("second").shape, (2, 3))
        self.assertEqual(file.blocks("second").view("<f4").ravel().tolist(), (2 * values).ravel().tolist())

    def test_a_file_that_is_none_is_refused(self):
        self.refused("cannot read .*No such file")
        for content in (b"", b"not a model"):
            with open(self.path, "wb") as file:
                file.write(content)
            self.refused("is no GGUF file")

    def test_a_tensor_that_is_cut_off_is_named_with_both_lengths(self):
        write_gguf(self.path, {}, {"blk.0.ffn_up.weight": np.zeros((4, 32), np.float32)})
        length = os.path.getsize(self.path)
        os.truncate(self.path, length - 100)
        self.refused(
            rf'cut off: tensor "blk.0.ffn_up.weight" needs {length} bytes of file, and there are {length - 100}'
        )

    def test_a_header_that_is_cut_off_is_refused_wherever_it_ends(self):
        write_gguf(self.path, {"general.architecture": "llama", "list": ["a", "b"]}, {})
        with open(self.path, "rb") as file:
            whole = file.read().rstrip(b"\0")
        for length in range(4, len(whole)):
            with open(self.path, "wb") as file:
                file.write(whole[:length])
            self.refused("is cut off in its header")

    def test_an_unknown_tensor_type_is_named_with_its_tensor_and_what_is_read_instead(self):
        for number, name in ((10, "Q2_K"), (99, "number 99")):
            write_gguf(self.path, {}, {"token_embd.weight": (number, (4, 256), bytes(1000))})
            error = self.refused(f'tensor "token_embd.weight" has the type {name}, which is not read here')
            self.assertRegex(error.remedy, "Q8_0")

    def test_rows_that_are_no_whole_blocks_and_other_versions_are_refused(self):
        write_gguf(self.path, {}, {"x": ("Q8_0", (4, 33), bytes(1000))})
        self.refused('has tensor "x" with rows of 33, no whole blocks of Q8_0')
        write_gguf(self.path, {}, {})
        with open(self.path, "r+b") as file:
            file.seek(4)
            file.write((1).to_bytes(4, "little"))
        self.refused("is GGUF of version 1; 2 and 3 are known")

    def split(self, tensors: dict, promised: int | None = None) -> list[str]:
        """One tensor a part, as gguf-split of llama.cpp writes them."""
        paths = []
        for index, (name, values) in enumerate(tensors.items()):
            path = os.path.join(self.folder.name, f"model-{index + 1:05d}-of-{len(tensors):05d}.gguf")
            place = {
                "split.no": uint16(index),
                "split.count": uint16(len(tensors)),
                "split.tensors.count": int32(promised or len(tensors)),
            }
            paths.append(write_gguf(path, ({"a.number": 7} if index == 0 else {}) | place, {name: values}))
        return paths

    def test_all_parts_of_a_split_model_are_read_and_named_by_the_first(self):
        first, second = np.arange(8, dtype=np.float32).reshape(2, 4), np.full((3, 2), 5, dtype=np.float32)
        paths = self.split({"first": first, "second": second})
        file = read_gguf(paths[0])
        self.assertEqual(file.parts, paths)
        self.assertEqual(file.number("a.number"), 7)
        self.assertEqual(list(file.tensors), ["first", "second"])
        self.assertEqual(file.blocks("first").view("<f4").ravel().tolist(), first.ravel().tolist())
        self.assertEqual(file.blocks("second").view("<f4").ravel().tolist(), second.ravel().tolist())

    def test_parts_that_are_no_model_are_refused_with_the_next_step(self):
        tensors = {name: np.zeros((2, 4), np.float32) for name in "abc"}
        paths = self.split(tensors)
        self.path = paths[1]
        self.assertRegex(self.refused("part 2 of 3 of a split model").remedy, "model-00001-of-00003.*--merge")
        self.path = paths[0]
        os.rename(paths[2], paths[2] + ".away")
        self.assertRegex(self.refused("part 1 of 3 .*model-00003-of-00003.gguf is not beside it").remedy, "Fetch")
        os.replace(paths[1], paths[2])
        os.rename(paths[2] + ".away", paths[1])
        self.refused("model-00002-of-00003.gguf says that it is part 3 of 3")
        self.split(tensors, promised=4)
        self.refused("have 3 tensors, and the first part says 4")

    def test_what_is_missing_is_named(self):
        file = read_gguf(write_gguf(self.path, {"llama.block_count": "two"}, {}))
        for work, pattern in (
            (lambda: file.number("llama.block_count"), 'has no number "llama.block_count"'),
            (lambda: file.text("general.architecture"), 'has no text "general.architecture"'),
            (lambda: file.tensor("output.weight"), 'has no tensor "output.weight"'),
        ):
            with self.assertRaisesRegex(UserError, pattern):
                work()


if __name__ == "__main__":
    unittest.main()
