import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Progress } from '../../../../scripts/command-line/progress.ts';
import { compareCells } from '../../../../scripts/compare/comparison.ts';
import { comparisonText } from '../../../../scripts/compare/comparison-text.ts';
import type { Framework } from '../../../../scripts/frameworks/framework.ts';
import { configured } from '../../../../scripts/frameworks/registry.ts';
import { type RunRecord, recordSchema } from '../../../../scripts/log/run-log-format.ts';
import { modelRequestOf } from '../../../../scripts/models/model-options.ts';
import { summarizeRun } from '../../../../scripts/results/run-summary.ts';
import { runBenchmark } from '../../../../scripts/run/run.ts';
import { parityResult, parityText } from '../../../../scripts/workloads/parity/parity-text.ts';
import { answersCompared, type ParityOutcome } from '../../../../scripts/workloads/parity/workload.ts';
import { runReferencePass } from '../../../../scripts/workloads/reference/pass.ts';
import type { ComparedTrial } from '../../../../scripts/workloads/trials.ts';
import { outputFolder } from '../../../fakes/output-folder.ts';
import { absent, scripted } from '../../../fakes/scripted-framework.ts';
import { scriptedModel, scriptedPlan, scriptedQuestions } from '../../../fakes/scripted-run.ts';

const silent: Progress = { update: () => {}, stage: () => {}, end: () => {} };

interface Surroundings {
  signal?: AbortSignal;
  line?: Progress;
  framework?: Framework;
  /** Script of the reference. */
  reference?: string;
}

const wish = { questionSet: scriptedQuestions.questions, maxTokens: 16 };

/** Holds scripted runs against a scripted reference. The temporary folder is the test's own. */
async function hold(scripts: readonly string[], surroundings: Surroundings = {}) {
  const { signal = new AbortController().signal, line = silent, framework = scripted } = surroundings;
  const output = outputFolder();
  const temporary = outputFolder();
  const before = process.env.TMPDIR;
  process.env.TMPDIR = temporary;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const { settings } = scriptedPlan(output);
  const model = scriptedModel(surroundings.reference);
  const request = modelRequestOf({ quantize: 'f16' }, { seed: 42, formats: [] }, {});
  const candidates = scripts.map((script) => ({ framework, quantize: 'f16', request, model: scriptedModel(script) }));
  const [group] = await runReferencePass(
    [{ reference: { name: 'scripted:f16', framework: scripted, model, note: null }, candidates }],
    answersCompared(wish),
    {
      ...settings,
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
  if (group === undefined) throw new Error('the pass has no result');
  const standings = candidates.map((candidate) => group.candidates.get(candidate));
  return { group, standings, output, leftBehind: readdirSync(temporary).filter((name) => name.startsWith('tokenlap')) };
}

const cellOf = (framework: string, parity: ParityOutcome | undefined): ComparedTrial => ({
  framework,
  quantize: 'f16',
  weightClass: '16-bit',
  runs: [],
  problems: [],
  parity: parity ?? null,
});

function logsOf(output: string): RunRecord[][] {
  const folder = `${output}/raw/scripted`;
  const logs = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'utf8').trimEnd().split('\n'));
  return logs.map((lines) => lines.map((line) => recordSchema.parse(JSON.parse(line))));
}

describe('a parity pass', () => {
  it('finds the token at which an engine diverges, with the gaps of both', async () => {
    const { standings, group } = await hold(['diverge=5&margin=1.5'], { reference: 'margin=3' });
    expect(group.standing).toMatchObject({ status: 'passed', self: true, figures: { equalAnswers: 3, klMax: 0 } });
    const [standing] = standings;
    expect(standing).toMatchObject({
      status: 'failed',
      self: false,
      reference: 'Scripted f16',
      figures: { questions: 3, equalAnswers: 0, referenceTokens: 27, equalTokens: 15, positions: 27 },
    });
    if (standing?.status !== 'failed') throw new Error('it should have failed');
    expect(standing.figures.firstDivergence).toMatchObject({ position: 5, referenceGap: 3, gap: 1.5 });
    expect(standing.figures.top1Agreement).toBeCloseTo(24 / 27, 12);
    expect(standing.reasons[0]).toMatch(
      /3 of 3 answers diverge where the reference's own choice was clear, the first at token 5 of "abcdefgh" \(gap 3\.00/,
    );
  });

  it('computes the divergence of the distributions that paper and pencil have', async () => {
    const { standings } = await hold(['margin=3'], { reference: 'margin=1' });
    // Logits 10, 10 - margin and 254 zeros, at every position but that of the end, where byte 0 stands for it.
    const shares = (margin: number) => {
      const weights = [Math.exp(10), Math.exp(10 - margin), ...new Array<number>(254).fill(1)];
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return weights.map((weight) => weight / total);
    };
    const [p, q] = [shares(1), shares(3)];
    const kl = p.reduce((sum, share, i) => sum + share * Math.log(share / (q[i] ?? 0)), 0);
    const [standing] = standings;
    if (standing === undefined || standing.status === 'not judged') throw new Error('it should have been judged');
    expect(standing.figures.klMean).toBeCloseTo(kl, 5);
    expect(standing.figures.equalAnswers).toBe(3);
  });

  it('leaves one log a run: what it is held against, a record a question, a verdict, and the uuid of the session', async () => {
    const { output, leftBehind } = await hold(['margin=2.01']);
    const logs = logsOf(output);
    expect(logs).toHaveLength(2);
    for (const log of logs) {
      const types = log.map(({ type }) => type).filter((type) => type.startsWith('parity'));
      expect(types).toEqual(['parity_reference', 'parity', 'parity', 'parity', 'parity_verdict']);
      expect(log[0]).toMatchObject({
        workload: 'parity',
        requested: { reference: 'scripted:f16', maxTokens: 16, temperature: 0 },
        questions: { count: 3 },
        session: { uuid: '00000000-0000-4000-8000-000000000000' },
      });
      expect(log.at(-1)).toMatchObject({ type: 'end', status: 'completed' });
    }
    const selves = logs.map((log) => log.find((record) => record.type === 'parity_reference')?.self);
    expect(selves.sort()).toEqual([false, true]);
    expect(leftBehind).toEqual([]);
  });

  it('does not run the reference a second time where it is one of the candidates', async () => {
    const { standings, output } = await hold(['']);
    expect(standings).toMatchObject([{ status: 'passed', self: true }]);
    expect(logsOf(output)).toHaveLength(1);
    const asCommandsHaveIt = await hold([''], { framework: configured(scripted) });
    expect(asCommandsHaveIt.standings).toMatchObject([{ status: 'passed', self: true }]);
    expect(logsOf(asCommandsHaveIt.output)).toHaveLength(1);
  });

  it('judges an engine without logits by its tokens alone, and says so in its log', async () => {
    const { standings, output } = await hold(['logits=no', 'logits=no&diverge=2']);
    expect(standings[0]).toMatchObject({ status: 'passed', figures: { positions: 0, klMean: null, equalAnswers: 3 } });
    expect(standings[1]).toMatchObject({
      status: 'failed',
      reasons: [expect.stringMatching(/3 of 3 answers diverge, the first at token 2 .* Scripted shows no logits/)],
    });
    const warnings = logsOf(output).flatMap((log) => log.filter((record) => record.type === 'warning'));
    expect(warnings.filter(({ code }) => code === 'parity_tokens_only')).toHaveLength(2);
  });

  it.each([
    { script: 'tokenizer=other', says: /makes 9 token ids of "abcdefgh", Scripted 8; the first difference is at 0/ },
    { script: 'columns=300', says: /logits for 300 tokens, Scripted for 256: not the same vocabulary/ },
    { script: 'load=refuse', says: /the model is broken/ },
    { script: 'exit=3', says: /exit code 7/ },
  ])('has no verdict on $script, and the reason', async ({ script, says }) => {
    const { standings, leftBehind } = await hold([script, 'margin=2.01']);
    expect(standings).toMatchObject([
      { status: 'not judged', cause: 'failed', reason: expect.stringMatching(says), loaded: script !== 'load=refuse' },
      { status: 'passed' },
    ]);
    expect(leftBehind).toEqual([]);
  });

  it('tells what is missing, with the remedy', async () => {
    const { standings } = await hold(['margin=2.01'], { framework: absent });
    expect(standings).toEqual([
      {
        status: 'not judged',
        cause: 'missing',
        reason: 'Absent is not installed',
        remedy: 'Install it.',
        loaded: false,
      },
    ]);
  });

  it('judges nobody without a reference', async () => {
    const { standings, group } = await hold(['margin=2.01'], { reference: 'logits=no' });
    expect(group.standing).toMatchObject({ reason: 'Scripted shows no logits and cannot be the reference' });
    expect(standings).toMatchObject([
      { status: 'not judged', reason: expect.stringMatching(/the reference Scripted f16 did not run: Scripted shows/) },
    ]);
  });

  it('that is interrupted ends its log in order and leaves no logits behind', async () => {
    const controller = new AbortController();
    const stopAtSecond: Progress = { ...silent, update: (done) => done === 2 && controller.abort() };
    const { standings, group, output, leftBehind } = await hold(['margin=2.01'], {
      signal: controller.signal,
      line: stopAtSecond,
    });
    expect(group.standing).toMatchObject({ status: 'not judged', cause: 'interrupted' });
    expect(standings).toMatchObject([{ status: 'not judged', cause: 'interrupted' }]);
    expect(logsOf(output).map((log) => log.at(-1))).toMatchObject([{ type: 'end', status: 'interrupted' }]);
    expect(leftBehind).toEqual([]);
  });
});

describe('ranking', () => {
  it('leaves out what fails parity, however fast, and shows where it diverged', async () => {
    const { group, standings, output } = await hold(['margin=2.01', 'diverge=5']);
    const rates: Record<string, number> = { slow: 10, fast: 0 };
    const measured = async (framework: string, parity: ParityOutcome | undefined): Promise<ComparedTrial> => {
      const gap = rates[framework] ?? 0;
      const outcome = await runBenchmark(
        scriptedPlan(output, {}, `gap=${gap}`),
        { stage: () => {}, progress: () => {} },
        new AbortController().signal,
      );
      return { ...cellOf(framework, parity), runs: [summarizeRun(outcome)] };
    };
    const cells = [await measured('slow', standings[0]), await measured('fast', standings[1])];
    const comparison = compareCells(cells, 'decode', parityResult(cells, [group], wish).references);
    expect(comparison.classes[0]?.rows).toMatchObject([
      { framework: 'fast', unranked: expect.stringMatching(/^no parity: 3 of 3 answers diverge/), against: null },
      { framework: 'slow', unranked: null, against: null },
    ]);
    const text = comparisonText(comparison);
    expect(text).toMatch(/Parity with Scripted f16 \(Scripted\): .*3 questions, at most 16 tokens each/);
    expect(text).toMatch(/fast .*failed at token 5 \(gap 2\.00\) +not ranked: no parity: 3 of 3/);
    expect(text).toMatch(/slow .*passed +the only one ranked/);
  });
});

describe('the table', () => {
  it('names the reference, shows every figure, and lists what was not judged', async () => {
    const { group, standings } = await hold(['diverge=5', 'logits=no', 'load=refuse']);
    const [diverging, silentOne, broken] = standings;
    const cells = [cellOf('a', diverging), cellOf('b', silentOne), cellOf('c', broken)];
    const text = parityText(parityResult(cells, [group], wish));
    expect(text).toMatch(/^Parity with Scripted f16 \(Scripted\)/);
    expect(text).toMatch(/scripted +f16 +3\/3 +27\/27 +- +- +100 % +0 +0 +the reference/);
    expect(text).toMatch(/a +f16 +0\/3 +15\/27 +token 5 \(gap 2\.00\) +2\.00 +88\.88 % .*failed/);
    expect(text).toMatch(/b +f16 +3\/3 +27\/27 +- +- +- +- +- +passed, by tokens alone/);
    expect(text).toMatch(/Not judged[\s\S]*c +f16 +failed +the model is broken/);
    expect(text).toMatch(/Tolerances: 16-bit gap below/);
  });
});
