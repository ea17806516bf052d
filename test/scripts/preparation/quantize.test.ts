import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { lineageKey, lineageText, parseLineage } from '../../../scripts/log/lineage.ts';
import { readDigestNote } from '../../../scripts/models/file-digest.ts';
import { textField } from '../../../scripts/models/gguf/format.ts';
import { readGguf } from '../../../scripts/models/gguf/reader.ts';
import { type QuantizeRequest, quantizeModel } from '../../../scripts/preparation/quantize.ts';
import { onWindows, skipped } from '../../fakes/skipped.ts';
import { modelFolder, silent } from '../models/model-folder.ts';
import { writeEdgeWeights } from './edge-weights.ts';
import { tensorsSha256 } from './tensors-sha256.ts';

const embedded = fileURLToPath(new URL('../../../configs/tiny/tiny-chat-f16.gguf', import.meta.url));
const embeddedSha256 = '364a16b68adbb906b497a71874cd37f7910d0794d19cbb1021bc1bf504686916';
const never = new AbortController().signal;

const request = (source: string, to: string, changes: Partial<QuantizeRequest> = {}): QuantizeRequest => ({
  ...{ source, to, output: undefined, folder: modelFolder(), pure: undefined, tool: 'auto', llamaQuantize: undefined },
  ...{ build: false, allowRequantize: false, imatrix: undefined, threads: 1, force: false },
  ...changes,
});

async function edgeFile(): Promise<string> {
  const path = join(modelFolder(), 'edge-f32.gguf');
  await writeEdgeWeights(path);
  return path;
}

const sources = { embedded: async () => embedded, edge: edgeFile };

/**
 * `llama-quantize --pure SOURCE OUTPUT TYPE` of llama.cpp 0.5.0-dev, commit de3ff81 (the source inside node-llama-cpp 3.22):
 * tensorsSha256 of its output.
 */
const recorded: ReadonlyArray<[source: keyof typeof sources, to: string, sha256: string]> = [
  ['embedded', 'f32', '66e56859cb564604562877489471e2e0199ff371c01dbfed39e868793c77e7e5'],
  ['embedded', 'bf16', '35439ec8a1bdf3c86f4b7fb6430e8dfca2075a725c7c124e9bc3f1dc0e16886e'],
  ['embedded', 'q8_0', '319e5a3363e807934034df66cfcc528d8827db92ff1de517ebe4bff5722c89c2'],
  ['embedded', 'q4_0', '6dda8d856413fe946d6118385925e15af209542e1862f48d245c0614e6b064df'],
  ['edge', 'f16', 'f29751d27c52cb8af43c55f87b86734e12ad4987d69329aa15241bc29d676fd0'],
  ['edge', 'bf16', 'ce4c4ea7a1371ab4ba0c0a631ae1ab7447b19ecb811eb8650bec3b90c8d6789c'],
  ['edge', 'q8_0', '3fb1f0ec456a2addea602f013e83740243c06af189394f5ce40dab12da65b342'],
  ['edge', 'q4_0', '708f490f4effedf068a45062a7487b6aaef7a7628cba613791a5b75b9fb9477a'],
];

describe('our bytes are those of llama-quantize', () => {
  test.each(recorded)('%s in %s, as it was recorded', async (source, to, sha256) => {
    const made = await quantizeModel(request(await sources[source](), to), silent, never);
    expect(made).toMatchObject({ tool: 'Tokenlap', pure: true });
    expect(await tensorsSha256(made.path)).toBe(sha256);
  });

  const tool = process.env.TOKENLAP_LLAMA_QUANTIZE;
  const reason = 'bytes compared with a llama-quantize of this machine: TOKENLAP_LLAMA_QUANTIZE names none';
  test.skipIf(skipped(tool === undefined, reason)).each(recorded)(
    '%s in %s, as the tool here makes it',
    async (source, to) => {
      const path = await sources[source]();
      const own = await quantizeModel(request(path, to), silent, never);
      const theirs = await quantizeModel(request(path, to, { tool: 'llama-quantize', pure: true }), silent, never);
      expect(theirs.tool).toBe('llama-quantize');
      expect(await tensorsSha256(own.path)).toBe(await tensorsSha256(theirs.path));
    },
  );
});

describe('lineage', () => {
  test('stands in the file and in the note beside it, from the first file on', async () => {
    const half = await quantizeModel(request(embedded, 'bf16'), silent, never);
    const made = await quantizeModel(request(half.path, 'q8_0'), silent, never);
    expect(made.lineage).toMatchObject({
      root: { sha256: embeddedSha256, name: 'tiny-chat-f16.gguf' },
      steps: [
        { action: 'quantize', tool: 'Tokenlap', inputSha256: embeddedSha256, options: { to: 'bf16', pure: true } },
        { action: 'quantize', tool: 'Tokenlap', inputSha256: half.sha256, options: { to: 'q8_0', pure: true } },
      ],
    });
    const written = textField((await readGguf(made.path)).metadata, lineageKey) ?? '';
    expect(parseLineage(written)).toEqual(made.lineage);
    expect(readDigestNote(made.path)?.lineage).toEqual(made.lineage);
  });
});

/** Does what it is told on the first line of its script: it can run where a shell is. */
function fakeTool(body: string): string {
  const path = join(modelFolder(), 'llama-quantize');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const unscriptable = skipped(onWindows, 'llama-quantize: the fakes are shell scripts');
describe.skipIf(unscriptable)('through llama-quantize', () => {
  test('it gets the options, its version is kept, and its progress is told', async () => {
    const tool = fakeTool(
      'echo "version: 9.9 (abc)"; echo "[   1/  38] token_embd.weight"; echo "$@" > "$(dirname "$0")/arguments"; ' +
        'for last; do :; done; cp "$3" "$4"',
    );
    const steps: number[] = [];
    const made = await quantizeModel(
      request(embedded, 'q4_k_m', { llamaQuantize: tool, allowRequantize: true, pure: true, threads: 3 }),
      ({ done, total }) => total === 38 && steps.push(done),
      never,
    );
    expect(made).toMatchObject({ tool: 'llama-quantize', version: '9.9 (abc)', pure: true });
    expect(made.lineage.steps.at(-1)?.options).toEqual({ to: 'q4_k_m', pure: true, allowRequantize: true });
    expect(steps).toEqual([1]);
    const said = execFileSync('cat', [join(tool, '..', 'arguments')], { encoding: 'utf8' });
    expect(said).toMatch(/^--allow-requantize --pure \S+tiny-chat-f16\.gguf \S+\.writing Q4_K_M 3\n$/);
  });

  test('what it refuses is one line with its reason, and nothing is left', async () => {
    const tool = fakeTool(
      'echo half > "$2"; echo "x: failed to quantize: this quantization requires an imatrix!"; exit 1',
    );
    const wish = request(embedded, 'iq2_s', { llamaQuantize: tool });
    await expect(quantizeModel(wish, silent, never)).rejects.toMatchObject({
      message: expect.stringMatching(/cannot make iq2_s of .*: this quantization requires an imatrix!$/),
      remedy: expect.stringMatching(/--imatrix/),
    });
    expect(readdirSync(wish.folder)).toEqual([]);
  });
});

describe('what cannot be done is one line with the next step', () => {
  test.each<
    [why: string, to: string, changes: Partial<QuantizeRequest>, exitCode: number, says: RegExp, remedy: RegExp]
  >([
    ['no tool', 'q6_k', { llamaQuantize: '/nowhere/x' }, 3, /no llama-quantize at \/nowhere\/x/, /--build/],
    ['not ours', 'q6_k', { tool: 'own' }, 2, /own quantiser makes no mixture of q6_k/, /q8_0 and q4_0/],
    [
      'a file is in the way',
      'q8_0',
      { output: join(embedded, 'x.gguf') },
      2,
      /is a file, not a folder/,
      /another place with --output FILE/,
    ],
  ])('%s', async (_, to, changes, exitCode, says, remedy) => {
    await expect(quantizeModel(request(embedded, to, changes), silent, never)).rejects.toMatchObject({
      exitCode,
      message: expect.stringMatching(says),
      remedy: expect.stringMatching(remedy),
    });
  });

  test('a file that is there is replaced only when asked, and a quantised one is no source', async () => {
    const made = await quantizeModel(request(embedded, 'q8_0'), silent, never);
    const again = request(embedded, 'q4_0', { output: made.path });
    await expect(quantizeModel(again, silent, never)).rejects.toThrow(/already exists/);
    await expect(quantizeModel(request(made.path, 'q4_0'), silent, never)).rejects.toThrow(/is quantised already/);
    expect((await readGguf(made.path)).tensors.some(({ type }) => type === 'q8_0')).toBe(true);
    expect((await quantizeModel({ ...again, force: true }, silent, never)).bitsPerWeight).toBeLessThan(5);
  });

  test.each(['q8_0', 'q4_0'])('F32 of %s has its values: the same blocks come of it again', async (to) => {
    const quantised = await quantizeModel(request(embedded, to), silent, never);
    const expanded = await quantizeModel(request(quantised.path, 'f32'), silent, never);
    expect(expanded).toMatchObject({ tool: 'Tokenlap', bitsPerWeight: 32 });
    expect(lineageText(expanded.lineage)).toMatch(new RegExp(`^quantize to ${to} .*, quantize to f32 [^,]*$`));
    const again = await quantizeModel(request(expanded.path, to), silent, never);
    expect(await tensorsSha256(again.path)).toBe(await tensorsSha256(quantised.path));
  });

  test('weights that are quantised twice say so', async () => {
    const quantised = await quantizeModel(request(embedded, 'q8_0'), silent, never);
    const twice = await quantizeModel(request(quantised.path, 'q4_0', { allowRequantize: true }), silent, never);
    expect(twice.lineage.steps.at(-1)?.options).toEqual({ to: 'q4_0', pure: true, allowRequantize: true });
    expect(lineageText(twice.lineage)).toMatch(/, requantize to q4_0 /);
    const expanded = await quantizeModel(request(quantised.path, 'f32'), silent, never);
    const once = await quantizeModel(request(expanded.path, 'q4_0'), silent, never);
    expect(await tensorsSha256(twice.path)).toBe(await tensorsSha256(once.path));
  });

  test('interrupted in the middle, it leaves nothing', async () => {
    const wish = request(embedded, 'q8_0');
    const stop = () => {
      throw new Error('stopped');
    };
    const halfway = ({ label, done, total }: { label: string; done: number; total: number }) => {
      if (label.startsWith('quantising') && done > total / 2) stop();
    };
    await expect(quantizeModel(wish, halfway, never)).rejects.toThrow(/stopped/);
    expect(existsSync(wish.folder) && readdirSync(wish.folder)).toEqual([]);
  });
});
