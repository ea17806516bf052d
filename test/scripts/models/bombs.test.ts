/** Files that are made to fill a memory or to keep a program for ever, each given to the script that a person would give it to. */
import { spawn } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { architectureField, ggufFile, tensorEntry, text, u32, u64 } from './gguf-bytes.ts';
import { modelFolder } from './model-folder.ts';

const repository = resolve(import.meta.dirname, '../../..');
const heapMebibytes = 256;
const mostResidentBytes = 700e6;
const longestMs = 60_000;
const peak =
  'data:text/javascript,process.on("exit",()=>process.stderr.write("peak "+process.resourceUsage().maxRSS+"\\n"))';

/** With a heap that is small for a model and too small for a bomb. */
async function underLimits(args: readonly string[]) {
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${heapMebibytes}`, '--import', 'tsx', '--import', peak, ...args],
    { cwd: repository, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const before = performance.now();
  const stderr = await textOf(child.stderr);
  const peakKibibytes = Number(/^peak (\d+)$/m.exec(stderr)?.[1]);
  return { code: child.exitCode, stderr, ms: performance.now() - before, residentBytes: peakKibibytes * 1024 };
}

async function expectLine(args: readonly string[], says: RegExp): Promise<void> {
  const { code, stderr, ms, residentBytes } = await underLimits(args);
  expect(stderr).toMatch(says);
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
  expect(stderr).toMatch(/^next: /m);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr.length).toBeLessThan(3000);
  expect(code).toBeGreaterThan(0);
  expect(residentBytes).toBeLessThan(mostResidentBytes);
  expect(ms).toBeLessThan(longestMs);
}

/** As large as a length in it says, and nothing of that is on the disk. */
function hollow(path: string, bytes: number): string {
  const file = openSync(path, 'r+');
  ftruncateSync(file, bytes);
  closeSync(file);
  return path;
}

const field = (key: string, type: number, value: Buffer) => Buffer.concat([text(key), u32(type), value]);
const list = (of: number, count: number | bigint) => field('a.list', 9, Buffer.concat([u32(of), u64(count)]));
const llama = (key: string, value: number | bigint) => field(`llama.${key}`, 10, u64(value));
const ggufWith = (...fields: Buffer[]) => ggufFile({ fields: [architectureField, ...fields] });

describe('a GGUF file', () => {
  it.each<[what: string, path: () => string, says: RegExp]>([
    ['a list of 2^60 numbers', () => ggufWith(list(0, 2n ** 60n)), /more than the file holds/],
    [
      'a list of 500 million bytes',
      () => hollow(ggufWith(list(0, 5e8)), 6e8),
      /the list "a.list" .*has 500000000, and up to 4194304/,
    ],
    ['a list of 300 million texts', () => hollow(ggufWith(list(8, 3e8)), 3e9), /the list "a.list" .*300000000/],
    ['a list of lists', () => hollow(ggufWith(list(9, 3e8)), 3e9), /elements of a type that is not read/],
    ['a text of 700 MB', () => hollow(ggufWith(field('a.text', 8, u64(7e8))), 8e8), /the text "a.text" .*700000000/],
    ['a key of 700 MB', () => hollow(ggufFile({ fields: [u64(7e8)] }), 8e8), /a key .*700000000, and up to 65535/],
    ['ten million tensors', () => hollow(ggufFile({ tensorCount: 1e7 }), 1e9), /the list of tensors .*10000000/],
    ['ten million keys', () => hollow(ggufFile({ fieldCount: 1e7 }), 1e9), /the list of keys .*10000000/],
    ['many long texts', () => manyTexts(), /the head goes on at byte \d+, and up to 134217728 are read/],
    [
      '2^31 layers',
      () => ggufWith(llama('block_count', 2 ** 31), llama('embedding_length', 8)),
      /block_count is 2147483648, not 0 to 4096/,
    ],
    ['2^60 parts', () => ggufWith(field('split.count', 10, u64(2n ** 60n))), /one of 1152921504606847000 parts/],
    [
      'a norm of gigabytes',
      () =>
        hollow(
          ggufFile({
            fields: [architectureField, llama('block_count', 1), llama('embedding_length', 8)],
            tensors: [tensorEntry('a.norm.weight', [2 ** 30], 30_000, 0)],
          }),
          5e9,
        ),
      /withdrawn or unknown/,
    ],
  ])(
    'with %s is refused in a line',
    async (_, path, says) => {
      await expectLine(['scripts/models.ts', 'inspect', path()], says);
    },
    90_000,
  );

  it('with a norm of a gigabyte is verified in little memory', async () => {
    const fields = [architectureField, llama('block_count', 1), llama('embedding_length', 8)];
    const tensors = [tensorEntry('a_norm.weight', [2 ** 28], 0, 0)];
    const path = hollow(ggufFile({ fields, tensors }), 2 ** 30 + 4096);
    const { residentBytes } = await underLimits(['scripts/models.ts', 'verify', path]);
    expect(residentBytes).toBeLessThan(mostResidentBytes);
  }, 90_000);
});

/** Each as long as a text may be. */
function manyTexts(): string {
  const path = ggufWith(...['a', 'b', 'c', 'd'].map((key) => field(key, 8, u64(6e7))));
  const head = readFileSync(path).subarray(0, 4 + 4 + 16 + architectureField.length);
  const file = openSync(path, 'w');
  let at = writeSync(file, head, 0, head.length, 0);
  for (const key of ['a', 'b', 'c', 'd']) {
    const before = field(key, 8, u64(6e7));
    at += writeSync(file, before, 0, before.length, at) + 6e7;
  }
  ftruncateSync(file, at + 1000);
  closeSync(file);
  return path;
}

describe('a folder to convert', () => {
  const config = {
    architectures: ['LlamaForCausalLM'],
    ...{ hidden_size: 64, intermediate_size: 128, num_attention_heads: 4, num_hidden_layers: 1, vocab_size: 32 },
    ...{ max_position_embeddings: 128, rms_norm_eps: 1e-5, hidden_act: 'silu', rope_theta: 10_000 },
  };
  const tensors = { 'model.embed_tokens.weight': { dtype: 'F32', shape: [32, 64], data_offsets: [0, 8192] } };

  function folderOf(files: Record<string, string | Buffer>): string {
    const path = join(modelFolder(), 'source');
    mkdirSync(path);
    const head = Buffer.from(JSON.stringify(tensors));
    writeFileSync(join(path, 'model.safetensors'), Buffer.concat([u64(head.length), head, Buffer.alloc(8192)]));
    writeFileSync(join(path, 'config.json'), JSON.stringify(config));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
    return path;
  }

  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const withConfig = (change: object) => folderOf({ 'config.json': JSON.stringify({ ...config, ...change }) });
  function hollowIn(name: string): string {
    const path = folderOf({ [name]: '{}' });
    hollow(join(path, name), 1e9);
    return path;
  }

  it.each<[what: string, path: () => string, says: RegExp]>([
    [
      'a config.json of a gigabyte',
      () => hollowIn('config.json'),
      /config\.json has 1\.00 GB, and of such a file up to/,
    ],
    ['a tokenizer.json of a gigabyte', () => hollowIn('tokenizer.json'), /tokenizer\.json has 1\.00 GB/],
    ['a config.json of brackets', () => folderOf({ 'config.json': nested(1e6) }), /nested deeper than 128/],
    ['a tokenizer.json of brackets', () => folderOf({ 'tokenizer.json': nested(4e7) }), /nested deeper than 128/],
    [
      'a tokenizer.json of zeros',
      () => folderOf({ 'tokenizer.json': `[${'0,'.repeat(3e7)}0]` }),
      /more than 4194304 values/,
    ],
    ['a number of a million digits', () => folderOf({ 'config.json': `{"hidden_size": ${'9'.repeat(1e6)}}` }), /./],
    ['10^12 layers', () => withConfig({ num_hidden_layers: 1e12 }), /num_hidden_layers/],
    ['10^300 heads', () => withConfig({ num_attention_heads: 1e300 }), /num_attention_heads/],
    ['hardly a head', () => withConfig({ num_attention_heads: 1e-300 }), /num_attention_heads/],
    ['a head of 10^15', () => withConfig({ head_dim: 1e15 }), /head_dim/],
    ['10^12 words', () => withConfig({ vocab_size: 1e12 }), /vocab_size/],
    [
      'a head of weights that is said to have gigabytes',
      () => folderOf({ 'model.safetensors': Buffer.concat([u64(2n ** 40n), Buffer.alloc(100)]) }),
      /its head claims 1099511627776 bytes/,
    ],
    [
      'a head of weights of brackets',
      () => folderOf({ 'model.safetensors': Buffer.concat([u64(8e7), Buffer.from(nested(4e7))]) }),
      /nested deeper than 128/,
    ],
    [
      'rows without columns',
      () => {
        const head = Buffer.from(
          JSON.stringify({ 'model.embed_tokens.weight': { dtype: 'F32', shape: [1e12, 0], data_offsets: [0, 0] } }),
        );
        return folderOf({ 'model.safetensors': Buffer.concat([u64(head.length), head]) });
      },
      /./,
    ],
    [
      'an expression that backtracks',
      () =>
        folderOf({
          'tokenizer.json': JSON.stringify({
            model: { type: 'BPE', vocab: { a: 0 }, merges: [] },
            pre_tokenizer: { type: 'Split', pattern: { Regex: `${'(a+)+'.repeat(50_000)}$` }, behavior: 'Isolated' },
          }),
        }),
      /./,
    ],
  ])(
    'with %s is refused in a line',
    async (_, path, says) => {
      await expectLine(['scripts/models.ts', 'convert', path(), '--output', join(modelFolder(), 'out.gguf')], says);
    },
    90_000,
  );
});

describe('a file of questions, tasks or cells', () => {
  const nested = `${'['.repeat(1e6)}${']'.repeat(1e6)}`;
  function fileOf(content: string | number): string {
    const path = join(modelFolder(), 'given.json');
    writeFileSync(path, typeof content === 'string' ? content : '');
    return typeof content === 'string' ? path : hollow(path, content);
  }
  const measure = () => ['scripts/llamacpp-benchmark.ts', '--size', 'tiny', '--output', modelFolder(), '--questions'];

  const tasks = ['scripts/verifiers-sweep.ts', '--framework', 'llamacpp', '--size', 'tiny', '--task'];

  it.each<[what: string, args: () => string[], says: RegExp]>([
    ['questions of a gigabyte', () => [...measure(), fileOf(1e9)], /has 1\.00 GB, and of such a file up to/],
    ['questions of brackets', () => [...measure(), fileOf(nested)], /nested deeper than 128/],
    ['an endless file of questions', () => [...measure(), '/dev/zero'], /has more than 67\.1 MB/],
    ['a sweep of a gigabyte', () => ['scripts/sweep.ts', fileOf(1e9), '--dry-run'], /has 1\.00 GB/],
    ['a sweep of brackets', () => ['scripts/sweep.ts', fileOf(nested), '--dry-run'], /nested deeper than 128/],
    [
      'a range without end',
      () => [
        'scripts/sweep.ts',
        fileOf('{"name":"a","framework":"llamacpp","seed":{"from":0,"to":1e15,"step":1e-9}}'),
        '--dry-run',
      ],
      /./,
    ],
    [
      'rules that multiply each other',
      () => {
        const many = { from: 1, to: 9000, step: 1 };
        const rules = {
          when: [
            { if: {}, with: { seed: many } },
            { if: {}, with: { 'max-tokens': many } },
          ],
        };
        return [
          'scripts/sweep.ts',
          fileOf(JSON.stringify({ name: 'a', framework: 'llamacpp', ...rules })),
          '--dry-run',
        ];
      },
      /./,
    ],
    ['pairs of a gigabyte', () => [...tasks, `jsonl:${fileOf(1e9)}`], /has 1\.00 GB/],
    ['a pair of brackets', () => [...tasks, `jsonl:${fileOf(nested)}`], /:1 is not JSON: it is nested deeper than 128/],
  ])(
    'that is %s is refused in a line',
    async (_, args, says) => {
      await expectLine(args(), says);
    },
    90_000,
  );
});
