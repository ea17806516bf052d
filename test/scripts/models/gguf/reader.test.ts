import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../../scripts/command-line/errors.ts';
import { readGguf } from '../../../../scripts/models/gguf/reader.ts';
import { modelFolder } from '../model-folder.ts';
import { architectureField, ggufFile, rawFile, tensorEntry, text, u32, u64 } from './gguf-bytes.ts';

async function complaint(path: string): Promise<string> {
  try {
    await readGguf(path);
  } catch (error) {
    if (error instanceof UserError) return `${error.message} | ${error.remedy}`;
    throw error;
  }
  return 'read without a complaint';
}

test('a file written byte by byte is read as it was meant', async () => {
  const file = await readGguf(ggufFile());
  expect(file).toMatchObject({ version: 3, alignment: 32 });
  expect(file.metadata.get('general.architecture')).toEqual({ type: 'string', value: 'llama' });
  expect(file.tensors).toEqual([
    { path: file.path, name: 'a.weight', shape: [32], type: 'f32', elements: 32, bytes: 128, offset: file.headBytes },
  ]);
  expect(file.headBytes % 32).toBe(0);
});

test('values of every type are read', async () => {
  const float64 = Buffer.alloc(8);
  float64.writeDoubleLE(0.1);
  const int16 = Buffer.from([0xfe, 0xff]);
  const field = (key: string, type: number, value: Buffer) => Buffer.concat([text(key), u32(type), value]);
  const { metadata } = await readGguf(
    ggufFile({
      fields: [
        field('big', 10, u64(2n ** 63n + 1n)),
        field('negative', 3, int16),
        field('exact', 12, float64),
        field('yes', 7, Buffer.from([1])),
        field('list', 9, Buffer.concat([u32(8), u64(2), text('é'), text('')])),
        field('none', 9, Buffer.concat([u32(4), u64(0)])),
      ],
    }),
  );
  expect(Object.fromEntries([...metadata].map(([key, { value }]) => [key, value]))).toEqual({
    ...{ big: 2n ** 63n + 1n, negative: -2, exact: 0.1, yes: true, list: ['é', ''], none: [] },
  });
});

describe('a file that is no good gets one line with the reason and the next step', () => {
  const huge = 2n ** 62n;
  test.each<[what: string, path: () => string, says: RegExp]>([
    ['missing', () => join(modelFolder(), 'none.gguf'), /no such file.*Check the path/],
    ['a folder', () => modelFolder(), /folder/],
    ['empty', () => rawFile(''), /empty file.*fetch it again/],
    ['a Git LFS pointer', () => rawFile('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'), /git lfs pull/],
    ['JSON', () => rawFile('{"model_type": "llama"}'), /JSON file/],
    [
      'a zip archive',
      () => rawFile(Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(60)])),
      /PyTorch.*Convert/,
    ],
    ['safetensors', () => rawFile(Buffer.concat([u64(40), Buffer.from('{"a": {"dtype": "F32"}}')])), /safetensors/],
    ['a web page', () => rawFile('<!DOCTYPE html><title>Sign in</title>'), /web page/],
    ['something else', () => rawFile(Buffer.alloc(100, 7)), /not a GGUF file/],
    ['cut inside the magic', () => rawFile('GGUF'), /not a GGUF file|cut short/],
    ['version 1', () => ggufFile({ version: 1 }), /version 1.*Convert/],
    ['version 9', () => ggufFile({ version: 9 }), /version 9.*Update/],
    ['big-endian', () => ggufFile({ version: 0x03000000 }), /big-endian/],
    ['2^62 tensors', () => ggufFile({ tensorCount: huge }), /says more than the file holds/],
    ['2^62 keys', () => ggufFile({ fieldCount: huge }), /says more than the file holds/],
    ['a key beyond the end', () => ggufFile({ fields: [u64(1e9)] }), /says more than the file holds/],
    [
      'a list beyond the end',
      () => ggufFile({ fields: [Buffer.concat([text('k'), u32(9), u32(4), u64(huge)])] }),
      /says more than the file holds/,
    ],
    ['an unknown value type', () => ggufFile({ fields: [Buffer.concat([text('k'), u32(99)])] }), /"k".*unknown type/],
    ['a list of lists', () => ggufFile({ fields: [Buffer.concat([text('k'), u32(9), u32(9), u64(1)])] }), /"k"/],
    ['the same key twice', () => ggufFile({ fields: [architectureField, architectureField] }), /twice/],
    [
      'the same tensor twice',
      () => ggufFile({ tensors: [tensorEntry('a', [8], 0, 0), tensorEntry('a', [8], 0, 32)] }),
      /tensor a stands in it twice/,
    ],
    ['a tensor beyond the end', () => ggufFile({ dataBytes: 64 }), /a\.weight ends at byte \d+, and the file has \d+/],
    ['a far offset', () => ggufFile({ tensors: [tensorEntry('a', [8], 0, 2 ** 40)] }), /ends at byte/],
    ['an offset that is not aligned', () => ggufFile({ tensors: [tensorEntry('a', [8], 0, 4)] }), /not aligned/],
    ['five dimensions', () => ggufFile({ tensors: [tensorEntry('a', [1, 1, 1, 1, 1], 0, 0)] }), /5 dimensions/],
    ['no rows', () => ggufFile({ tensors: [tensorEntry('a', [8, 0], 0, 0)] }), /impossible shape 8 × 0/],
    ['too many weights', () => ggufFile({ tensors: [tensorEntry('a', [huge, huge], 0, 0)] }), /impossible shape/],
    ['a withdrawn format', () => ggufFile({ tensors: [tensorEntry('a', [32], 31, 0)] }), /type 31/],
    ['half a block', () => ggufFile({ tensors: [tensorEntry('a', [33], 8, 0)] }), /33 weights.*whole blocks of q8_0/],
  ])('%s', async (_what, path, says) => {
    expect(await complaint(path())).toMatch(says);
  });
});

test('a file that is cut at any byte is refused, never read wrongly and never a crash', async () => {
  const { readFileSync } = await import('node:fs');
  const whole = readFileSync(ggufFile());
  for (let length = 0; length < whole.length; length += 7) {
    expect(await complaint(rawFile(whole.subarray(0, length)))).toMatch(/cannot be used as a model/);
  }
});
