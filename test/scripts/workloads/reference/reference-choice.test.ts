import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../scripts/command-line/errors.ts';
import { frameworkNamed } from '../../../../scripts/frameworks/registry.ts';
import { type ModelRecord, weightClassOf } from '../../../../scripts/log/records/model-record.ts';
import { modelRequestOf } from '../../../../scripts/models/model-options.ts';
import type { ModelRequest, ResolvedModel } from '../../../../scripts/models/resolve.ts';
import {
  chooseReference,
  type ModelSupply,
  nameOf,
  parseReference,
} from '../../../../scripts/workloads/reference/reference-choice.ts';
import { scriptedModel } from '../../../fakes/scripted-run.ts';

const llamacpp = frameworkNamed('llamacpp');

function modelIn(format: string, change: Partial<ModelRecord> = {}): ResolvedModel {
  const model = scriptedModel();
  const quantization = { asked: format, got: format, weightClass: weightClassOf(format) };
  return { ...model, path: `/models/${format}.gguf`, record: { ...model.record, quantization, ...change } };
}

const requestFor = (quantize: string) =>
  modelRequestOf({ quantize, precision: 'int8' }, { seed: 1, formats: llamacpp.quantizations }, {});

/** Has the formats that are named. */
function supply(
  formats: readonly string[],
  change: Partial<ModelRecord> = {},
): ModelSupply & { asked: ModelRequest[] } {
  const asked: ModelRequest[] = [];
  return {
    asked,
    modelRequest: (_, quantize) => requestFor(quantize),
    async resolve(request) {
      asked.push(request);
      if (formats.includes(request.quantize)) return modelIn(request.quantize, change);
      throw new UserError(`${request.quantize} is not to be had`, { exitCode: 3 });
    },
  };
}

const candidate = (format: string, change: Partial<ModelRecord> = {}) => ({
  framework: llamacpp,
  quantize: format,
  request: requestFor(format),
  model: modelIn(format, change),
});

describe('the name of a reference', () => {
  it.each([
    { name: 'llamacpp', format: undefined },
    { name: 'llamacpp:same', format: 'same' },
    { name: 'llamacpp:Q8-0', format: 'q8_0' },
  ])('$name has the format $format', ({ name, format }) => {
    expect(parseReference(name)).toEqual({ name, framework: llamacpp, format });
  });

  it.each([
    { name: 'abacus:f32', says: /unknown framework "abacus"/ },
    { name: 'llamacpp:f33', says: /unknown quantisation "f33"/ },
  ])('$name does not exist', ({ name, says }) => {
    expect(() => parseReference(name)).toThrow(says);
  });
});

describe('the reference of a run', () => {
  it('is the usual framework in F32, unconverted and without a download', async () => {
    const models = supply(['f32', 'q8_0']);
    const reference = await chooseReference(candidate('q8_0'), undefined, models);
    expect(nameOf(reference)).toBe('llama.cpp f32');
    expect(reference.note).toBeNull();
    expect(models.asked).toMatchObject([{ quantize: 'f32', offline: true, precision: 'auto' }]);
  });

  it("is the run's own file where there is no F32, and says so", async () => {
    const reference = await chooseReference(candidate('q8_0'), undefined, supply(['q8_0']));
    expect(reference.model.path).toBe('/models/q8_0.gguf');
    expect(reference.note).toBe('compared with llama.cpp in q8_0: no f32 here: f32 is not to be had');
  });

  it("is the run's own file where F32 would be unreasonably large", async () => {
    const large = candidate('q8_0', { parameters: 70e9 });
    const reference = await chooseReference(large, undefined, supply(['f32', 'q8_0']));
    expect(reference.note).toMatch(/it would take 280 GB, more than the 8\.00 GB/);
  });

  it('of synthetic weights is the same file, because another format has other values', async () => {
    const synthetic = { source: 'synthetic' } as const;
    const models = supply(['f32', 'q4_0'], synthetic);
    const reference = await chooseReference(candidate('q4_0', synthetic), undefined, models);
    expect(reference.model.path).toBe('/models/q4_0.gguf');
    expect(reference.note).toMatch(/synthetic weights of two formats have different values/);
    await expect(
      chooseReference(candidate('q4_0', synthetic), parseReference('llamacpp:f32'), models),
    ).rejects.toMatchObject({ exitCode: 2, remedy: expect.stringContaining('llamacpp:same') });
  });

  it('that was asked for may be downloaded, and must be there', async () => {
    const models = supply(['f16', 'q8_0']);
    const reference = await chooseReference(candidate('q8_0'), parseReference('llamacpp:f16'), models);
    expect(reference.note).toBe('compared with llama.cpp in f16: asked for with --reference llamacpp:f16');
    expect(models.asked).toMatchObject([{ quantize: 'f16', offline: false }]);
    await expect(chooseReference(candidate('q8_0'), parseReference('llamacpp:f32'), models)).rejects.toThrow(
      /f32 is not to be had/,
    );
  });
});
