import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { oneLine, UserError } from '../../../../scripts/command-line/errors.ts';
import { ggufFacts } from '../../../../scripts/models/gguf/facts.ts';
import { readGguf } from '../../../../scripts/models/gguf/reader.ts';
import { tensorStatistics } from '../../../../scripts/models/gguf/tensor-statistics.ts';
import { cachedModelFiles } from '../../../../scripts/models/model-catalog.ts';
import { type ModelRequest, resolveModel } from '../../../../scripts/models/resolve.ts';
import { quantizeModel } from '../../../../scripts/preparation/quantize.ts';
import { verifyFile } from '../../../../scripts/preparation/verify.ts';
import { tensorsSha256 } from '../../preparation/tensors-sha256.ts';
import { modelFolder, silent } from '../model-folder.ts';
import { splitModel } from './split-model.ts';

const embedded = fileURLToPath(new URL('../../../../configs/tiny/tiny-chat-f16.gguf', import.meta.url));

async function complaint(path: string): Promise<string> {
  try {
    await readGguf(path);
  } catch (error) {
    if (error instanceof UserError) return `${oneLine(error)} | ${error.remedy}`;
    throw error;
  }
  return 'read without a complaint';
}

function request(path: string, quantize = 'default'): ModelRequest {
  return {
    ...{ size: undefined, algorithm: undefined, quantize, path, synthetic: false },
    ...{ seed: 0, offline: true, formats: [] },
  };
}

/** What `sha256sum` prints of the parts, hashed again. */
function sha256OfParts(parts: readonly string[]): string {
  const lines = parts.map(
    (part) => `${createHash('sha256').update(readFileSync(part)).digest('hex')}  ${basename(part)}\n`,
  );
  return createHash('sha256').update(lines.join('')).digest('hex');
}

describe('a model in several parts', () => {
  test.each([false, true])('is the model that it was before it was split; first part empty: %s', async (emptyFirst) => {
    const parts = await splitModel(embedded, modelFolder(), 'tiny-f16', { emptyFirst });
    const [first = ''] = parts;
    const [whole, split] = [await readGguf(embedded), await readGguf(first)];
    expect(split.parts).toEqual(parts);
    expect(split.fileBytes).toBe(parts.reduce((sum, part) => sum + statSync(part).size, 0));
    expect(ggufFacts(split)).toEqual(ggufFacts(whole));
    expect(await tensorsSha256(first)).toBe(await tensorsSha256(embedded));
    const statistics = await tensorStatistics(split, () => {});
    expect(statistics).toEqual(await tensorStatistics(whole, () => {}));
  });

  test('is recorded with the parameters, the bytes and the sha256 of all of it', async () => {
    const parts = await splitModel(embedded, modelFolder(), 'tiny-f16');
    const whole = (await resolveModel(request(embedded), silent)).record;
    const { record, path } = await resolveModel(request(parts[0] ?? ''), silent);
    expect(path).toBe(parts[0]);
    for (const key of ['parameters', 'weightBytesPerToken', 'effectiveBitsPerWeight', 'kvElementsPerPosition'] as const)
      expect([key, record[key]]).toEqual([key, whole[key]]);
    expect(record.fileBytes).toBe(parts.reduce((sum, part) => sum + statSync(part).size, 0));
    expect(record.sha256).toBe(sha256OfParts(parts));
  });

  test('changes its sha256 when any of its parts does', async () => {
    const parts = await splitModel(embedded, modelFolder(), 'tiny-f16');
    const before = (await resolveModel(request(parts[0] ?? ''), silent)).record.sha256;
    const last = parts[2] ?? '';
    const bytes = readFileSync(last);
    bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
    writeFileSync(last, bytes);
    expect((await resolveModel(request(parts[0] ?? ''), silent)).record.sha256).not.toBe(before);
  });

  test('is quantised as a whole, into a file that is not split', async () => {
    const folder = modelFolder();
    const parts = await splitModel(embedded, folder, 'tiny-f16');
    const quantize = (source: string, output: string | undefined) =>
      quantizeModel(
        {
          ...{ source, to: 'q8_0', output, folder, pure: undefined, tool: 'own', llamaQuantize: undefined },
          ...{ build: false, allowRequantize: false, imatrix: undefined, threads: 1, force: false },
        },
        silent,
        new AbortController().signal,
      );
    const fromParts = await quantize(parts[0] ?? '', undefined);
    expect(basename(fromParts.path)).toBe('tiny-q8_0.gguf');
    const fromWhole = await quantize(embedded, join(folder, 'whole-q8_0.gguf'));
    expect(await tensorsSha256(fromParts.path)).toBe(await tensorsSha256(fromWhole.path));
    expect(fromParts.lineage.root.sha256).toBe(sha256OfParts(parts));
    const made = await readGguf(fromParts.path);
    expect([...made.metadata.keys()].filter((key) => key.startsWith('split.'))).toEqual([]);
    expect(made.parts).toEqual([fromParts.path]);
  });

  test('is verified in all its parts', async () => {
    const folder = modelFolder();
    const parts = await splitModel(embedded, folder, 'tiny-f16');
    const good = await verifyFile(parts[0] ?? '', () => {});
    expect(good).toMatchObject({ ok: true, sha256: sha256OfParts(parts) });
    expect(good.findings[0]?.text).toBe('38 tensors lie within its 3 parts');
    expect(cachedModelFiles(folder)).toEqual([parts[0]]);
    const norm = (await readGguf(parts[0] ?? '')).tensors.findLast(({ name }) => name.endsWith('norm.weight'));
    expect(norm?.path).toBe(parts[2]);
    const bytes = readFileSync(parts[2] ?? '');
    bytes.writeFloatLE(Number.NaN, norm?.offset);
    writeFileSync(parts[2] ?? '', bytes);
    expect(await verifyFile(parts[0] ?? '', () => {})).toMatchObject({ ok: false });
  });

  test('that was merged again keeps the keys, with no parts, and is one file', async () => {
    const [merged = ''] = await splitModel(embedded, modelFolder(), 'merged', { count: 1 });
    expect((await readGguf(merged)).parts).toEqual([merged]);
  });
});

describe('parts that are no model get one line with the reason and the next step', () => {
  const damage: ReadonlyArray<[what: string, name: (parts: string[]) => string | Promise<string>, says: RegExp]> = [
    [
      'the second part',
      ([, second = '']) => second,
      /-00002-of-00003\.gguf is part 2 of 3 .*Name the first part: .*-00001-of-00003\.gguf, .*llama-gguf-split --merge/,
    ],
    [
      'a missing part',
      ([first = '', , third = '']) => {
        unlinkSync(third);
        return first;
      },
      /part 1 of 3 .*tiny-f16-00003-of-00003\.gguf is not beside it.*Fetch the rest.*--merge/,
    ],
    [
      'a first part with another name',
      ([first = '']) => {
        renameSync(first, `${first}.renamed.gguf`);
        return `${first}.renamed.gguf`;
      },
      /part 1 of 3 .*its name does not say.*model-00001-of-00003\.gguf/,
    ],
    [
      'a part in the place of another',
      ([first = '', second = '', third = '']) => {
        copyFileSync(second, third);
        return first;
      },
      /-00003-of-00003\.gguf says that it is part 2 of 3.*Fetch all parts again/,
    ],
    [
      'a part of another model with the same names',
      async ([first = '', , third = '']) => {
        const others = await splitModel(embedded, modelFolder(), 'other', { emptyFirst: true });
        copyFileSync(others[2] ?? '', third);
        return first;
      },
      /stands in an earlier part too/,
    ],
    [
      'a part that is cut off',
      ([first = '', second = '']) => {
        writeFileSync(second, readFileSync(second).subarray(0, 100_000));
        return first;
      },
      /-00002-of-00003\.gguf cannot be used as a model: the tensor .* ends at byte/,
    ],
  ];
  test.each(damage)('%s', async (_, name, says) => {
    const text = await complaint(await name(await splitModel(embedded, modelFolder(), 'tiny-f16')));
    expect(text).toMatch(says);
    expect(text).not.toContain('\n');
  });

  test('fewer tensors than the first part promises', async () => {
    const [first = ''] = await splitModel(embedded, modelFolder(), 'tiny-f16', { tensorCount: 40 });
    expect(await complaint(first)).toMatch(/have 38 tensors, and the first promises 40/);
  });
});
