/** Files that are made to fill a memory or to keep a program for ever, each given to the script that a person would give it to. */
import { spawn } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { script } from '../../../fakes/script.ts';
import { modelFolder } from '../model-folder.ts';
import { architectureField, ggufFile, tensorEntry, text, u32, u64 } from './gguf-bytes.ts';

const defusing = fileURLToPath(new URL('./defusing.ts', import.meta.url));
const repository = resolve(import.meta.dirname, '../../../..');
const heapMebibytes = 256;
const mostResidentBytes = 800e6;
const longestMs = 60_000;

type Kind = 'inspect' | 'verify' | 'convert' | 'questions' | 'sweep' | 'pairs';
type Bomb = readonly [what: string, kind: Kind, path: () => string, says: RegExp];

/** All in one process with a heap that is small for a model and too small for a bomb: what ends it is the last one told of. */
async function defuse(bombs: readonly Bomb[]) {
  const list = join(modelFolder(), 'bombs.json');
  writeFileSync(list, JSON.stringify(bombs.map(([what, kind, path]) => ({ what, kind, path: path() }))));
  const child = spawn(process.execPath, [`--max-old-space-size=${heapMebibytes}`, '--import', 'tsx', defusing, list], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  const told = stdout
    .trim()
    .split('\n')
    .map((line): { what: string; said?: string; remedy?: string; ms?: number; residentBytes?: number } =>
      JSON.parse(line),
    );
  expect(stderr.replaceAll(/^hashing .*\n/gm, ''), `ended by ${told.at(-1)?.what}`).toBe('');
  const ended = told.filter(({ ms }) => ms !== undefined);
  expect(ended.map(({ what }) => what)).toEqual(bombs.map(([what]) => what));
  for (const [index, { what, said = '', remedy = '', ms = 0, residentBytes = 0 }] of ended.entries()) {
    expect(said, what).toMatch(bombs[index]?.[3] ?? /never/);
    expect(said.length, what).toBeLessThan(1010);
    expect(remedy, what).not.toBe('');
    expect(residentBytes, what).toBeLessThan(mostResidentBytes);
    expect(ms, what).toBeLessThan(longestMs);
  }
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
  const bombs: ReadonlyArray<[what: string, path: () => string, says: RegExp]> = [
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
  ];

  it('that would fill the memory is refused in a line', async () => {
    await defuse(bombs.map(([what, path, says]) => [what, 'inspect', path, says]));
  }, 300_000);

  it('with a norm of a gigabyte is verified in little memory', async () => {
    const fields = [architectureField, llama('block_count', 1), llama('embedding_length', 8)];
    const tensors = [tensorEntry('a_norm.weight', [2 ** 28], 0, 0)];
    const path = () => hollow(ggufFile({ fields, tensors }), 2 ** 30 + 4096);
    await defuse([['a norm', 'verify', path, /1 norms are finite/]]);
  }, 300_000);
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

  const bombs: ReadonlyArray<[what: string, path: () => string, says: RegExp]> = [
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
  ];

  it('that would fill the memory is refused in a line', async () => {
    await defuse(bombs.map(([what, path, says]) => [what, 'convert', path, says]));
  }, 300_000);
});

describe('a file of questions, pairs or cells', () => {
  const nested = `${'['.repeat(1e6)}${']'.repeat(1e6)}`;
  function fileOf(content: string | number): string {
    const path = join(modelFolder(), 'given.json');
    writeFileSync(path, typeof content === 'string' ? content : '');
    return typeof content === 'string' ? path : hollow(path, content);
  }
  const sweepOf = (more: object) => fileOf(JSON.stringify({ name: 'a', framework: 'llamacpp', ...more }));
  const many = { from: 1, to: 9000, step: 1 };
  const rule = (axis: string) => ({ if: {}, with: { [axis]: many } });

  it('that would fill the memory is refused in a line', async () => {
    await defuse([
      ['questions of a gigabyte', 'questions', () => fileOf(1e9), /has 1\.00 GB, and of such a file up to/],
      ['questions of brackets', 'questions', () => fileOf(nested), /is not JSON: it is nested deeper than 128/],
      ['questions without end', 'questions', () => '/dev/zero', /has more than 67\.1 MB/],
      ['pairs of a gigabyte', 'pairs', () => fileOf(1e9), /has 1\.00 GB/],
      ['a pair of brackets', 'pairs', () => fileOf(nested), /:1 is not JSON: it is nested deeper than 128/],
      ['cells of a gigabyte', 'sweep', () => fileOf(1e9), /has 1\.00 GB/],
      ['cells of brackets', 'sweep', () => fileOf(nested), /nested deeper than 128/],
      ['axes that multiply', 'sweep', () => sweepOf({ seed: many, maxTokens: many }), /81000000 combinations/],
      [
        'rules that multiply',
        'sweep',
        () => sweepOf({ when: [rule('seed'), rule('maxTokens')] }),
        /81000000 combinations, and at most 100000 are allowed/,
      ],
    ]);
  }, 300_000);

  it('ends the script that reads it with a code and without a stack', async () => {
    const { code, stdout, stderr } = await script('scripts/sweep.ts', [fileOf(nested), '--dry-run']);
    expect(stderr).toMatch(/error: .*nested deeper than 128 levels\nnext: .*\n$/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  }, 120_000);
});
