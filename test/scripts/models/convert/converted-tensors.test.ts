import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { shapeMetadata } from '../../../../scripts/models/architectures/shape-metadata.ts';
import { shapeTensors } from '../../../../scripts/models/architectures/shape-tensors.ts';
import type { GgufField, GgufFile } from '../../../../scripts/models/gguf/format.ts';
import { shapeOfGguf } from '../../../../scripts/models/gguf/shape.ts';

/**
 * What llama.cpp's convert_hf_to_gguf.py --outtype f32 (of the version that node-llama-cpp 3.22 brings) wrote for tiny
 * random models that transformers 5.17 had saved: the metadata of the architecture, and the tensors of the first layer and
 * of no layer. Falcon is one of the 40B kind, with two norms.
 */
const recorded = z
  .record(
    z.string(),
    z.object({
      architecture: z.string(),
      metadata: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
      tensors: z.record(z.string(), z.array(z.number())),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('converted-tensors.json', import.meta.url), 'utf8')));

function fieldOf(value: number | boolean | string): GgufField {
  if (typeof value === 'string') return { type: 'string', value };
  return typeof value === 'boolean' ? { type: 'bool', value } : { type: 'float64', value };
}

function fileOf({ architecture, metadata, tensors }: (typeof recorded)[string]): GgufFile {
  const fields = Object.entries(metadata).map(([key, value]): [string, GgufField] => [key, fieldOf(value)]);
  return {
    ...{ path: 'recorded.gguf', parts: ['recorded.gguf'], version: 3, fileBytes: 0, alignment: 32, headBytes: 0 },
    metadata: new Map([['general.architecture', fieldOf(architecture)], ...fields]),
    tensors: Object.entries(tensors).map(([name, shape]) => ({
      ...{ path: 'recorded.gguf', name, shape, type: 'f32', offset: 0, bytes: 0 },
      elements: shape.reduce((product, size) => product * size, 1),
    })),
  };
}

test.each(Object.entries(recorded))('the tensors of %s are those of llama.cpp’s converter', (_, converted) => {
  const found = shapeOfGguf(fileOf(converted));
  if (found === undefined) throw new Error('no shape');
  const ours = shapeTensors(found.architecture, found.shape).filter(({ layer }) => layer === undefined || layer === 0);
  expect(Object.fromEntries(ours.map(({ name, shape }) => [name, shape]))).toEqual(converted.tensors);
});

test.each(Object.entries(recorded))('the metadata of %s has what llama.cpp’s converter writes', (_, converted) => {
  const found = shapeOfGguf(fileOf(converted));
  if (found === undefined) throw new Error('no shape');
  const ours = Object.fromEntries(
    shapeMetadata(found.architecture, found.shape).map(([key, { value }]) => [
      key,
      typeof value === 'number' ? Number(value.toPrecision(7)) : value,
    ]),
  );
  // Zero positions are no window, and an original context as long as the context is no stretch.
  const {
    'phi3.attention.sliding_window': _window,
    'phi3.rope.scaling.original_context_length': _original,
    ...theirs
  } = converted.metadata;
  expect(ours).toMatchObject(theirs);
});
