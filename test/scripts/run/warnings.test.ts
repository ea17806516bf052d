/** The doubts of runs and sessions: each from a situation of which the truth is known, each with the option that mends it. */
import { describe, expect, it } from 'vitest';
import { sessionWarnings } from '../../../scripts/compare/session-warnings.ts';
import type { RunRecord } from '../../../scripts/log/run-log-format.ts';
import { summarizeRun } from '../../../scripts/results/run-summary.ts';
import { judgeQuality } from '../../../scripts/run/quality/run-quality.ts';
import { runWarnings } from '../../../scripts/run/run-warnings.ts';
import { latencyPercentiles } from '../../../scripts/statistics/statistics.ts';
import { questions as questionsWorkload } from '../../../scripts/workloads/questions/workload.ts';
import { summaryText } from '../../../scripts/workloads/summary-text.ts';
import { logRecords } from '../../collate/log-factory.ts';
import { header } from '../../collate/run-records.ts';
import { simulatedCells } from '../../fakes/simulated-cells.ts';
import { watched } from './quality/measured-run.ts';

/** No toy, and a second of decoding is enough for it. */
const { model, requested } = header(1, 'llamacpp');
const ofSize = { model: { ...model, parameters: 1e9, fileBytes: 2e9 }, requested: { ...requested, minSeconds: 1 } };

/** Twelve measured answers of twelve tokens, 10 ms apart, with the changes of a test. */
function recordsWith(gapsOf: (answer: number) => number[], effective = {}): RunRecord[] {
  const answers = Array.from({ length: 12 }, (_, i) => ({ gapsMs: gapsOf(i) }));
  return logRecords({ header: ofSize, answers: [{ phase: 'cold' as const }, ...answers], effective });
}

const steady = () => new Array<number>(11).fill(10);
const codesOf = (records: readonly RunRecord[]) => runWarnings(records, questionsWorkload).map(({ code }) => code);

describe('a run', () => {
  it('that is steady is not doubted', () => {
    expect(codesOf(recordsWith(steady))).toEqual([]);
    // However steady the rest: one percent is no outlier.
    expect(codesOf(recordsWith((i) => steady().map((gap) => (i === 5 ? gap * 1.01 : gap))))).toEqual([]);
  });

  it('with more threads than cores that it may use says so, and with fewer does not', () => {
    const usable = {
      cores: 1,
      coresBoundBy: 'affinity' as const,
      coresReason: 'the process may run on 1 logical processor (affinity)',
      affinityProcessors: 1,
      quotaProcessors: null,
      memoryBytes: 8e9,
      memoryBoundBy: 'host' as const,
    };
    const withThreads = (threads: number, device = 'cpu') =>
      recordsWith(steady, { device, settings: { threads } }).map((record) =>
        record.type === 'header' ? { ...record, host: { ...record.host, usable } } : record,
      );
    expect(runWarnings(withThreads(2), questionsWorkload)).toMatchObject([
      { code: 'more_threads_than_cores', message: expect.stringMatching(/^2 threads share 1 core: .*--threads 1/) },
    ]);
    expect(codesOf(withThreads(1))).toEqual([]);
    // What a server computes with is on its own machine.
    expect(codesOf(withThreads(2, 'server'))).toEqual([]);
  });

  it('whose weights lie wider in memory than in the file says so once, whatever the engine', () => {
    const held = (bitsPerWeight: number) =>
      recordsWith(steady, { weights: { format: 'float32', bitsPerWeight, bytesPerToken: 4e6 } }).map((record) =>
        record.type === 'header' ? { ...record, model: { ...record.model, effectiveBitsPerWeight: 16 } } : record,
      );
    expect(codesOf(held(33.2))).toEqual(['dequantised_at_load']);
    expect(codesOf(held(16.1))).toEqual([]);
    const said = { type: 'warning' as const, code: 'dequantised_at_load', message: 'by the engine itself' };
    expect(codesOf([...held(33.2), said])).toEqual([]);
  });

  it('whose first answer alone is slow was not warm', () => {
    const [warning, ...others] = runWarnings(
      recordsWith((i) => steady().map((gap) => (i === 0 ? gap * 3 : gap))),
      questionsWorkload,
    );
    expect(warning).toMatchObject({
      code: 'slow_first_answer',
      message: expect.stringMatching(/3\.0 times.*--warmup N$/),
    });
    expect(others).toEqual([]);
  });

  it('with slow answers further on names their number and the option', () => {
    const [warning] = runWarnings(
      recordsWith((i) => steady().map((gap) => (i === 4 || i === 8 ? gap * 3 : gap))),
      questionsWorkload,
    );
    expect(warning?.code).toBe('slow_outliers');
    expect(warning?.message).toMatch(/^2 of 12 answers.*--iterations N$/);
  });

  it.each([
    { what: 'gaps of no time', gaps: (): number[] => [0, 10, 0, 10, 0, 10, 0, 10, 0, 10, 0], effective: {} },
    {
      what: 'ticks of 1 ms and gaps of 5 ms',
      gaps: () => new Array<number>(11).fill(5),
      effective: { settings: { clockResolutionNs: 1e6 } },
    },
  ])('whose clock is too coarse says so: $what', ({ gaps, effective }) => {
    const [warning] = runWarnings(recordsWith(gaps, effective), questionsWorkload).filter(
      ({ code }) => code === 'timer_too_coarse',
    );
    expect(warning?.message).toMatch(/gaps between tokens are too short for the clock.*--ignore-eos --max-tokens N$/);
  });

  it('whose clock is fine enough, or whose server sends several tokens in a piece, is not doubted for its clock', () => {
    expect(codesOf(recordsWith(steady, { settings: { clockResolutionNs: 1e5 } }))).toEqual([]);
    const served = { chunks: 3, promptTokens: null, tokens: null };
    const answers = Array.from({ length: 12 }, () => ({ gapsMs: [0, 0, 30, 0, 0, 30, 0, 0], answer: { served } }));
    expect(codesOf(logRecords({ answers }))).not.toContain('timer_too_coarse');
  });

  it.each([
    ['others_cpu', 'ok', /no other process was at work meanwhile/],
    ['others_cpu', 'failed', /others kept 0\.50 cores busy meanwhile; close what else runs/],
    ['others_cpu', 'unknown', /the cause is not known/],
  ] as const)('with slow answers blames others only where %s is not ok: %s', (name, verdict, says) => {
    const check = { name, verdict, value: 0.5, limit: 0.25, unit: 'cores', words: 'seen' };
    const slow = recordsWith((i) => steady().map((gap) => (i === 4 || i === 8 ? gap * 3 : gap)));
    const quality = judgeQuality(slow, watched, () => 100);
    if (quality === null) throw new Error('it was measured');
    const warnings = runWarnings([...slow, { ...quality, checks: [check] }], questionsWorkload);
    expect(warnings.find(({ code }) => code === 'slow_outliers')?.message).toMatch(says);
  });

  it('whose slow answers have seven tokens or fewer is not doubted for them', () => {
    const short = (i: number) =>
      i % 3 === 0
        ? steady()
            .slice(0, 6)
            .map((gap) => gap * 2)
        : steady();
    expect(codesOf(recordsWith(short))).toEqual([]);
  });

  it.each([
    { what: 'the tokens of 15M', parameters: 15e6, toy: true },
    { what: 'the tokens of 135M', parameters: 135e6, toy: false },
    { what: 'a server that does not say', parameters: 0, toy: false },
  ])('is a toy by its parameters: $what', ({ parameters, toy }) => {
    const answers = Array.from({ length: 12 }, () => ({ gapsMs: steady() }));
    const codes = codesOf(logRecords({ header: { ...ofSize, model: { ...model, parameters } }, answers }));
    expect(codes.includes('toy_model')).toBe(toy);
  });

  it('that decoded for less than it was asked to, or than is usual, says so', () => {
    const answers = Array.from({ length: 12 }, () => ({ gapsMs: steady() }));
    const warned = (minSeconds: number) =>
      runWarnings(
        logRecords({ header: { ...ofSize, requested: { ...requested, minSeconds } }, answers }),
        questionsWorkload,
      ).find(({ code }) => code === 'short_measurement')?.message;
    expect(warned(1)).toBeUndefined();
    expect(warned(3)).toMatch(/^tokens were decoded for 1\.3 s only, less than 3 s.*--min-seconds N/);
    expect(warned(0)).toMatch(/less than 2 s/);
    // A conversation is as long as it is.
    const chat = logRecords({ header: { ...ofSize, workload: 'chat' }, answers });
    expect(codesOf(chat)).not.toContain('short_measurement');
  });

  it.each([
    ['few_answers', /--iterations N/],
    ['short_answers', /--ignore-eos.*--max-tokens/],
  ])('with %s names the option that mends it', (code, option) => {
    const found = runWarnings(logRecords(), questionsWorkload).find((warning) => warning.code === code);
    expect(found?.message).toMatch(option);
  });
});

describe('a session', () => {
  const warningsOf = (rates: readonly number[]) => sessionWarnings(simulatedCells([rates]), 'decode');

  it('of steady runs is not doubted', () => {
    expect(warningsOf([100, 101, 99, 100.5, 99.5])).toEqual([]);
    expect(warningsOf([])).toEqual([]);
  });

  it.each([
    {
      what: 'too few runs for an interval',
      rates: [100, 101],
      says: /two runs have no interval; take --iterations 6 or more$/,
    },
    {
      what: 'a slow first run',
      rates: [70, 100, 101, 99, 100.5],
      says: /the first run was 30 % slower than the others.*--iterations N$/,
    },
    {
      what: 'outliers',
      rates: [100, 101, 60, 99, 100.5, 62, 100, 99],
      says: /2 of 8 runs lie far from the others.*--until 2%$/,
    },
  ])('with $what says so, with the option', ({ rates, says }) => {
    expect(warningsOf(rates)).toEqual([expect.stringMatching(says)]);
  });
});

describe('percentiles', () => {
  it('stand beside their number of samples, and are left out with fewer than five beyond them', () => {
    expect(latencyPercentiles([])).toBeNull();
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    // 1 + 99 p.
    expect(latencyPercentiles(hundred)).toEqual({
      count: 100,
      p50: 50.5,
      p90: expect.closeTo(90.1, 9),
      p95: expect.closeTo(95.05, 9),
      p99: null,
    });
    expect(latencyPercentiles(hundred.slice(0, 9))).toEqual({ count: 9, p50: null, p90: null, p95: null, p99: null });
  });

  it('of a run are of the gaps within its measured answers', () => {
    const records = recordsWith(() => [10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 40]);
    const [header] = records;
    const end = records.at(-1);
    if (header?.type !== 'header' || end?.type !== 'end') throw new Error('the log is complete');
    const summary = summarizeRun({ header, logPath: 'log.txt', end, records });
    expect(summary.answers?.percentiles.itlMs).toMatchObject({ count: 132, p50: 10, p95: 40, p99: null });
    expect(summary.answers?.percentiles.ttftMs).toMatchObject({ count: 12, p50: 50, p90: null });
    expect(summaryText(summary)).toMatch(/gaps between tokens \(ms\) +10\.0 +10\.0 +40\.0 +- +132/);
  });
});
