/** A real search for kernels, with the tinygrad that `npx tsx scripts/frameworks.ts install tinygrad` installs. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { givenOptions, pythonOptions } from '../../../../scripts/command-line/parsing/framework-options.ts';
import { tinygrad } from '../../../../scripts/frameworks/tinygrad/framework.ts';
import type { ResolvedModel } from '../../../../scripts/models/resolve.ts';
import { present } from '../present.ts';
import { embeddedModel, greedyAnswers, loadEngine, type Reference, referenceAnswers } from './greedy-answers.ts';

const timeout = 600_000;
const beam = { threads: 1, contextTokens: 512, framework: { ...givenOptions(pythonOptions, {}), tinygradBeam: 1 } };

/** Processes whose environment names the folder, but not this one. */
async function processesOf(folder: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`);
  const environments = ids.map(async (id) => ({
    id,
    environment: await readFile(`/proc/${id}/environ`, 'utf8').catch(() => ''),
  }));
  return (await Promise.all(environments)).flatMap(({ id, environment }) => (environment.includes(folder) ? [id] : []));
}

describe.skipIf(!(await present(tinygrad)))('a search for kernels', { timeout }, () => {
  let cache: string;
  let model: ResolvedModel;
  let reference: Reference;

  beforeAll(async () => {
    cache = await mkdtemp(join(tmpdir(), 'tokenlap-kernel-search-'));
    model = await embeddedModel('f16');
    reference = await referenceAnswers(model);
  }, timeout);
  beforeEach(() => {
    vi.stubEnv('TOKENLAP_CACHE', cache);
    // tinygrad's own limits: one step of few variants for each kernel, compiled in processes that stay.
    vi.stubEnv('BEAM_MIN_PROGRESS', '1e6');
    vi.stubEnv('BEAM_UPCAST_MAX', '8');
    vi.stubEnv('BEAM_MAX_TASKS_PER_CHILD', '512');
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => rm(cache, { recursive: true, force: true }));

  it('says what it does, and leaves no process behind when it is stopped', async () => {
    const searched: string[] = [];
    const stop = new AbortController();
    const loading = loadEngine('tinygrad', model, beam, {
      signal: stop.signal,
      onProgress: (_, doing) => {
        if (doing === undefined) return;
        searched.push(`${doing.what}, ${doing.detail}`);
        if (searched.length === 4) stop.abort();
      },
    });
    await expect(loading).rejects.toThrow(/tinygrad/);
    expect(searched.slice(0, 4)).toEqual([1, 2, 3, 4].map((n) => `searching kernels with beam 1, kernel ${n}`));
    if (process.platform === 'linux') await expect.poll(() => processesOf(cache), { timeout: 30_000 }).toEqual([]);
  });

  it('continues where it was stopped, in a span of its own, and the tokens stay the same', async () => {
    await using ours = await loadEngine('tinygrad', model, beam);
    expect(ours.loaded.effective.settings.beam).toBe(1);
    const statistics = await ours.engine.statistics();
    expect(statistics.beam_kernels_from_cache).toBeGreaterThanOrEqual(3);
    expect(statistics.beam_kernels_searched).toBeGreaterThan(0);
    const edges = ours.spans.filter((span) => /^(jit_compilation|kernel_search) /.test(span));
    // They take turns and never overlap: compilation goes on between two searches.
    expect(edges).toEqual([
      ...Array.from({ length: Number(statistics.beam_kernels_searched) }, () => [
        ...['jit_compilation start', 'jit_compilation end', 'kernel_search start', 'kernel_search end'],
      ]).flat(),
      ...['jit_compilation start', 'jit_compilation end'],
    ]);
    expect(await greedyAnswers(ours.engine, reference.prompts.slice(0, 4))).toEqual(reference.answers.slice(0, 4));
  });

  it('finds all of it in the cache of Tokenlap the next time', async () => {
    expect(await readdir(join(cache, 'tinygrad'))).toContain('kernel-search.db');
    await using ours = await loadEngine('tinygrad', model, beam);
    const statistics = await ours.engine.statistics();
    expect(statistics.beam_kernels_searched).toBe(0);
    expect(statistics.beam_kernels_from_cache).toBeGreaterThan(20);
    expect(ours.spans.filter((span) => span.startsWith('kernel_search'))).toEqual([]);
    expect(await greedyAnswers(ours.engine, reference.prompts.slice(0, 4))).toEqual(reference.answers.slice(0, 4));
  });
});
