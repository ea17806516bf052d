import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Progress } from '../../../../scripts/command-line/progress.ts';
import type { Framework } from '../../../../scripts/frameworks/framework.ts';
import { type RunRecord, recordSchema } from '../../../../scripts/log/run-log-format.ts';
import { modelRequestOf } from '../../../../scripts/models/model-options.ts';
import { likelihoodResult, likelihoodText } from '../../../../scripts/workloads/perplexity/likelihood-text.ts';
import { textScored } from '../../../../scripts/workloads/perplexity/workload.ts';
import { runReferencePass } from '../../../../scripts/workloads/reference/pass.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { absent, scripted } from '../../../fakes/scripted-framework.ts';
import { scriptedModel, scriptedPlan } from '../../../fakes/scripted-run.ts';

interface Surroundings {
  signal?: AbortSignal;
  line?: Progress;
  framework?: Framework;
  /** Script of the reference; null: none. */
  reference?: string | null;
  chunk?: number;
}

/** Every token is the same, and the scripted engine finds it the most probable. */
const text = { file: 'a.txt', sha256: 'c'.repeat(64), text: 'a'.repeat(70) };

/** Four chunks of 16 tokens, seven of each scored. The temporary folder is the test's own. */
async function pass(scripts: readonly string[], surroundings: Surroundings = {}) {
  const { signal = new AbortController().signal, framework = scripted, reference = 'margin=1' } = surroundings;
  const line = surroundings.line ?? { update: () => {}, stage: () => {}, end: () => {} };
  const output = outputFolder();
  const temporary = outputFolder();
  const before = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const { settings } = scriptedPlan(output);
  const request = modelRequestOf({ quantize: 'f16' }, { seed: 42, formats: [] }, {});
  const candidates = scripts.map((script) => ({ framework, quantize: 'f16', request, model: scriptedModel(script) }));
  const chosen =
    reference === null
      ? null
      : { name: 'scripted:f16', framework: scripted, model: scriptedModel(reference), note: null };
  const groups = await runReferencePass(
    [{ reference: chosen, candidates }],
    textScored({ text, chunkTokens: surroundings.chunk ?? 16 }),
    {
      ...settings,
      contextTokens: undefined,
      session: '00000000-0000-4000-8000-000000000000',
      seed: 42,
      timeoutMs: 20_000,
      output,
      anonymize: false,
      command: ['test'],
    },
    line,
    signal,
  );
  const cells = candidates.map((_, i) => ({
    framework: `cell ${i}`,
    quantize: 'f16',
    weightClass: '16-bit',
    runs: [],
    problems: [],
    parity: null,
  }));
  const standings = candidates.flatMap((candidate) => groups[0]?.candidates.get(candidate) ?? []);
  const pairs = cells.flatMap((cell, i) => {
    const standing = standings[i];
    return standing === undefined ? [] : ([[cell, standing]] as const);
  });
  const result = likelihoodResult(cells, new Map(pairs), groups);
  return {
    group: groups[0],
    standings,
    result,
    logs: logsOf(output),
    leftBehind: readdirSync(temporary).filter((name) => name.startsWith('tokenlap')),
  };
}

function logsOf(output: string): RunRecord[][] {
  const folders = readdirSync(`${output}/raw`).map((name) => `${output}/raw/${name}`);
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`));
  const logs = files.map((file) => readFileSync(file, 'utf8').trimEnd().split('\n'));
  return logs.map((lines) => lines.map((line) => recordSchema.parse(JSON.parse(line))));
}

/** Probabilities where one logit is 10, one `margin` less, and 254 are 0. */
function shares(margin: number): number[] {
  const weights = [Math.exp(10), Math.exp(10 - margin), ...new Array<number>(254).fill(1)];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

describe('a likelihood pass', () => {
  it('has the perplexity and the divergence of paper and pencil', async () => {
    const { group, standings } = await pass(['margin=3']);
    const [p, q] = [shares(1), shares(3)];
    const kl = p.reduce((sum, share, i) => sum + share * Math.log(share / (q[i] ?? 0)), 0);
    const reference = group?.standing;
    const [standing] = standings;
    if (reference?.status !== 'scored' || standing?.status !== 'scored') throw new Error('both should be scored');
    expect(reference.reference).toEqual({ name: 'Scripted f16', self: true });
    expect(reference.figures).toMatchObject({ chunks: 4, tokens: 28, evaluatedTokens: 64, divergence: null });
    expect(reference.figures.perplexity.value).toBeCloseTo(1 / (p[0] ?? 0), 6);
    expect(standing.reference?.self).toBe(false);
    expect(standing.figures.perplexity.value).toBeCloseTo(1 / (q[0] ?? 0), 6);
    const { divergence } = standing.figures;
    // The stored reference is rounded to half a step of 10 / 65535.
    expect(Math.abs((divergence?.kl.value ?? Number.NaN) - kl)).toBeLessThan(5 / 65535);
    expect(divergence?.ratio.value).toBeCloseTo((p[0] ?? 0) / (q[0] ?? 1), 6);
    expect(divergence?.shift.value).toBeCloseTo((q[0] ?? 0) - (p[0] ?? 0), 4);
    expect(divergence?.sameTop.value).toBe(1);
  });

  it('sees where another token is the most probable', async () => {
    const { standings } = await pass(['margin=1&diverge=5']);
    const [standing] = standings;
    // One of the seven scored tokens of each chunk.
    expect(standing).toMatchObject({
      figures: { topHits: { value: 6 / 7 }, divergence: { sameTop: { value: 6 / 7 } } },
    });
  });

  it('leaves a log a run: the text, the reference, a line a chunk with sums, the figures', async () => {
    const { logs, leftBehind } = await pass(['margin=3']);
    expect(logs).toHaveLength(2);
    for (const log of logs) {
      const types = log.map(({ type }) => type).filter((type) => /text|likelihood|perplexity/.test(type));
      expect(types).toEqual(
        expect.arrayContaining(['text', 'likelihood_reference', ...new Array<string>(4).fill('likelihood_chunk')]),
      );
      expect(types.at(-1)).toBe('perplexity');
      expect(log[0]).toMatchObject({ workload: 'perplexity', requested: { text: 'a.txt', chunkTokens: 16 } });
      expect(log.find(({ type }) => type === 'text')).toMatchObject({
        tokens: 70,
        chunks: 4,
        chunkTokens: 16,
        scoredPerChunk: 7,
        bos: null,
      });
    }
    expect(leftBehind).toEqual([]);
  });

  it('compares nothing without a reference', async () => {
    const { group, standings } = await pass(['margin=3'], { reference: null });
    expect(group?.standing).toBeNull();
    expect(standings).toMatchObject([
      { status: 'scored', reference: null, figures: { divergence: null, from: 'logits' } },
    ]);
  });

  it('gives a row with the reason to every engine that fails, and goes on', async () => {
    const reasons = {
      'dieAtScore=2': /SIGKILL/,
      'nanAtScore=2': /the logits at scored token 0 of chunk 2 are not finite/,
      'logits=no': /shows no logits: it has no perplexity/,
      'columns=300': /has logits for 300 tokens, Scripted for 256/,
      'tokenizer=other': /makes other token ids of the text/,
    };
    const { standings, result, logs } = await pass([...Object.keys(reasons), 'margin=3']);
    expect(standings.at(-1)?.status).toBe('scored');
    for (const [i, reason] of Object.values(reasons).entries()) {
      expect(standings[i]).toMatchObject({
        status: 'not judged',
        cause: 'failed',
        reason: expect.stringMatching(reason),
      });
      expect(result.notScored[i]).toMatchObject({ framework: `cell ${i}`, status: 'failed' });
    }
    expect(likelihoodText(result)).toContain('Not scored');
    // What was scored before stays in the log of the one that died, and of the one that had no numbers.
    const chunksOf = (log: RunRecord[]) => log.filter(({ type }) => type === 'likelihood_chunk').length;
    expect(logs.map(chunksOf).sort()).toEqual([0, 0, 0, 2, 2, 4, 4]);
  });

  it('says of all that hang on a reference which failed that it did', async () => {
    const { standings } = await pass(['margin=3'], { reference: 'dieAtScore=0' });
    expect(standings).toMatchObject([
      { status: 'not judged', reason: expect.stringMatching(/the reference .* did not run/) },
    ]);
  });

  it('keeps the chunks of a run that Ctrl-C ends, and tries no other', async () => {
    const abort = new AbortController();
    const line: Progress = {
      update: (done) => {
        if (done === 2) abort.abort();
      },
      stage: () => {},
      end: () => {},
    };
    const { standings, logs } = await pass(['margin=3'], { signal: abort.signal, line });
    expect(standings).toMatchObject([{ status: 'not judged', cause: 'interrupted' }]);
    expect(logs).toHaveLength(1);
    expect(logs[0]?.filter(({ type }) => type === 'likelihood_chunk')).toHaveLength(2);
    expect(logs[0]?.at(-1)).toMatchObject({ type: 'end', status: 'interrupted' });
  });

  it('names a framework that is not there', async () => {
    const { standings } = await pass([''], { framework: absent, reference: null });
    expect(standings).toMatchObject([{ status: 'not judged', cause: 'missing', remedy: 'Install it.' }]);
  });

  it('refuses chunks that are longer than the context', async () => {
    await expect(pass([''], { chunk: 1024 })).rejects.toThrow('needs a context of at least 1024 tokens, not 512');
  });

  it('prints what was found', async () => {
    const { result } = await pass(['margin=3', 'margin=1']);
    const printed = likelihoodText(result);
    expect(printed).toContain('28 tokens scored, in 4 chunks of 16, without BOS');
    expect(printed).toMatch(/scripted +f16 .* the reference/);
    // The second candidate is the reference, and stands there once.
    expect(result.rows.map(({ framework }) => framework)).toEqual(['scripted', 'cell 0']);
  });
});
