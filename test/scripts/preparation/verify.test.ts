import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readGguf } from '../../../scripts/models/gguf/reader.ts';
import { tensorStatistics } from '../../../scripts/models/gguf/tensor-statistics.ts';
import { verifyModel } from '../../../scripts/preparation/verify.ts';
import { modelFolder, silent } from '../models/model-folder.ts';

const embedded = fileURLToPath(new URL('../../../configs/tiny/tiny-chat-f16.gguf', import.meta.url));

/** The embedded model with the first weights of a tensor replaced by these 16-bit patterns. */
async function withWeights(name: string, halves: readonly number[], all = false): Promise<string> {
  const path = join(modelFolder(), 'changed.gguf');
  copyFileSync(embedded, path);
  const tensor = (await readGguf(path)).tensors.find((candidate) => candidate.name === name);
  const bytes = readFileSync(path);
  const count = all ? (tensor?.elements ?? 0) : halves.length;
  for (let i = 0; i < count; i++) bytes.writeUInt16LE(halves[i % halves.length] ?? 0, (tensor?.offset ?? 0) + 2 * i);
  writeFileSync(path, bytes);
  return path;
}

describe('a model file', () => {
  test('that is sound passes: its numbers are told, and texts come back from their tokens', {
    timeout: 30_000,
  }, async () => {
    const found = await verifyModel(embedded, true, silent);
    expect(found).toMatchObject({
      ok: true,
      findings: expect.arrayContaining([{ ok: true, text: expect.stringMatching(/^13 texts come back/) }]),
    });
    const norm = found.statistics?.find(({ name }) => name === 'output_norm.weight');
    // By hand, over the 256 numbers of the file.
    const file = await readGguf(embedded);
    const tensor = file.tensors.find(({ name }) => name === 'output_norm.weight');
    const bytes = Uint8Array.from(readFileSync(embedded).subarray(tensor?.offset, (tensor?.offset ?? 0) + 1024));
    const values = [...new Float32Array(bytes.buffer)];
    const mean = values.reduce((sum, value) => sum + value, 0) / 256;
    expect(norm).toMatchObject({ minimum: Math.min(...values), maximum: Math.max(...values), nan: 0, suspicion: null });
    expect(norm?.mean).toBeCloseTo(mean, 10);
    expect(norm?.deviation).toBeCloseTo(Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 256), 8);
    expect(found.tokenizer?.map(({ back }) => back)).toEqual(Array(13).fill(null));
  });

  test.each<[why: string, halves: number[], all: boolean, says: RegExp]>([
    ['with values that are no numbers', [0x7e00, 0x7e00], false, /blk\.1\.ffn_up\.weight: 2 values are no numbers/],
    ['with infinities', [0x7c00], false, /blk\.1\.ffn_up\.weight: 1 values are infinite/],
    ['with a tensor of zeros', [0], true, /blk\.1\.ffn_up\.weight: every value is zero/],
    ['with values beyond all reason', [0x7bff], false, /blk\.1\.ffn_up\.weight: values reach 6\.55e\+4/],
  ])('%s is found out', async (_, halves, all, says) => {
    const file = await readGguf(await withWeights('blk.1.ffn_up.weight', halves, all));
    const suspicious = (await tensorStatistics(file, () => {})).filter(({ suspicion }) => suspicion !== null);
    expect(suspicious.map(({ name, suspicion }) => `${name}: ${suspicion}`)).toEqual([expect.stringMatching(says)]);
  });

  test('is looked at quickly when asked to, and a damaged one is not read further', async () => {
    expect(await verifyModel(embedded, false, silent)).toMatchObject({ ok: true, statistics: null, tokenizer: null });
    const path = join(modelFolder(), 'short.gguf');
    writeFileSync(path, readFileSync(embedded).subarray(0, 200_000));
    expect(await verifyModel(path, true, silent)).toMatchObject({ ok: false, statistics: null });
  });
});
