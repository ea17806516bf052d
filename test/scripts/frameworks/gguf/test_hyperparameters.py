import os
import tempfile
import unittest

from gguf_writing import Raw, int32, uint32s
from small_models import BASE, HEADS, KV_HEADS, LAYERS, SIZE, WIDTH, SmallModel

from engine.python.contract import UserError
from frameworks.gguf.file import read_gguf
from frameworks.gguf.hyperparameters import read_hyperparameters, rotation_frequencies


class HyperparametersTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, **metadata):
        keys = {"llama." + key.replace("__", "."): value for key, value in metadata.items()}
        return read_gguf(SmallModel("llama").write(os.path.join(self.folder.name, "model.gguf"), **keys))

    def test_a_number_is_read_in_every_form_that_the_format_has(self):
        for layers in (Raw(0, "B", (LAYERS,)), Raw(10, "Q", (LAYERS,)), Raw(11, "q", (LAYERS,)), int32(LAYERS)):
            self.assertEqual(read_hyperparameters(self.file(block_count=layers)).layers, LAYERS)
        exact = self.file(rope__freq_base=Raw(12, "d", (BASE,)))
        single = self.file(rope__freq_base=BASE)
        shape = read_hyperparameters(exact)
        ours, theirs = (rotation_frequencies(file, shape, None).tolist() for file in (exact, single))
        self.assertEqual(ours, theirs)

    def test_a_list_with_the_same_number_for_every_layer_is_that_number(self):
        shape = read_hyperparameters(
            self.file(
                attention__head_count=uint32s(HEADS, HEADS),
                attention__head_count_kv=uint32s(KV_HEADS, KV_HEADS),
                feed_forward_length=uint32s(48, 48),
            )
        )
        self.assertEqual((shape.heads, shape.kv_heads, shape.feed_forward), (HEADS, KV_HEADS, 48))
        self.assertEqual((shape.head_size, shape.width), (SIZE, WIDTH))

    def test_layers_that_differ_and_values_of_another_length_are_refused(self):
        with self.assertRaisesRegex(UserError, 'head_count_kv" differs from layer to layer'):
            read_hyperparameters(self.file(attention__head_count_kv=uint32s(KV_HEADS, HEADS)))
        with self.assertRaisesRegex(UserError, "values of another length than keys"):
            read_hyperparameters(self.file(attention__value_length=SIZE // 2))

    def test_positions_are_squeezed_by_either_key_of_the_linear_factor(self):
        shape = read_hyperparameters(self.file())
        plain = rotation_frequencies(self.file(), shape, None)
        for keys in ({"rope__scaling__factor": 4.0}, {"rope__scale_linear": 4.0}):
            self.assertEqual(rotation_frequencies(self.file(**keys), shape, None).tolist(), (plain / 4).tolist())
        off = self.file(rope__scaling__factor=4.0, rope__scaling__type="none")
        self.assertEqual(rotation_frequencies(off, shape, None).tolist(), plain.tolist())


if __name__ == "__main__":
    unittest.main()
