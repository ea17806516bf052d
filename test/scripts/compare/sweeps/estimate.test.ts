import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cellOptionsSchema } from '../../../../scripts/compare/sweeps/cell.ts';
import { ranOutOfMemory } from '../../../../scripts/compare/sweeps/cell-run.ts';
import {
  assumedRates,
  contextTokensOf,
  estimateCell,
  History,
  memoryBytes,
} from '../../../../scripts/compare/sweeps/estimate.ts';
import { ModelCatalogue, type ModelFacts } from '../../../../scripts/compare/sweeps/model-facts.ts';
import type { RunTrace } from '../../../../scripts/compare/sweeps/run-traces.ts';
import { frameworkNamed } from '../../../../scripts/frameworks/registry.ts';
import type { Header } from '../../../../scripts/log/run-log-format.ts';
import { describeHost } from '../../../../scripts/machine/facts/host.ts';
import { encodedTypes } from '../../../../scripts/models/quantization/weight-encoding.ts';
import { repositoryRoot } from '../../../../scripts/models/registry.ts';
import { headerOf } from '../../../../scripts/run/run-header.ts';
import { scriptedPlan } from '../../../fakes/scripted-run.ts';

const options = (content: object) => cellOptionsSchema.parse({ framework: 'llamacpp', threads: 2, ...content });

/** A billion parameters in 8 bits: 1 GB. */
const model: ModelFacts = {
  file: 'x',
  name: 'x',
  parameters: 1e9,
  fileBytes: 1e9,
  kvElementsPerPosition: 32_768,
  contextLength: 4096,
  missing: null,
};

describe('the estimate of a cell', () => {
  it('counts a kernel run by bytes read and operations done', () => {
    const kernel = options({ workload: 'kernel', nPrompt: 100, nGen: 10, repetitions: 1 });
    const rates = { bytesPerSecond: 10e9, flopsPerSecond: 100e9, measured: true };
    const { ms, from } = estimateCell(kernel, model, rates, new History());
    // start 0.7 s + load 1 GB at 1 GB/s + 2 repetitions x (100 x 2e9 / 50e9 s + 10 x (1e9 / 6e9 s + 0.1 ms))
    expect(ms).toBeCloseTo(700 + 1000 + 2 * (100 * 40 + 10 * (1000 / 6 + 0.1)), 3);
    expect(from).toBe('rule');
  });

  it('counts whole rounds of the questions up to the least time, and the time of warming up', () => {
    const rates = { bytesPerSecond: 10e9, flopsPerSecond: 100e9, measured: true };
    const msOf = (content: object) => estimateCell(options(content), model, rates, new History()).ms;
    const short = { maxTokens: 1, warmup: 0 };
    // 26 answers of one token take 4.3 s to decode; 13 s are four such rounds, to which one cold answer comes.
    const once = msOf({ ...short, minSeconds: 0 }) - 1700;
    expect(msOf({ ...short, minSeconds: 13 }) - 1700).toBeCloseTo((once * (3 * 26 + 1)) / 27, 3);
  });

  it('is what such runs took here, where there were any', async () => {
    const host = await describeHost(false);
    const trace = (took: number, hostname = 'here'): RunTrace => {
      const made = headerOf(scriptedPlan(''), { uuid: randomUUID(), startedAt: '', version: '', host });
      const quantization = { ...made.model.quantization, asked: 'q8_0' };
      const header: Header = {
        ...made,
        framework: { ...made.framework, name: 'llamacpp' },
        model: { ...made.model, source: 'embedded', quantization },
        requested: { threads: 2, maxTokens: 8, ignoreEndOfSequence: false, rounds: 1, minSeconds: 2 },
        host: { ...host, hostname },
      };
      return { path: '', header, end: { type: 'end', status: 'completed', atNs: took * 1e6, endedAt: '' } };
    };
    const history = new History([trace(100), trace(300), trace(900), trace(5, 'elsewhere')], 'here');
    const like = options({ quantize: 'q8_0', maxTokens: 8, size: 'tiny' });
    expect(estimateCell(like, model, assumedRates, history)).toMatchObject({ ms: 300, from: 'runs' });
    expect(history.msOf(options({ quantize: 'q8_0', maxTokens: 9 }))).toBeNull();
    expect(history.msOf(options({ quantize: 'f16', maxTokens: 8 }))).toBeNull();
  });

  it('adds weights, KV cache and the process itself to memory', () => {
    // 32768 elements x 2048 positions x 2 bytes
    const kv = 32_768 * 2048 * 2;
    expect(memoryBytes(options({}), model)).toBe(1e9 + kv + 250e6);
    expect(memoryBytes(options({ kvType: 'f32' }), model)).toBe(1e9 + 2 * kv + 250e6);
    expect(memoryBytes(options({ kvType: 'q8_0' }), model)).toBe(1e9 + (kv * 17) / 32 + 250e6);
    expect(memoryBytes(options({ concurrency: 4 }), model)).toBe(1e9 + 4 * kv + 250e6);
  });

  it('takes a context in which the workload has room, unless one is named', () => {
    expect(contextTokensOf(options({}), 512)).toBe(512);
    expect(contextTokensOf(options({ workload: 'kernel', nPrompt: 3000, depth: 1000 }), 32_768)).toBe(4096);
    expect(contextTokensOf(options({ workload: 'kernel', nPrompt: 3000, context: 128 }), 32_768)).toBe(128);
  });
});

describe('what is known of a model that is not loaded', () => {
  const llamacpp = frameworkNamed('llamacpp');
  const asked = { size: 'tiny', algorithm: undefined, model: undefined, synthetic: false, seed: 1 };

  it('has the bytes of its file, and the elements that it caches', async () => {
    const facts = await new ModelCatalogue().factsOf({ ...asked, quantize: 'f16' }, llamacpp);
    // 4 layers x 2 heads x 64 x keys and values
    expect(facts).toMatchObject({ kvElementsPerPosition: 1024, contextLength: 512, missing: null });
    expect(facts.fileBytes).toBe(statSync(join(repositoryRoot, 'configs/tiny/tiny-chat-f16.gguf')).size);
  });

  it('says what is to be made, what is to be fetched, and what cannot be had', async () => {
    const book = new ModelCatalogue();
    const random = await book.factsOf(
      { ...asked, size: '135M', synthetic: true, quantize: 'q8_0', seed: 987 },
      llamacpp,
    );
    expect(random.missing).toEqual({ how: 'make', bytes: random.fileBytes });
    // 134.5 M parameters x 8.5 bits
    expect(random.fileBytes / 1e6).toBeCloseTo(143, 0);
    const hub = await book.factsOf({ ...asked, size: '70B', quantize: 'q4_k_m' }, llamacpp);
    expect(hub.missing?.how).toBe('fetch');
    await expect(book.factsOf({ ...asked, quantize: 'q4_k_m' }, llamacpp)).rejects.toThrow(/q4_k_m is not available/);
    await expect(book.factsOf({ ...asked, size: '17T', quantize: 'f16' }, llamacpp)).rejects.toThrow(
      /no model of size/,
    );
  });

  it('lists the formats in which a framework can have it, widest first', async () => {
    const formats = await new ModelCatalogue().formatsOf(asked, llamacpp);
    expect(formats.toSorted()).toEqual([...new Set(['f16', ...encodedTypes])].sort());
    expect(formats.filter((name) => ['f32', 'f16', 'q8_0', 'q4_0'].includes(name))).toEqual([
      'f32',
      'f16',
      'q8_0',
      'q4_0',
    ]);
  });
});

describe('running out of memory', () => {
  const failed = (message: string, stderrTail = '') =>
    ({ type: 'end', status: 'failed', atNs: 1, endedAt: '', error: { message, stderrTail } }) as const;

  it.each([
    ['terminate called after throwing an instance of std::bad_alloc', 0, true],
    ['CUDA error: out of memory', 0, true],
    ['ggml_aligned_malloc: failed to allocate 5000 MB', 0, true],
    ['the llama.cpp engine was killed (SIGKILL)', 1, true],
    ['the llama.cpp engine was killed (SIGKILL)', 0, false],
    ['the model is broken', 1, false],
  ])('%s (%d processes killed for memory): %s', (message, kills, is) => {
    expect(ranOutOfMemory(failed(message), kills)).toBe(is);
    expect(ranOutOfMemory(failed('it ended', message), kills)).toBe(is && kills === 0);
  });
});
