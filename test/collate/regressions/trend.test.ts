/** From rows of runs.csv to series, and from series to what is told of them. */
import { describe, expect, it } from 'vitest';
import type { Blessing } from '../../../collate/regressions/trend/blessings.ts';
import { explainText } from '../../../collate/regressions/trend/explain-text.ts';
import { historiesOf } from '../../../collate/regressions/trend/history.ts';
import { judgeSeries } from '../../../collate/regressions/trend/judge.ts';
import { failsBuild, trendReport } from '../../../collate/regressions/trend/report.ts';
import { trendText } from '../../../collate/regressions/trend/trend-text.ts';
import type { RunRow } from '../../../scripts/results/runs/runs.ts';
import { nightlyRuns, nightOf } from './nightly-runs.ts';

const decodeOf = (rows: readonly RunRow[]) =>
  historiesOf(rows).filter(({ metric }) => metric.column === 'decode_tokens_per_s');
const judged = (rows: readonly RunRow[], blessings: readonly Blessing[] = []) =>
  judgeSeries(historiesOf(rows), blessings);
const reportOf = (rows: readonly RunRow[]) => trendReport(judged(rows), 'results');
const decodeRow = (rows: readonly RunRow[]) =>
  reportOf(rows).rows.find(({ metric }) => metric === 'decode_tokens_per_s');

const gpus = (driver: string) => JSON.stringify([{ name: 'L4', memoryBytes: 24e9, driver }]);

describe('a series', () => {
  it.each([
    ['the version of the framework', { 'framework.version': 'new' }],
    ['the build of the engine', { 'effective.build.cpuVariant': 'zen4' }],
    ['the driver', { 'host.gpus': gpus('555.2') }],
    ['the release of the system', { 'host.release': '7.0' }],
    ['the governor', { 'host.governor': 'powersave' }],
    ['what the engine made of a setting', { 'effective.settings.flashAttention': 'on' }],
    ['the processor', { 'host.cpuModel': 'another' }],
    ['the session', { session: 'another' }],
  ])('is not split by %s', (_, facts) => {
    const rows = nightlyRuns(12, (night) => (night < 6 ? {} : { facts }));
    expect(decodeOf(rows).map(({ points }) => points.length)).toEqual([12]);
  });

  it.each([
    ['the host', { 'host.hostname': 'box-2' }],
    ['the weight class', { 'model.weightClass': '4-bit' }],
    ['the model file', { 'model.sha256': 'cd' }],
    ['the workload', { workload: 'kernel' }],
    ['a requested setting', { 'requested.batchTokens': 64 }],
    ['an option of the framework', { 'framework.settings.accuracyLevel': 4 }],
  ])('is split by %s', (_, facts) => {
    const rows = nightlyRuns(12, (night) => (night < 6 ? {} : { facts }));
    expect(decodeOf(rows).map(({ points }) => points.length)).toEqual([6, 6]);
  });

  it('goes on where a later version records a setting that has its default', () => {
    const rows = nightlyRuns(12, (night) => (night < 6 ? {} : { facts: { 'requested.batchTokens': 512 } }));
    expect(decodeOf(rows)).toHaveLength(1);
  });

  it('has the median of the answers of a run, with its interval', () => {
    const [run] = nightlyRuns(1, () => ({}));
    if (run === undefined) throw new Error('no run');
    const answers = new Map([[run.uuid ?? '', { decode_tokens_per_s: [10, 20, 30, 40, 50, 60, 70, 1000] }]]);
    const [history] = historiesOf([run], answers).filter(({ metric }) => metric.column === 'decode_tokens_per_s');
    // Of eight values, the first and the last cover the median in 99.2 of 100 cases, the second and the seventh in 93.
    expect(history?.points[0]).toMatchObject({ value: 45, interval: { low: 10, high: 1000 } });
  });

  it('has one point for the runs of a session, which share their day', () => {
    const rows = nightlyRuns(12, (night) => ({ row: { session: `session ${Math.floor(night / 3)}` } }));
    const [history] = decodeOf(rows);
    expect(history?.points.map(({ runs }) => runs.length)).toEqual([3, 3, 3, 3]);
    expect(history?.points[0]?.interval).not.toBeNull();
  });

  it.each([
    [{ certificate: 'failed', certificate_failed: 'others_cpu' }, 'failed quality checks (others_cpu)'],
    [{ throttle_events: 2 }, 'throttled'],
    [{ gpu_slowed_by: 'power_cap;thermal' }, 'GPU throttled'],
    [{ swapped_bytes: 5e6 }, 'swapped'],
    [{ comparable: false }, 'not comparable'],
  ])('leaves out and counts a run with %o', (row, reason) => {
    // Ten disturbed nights, a third slower than all the others.
    const rows = nightlyRuns(40, (night) => (night < 30 ? {} : { rate: 33, row }));
    const report = reportOf(rows);
    expect(report.counts).toMatchObject({ regression: 0, improvement: 0 });
    expect(report.disturbed).toEqual([{ reason, runs: 10 }]);
    expect(decodeRow(rows)).toMatchObject({ disturbed: 10, runs: { base: 30 } });
  });

  it('of another twin than the cell itself has the floor that the two differ by', () => {
    const rows = nightlyRuns(12, (night) => ({ row: { session: `s${night}`, twin: false } }), { noise: 0.001 });
    const twins = nightlyRuns(12, (night) => ({ rate: 45, row: { session: `s${night}`, twin: true } }), {
      noise: 0.001,
      seed: 2,
    });
    // Two identical cells with one run a session show nothing; with two they do.
    const more = nightlyRuns(12, (night) => ({ row: { session: `s${night}`, twin: false } }), {
      noise: 0.001,
      seed: 3,
    });
    const moreTwins = nightlyRuns(12, (night) => ({ rate: 45, row: { session: `s${night}`, twin: true } }), {
      noise: 0.001,
      seed: 4,
    });
    expect(decodeOf([...rows, ...twins, ...more, ...moreTwins])[0]?.floor).toBeCloseTo(50 / 45 - 1, 2);
  });
});

describe('a regression', () => {
  const fell = (facts: (night: number) => Record<string, string | number>) =>
    nightlyRuns(40, (night) => ({ rate: night < 25 ? 50 : 45, facts: facts(night) }));

  it('is told with its size, its interval and its night, and fails the build', () => {
    const rows = fell(() => ({}));
    const row = decodeRow(rows);
    expect(row).toMatchObject({
      verdict: 'regression',
      kind: 'step',
      since: nightOf(25),
      primary: true,
      runs: { base: 25, head: 15 },
    });
    expect(row?.ratio?.center).toBeCloseTo(0.9, 2);
    expect(row?.ratio?.interval?.high).toBeLessThan(0.92);
    expect(row?.ratio?.interval?.low).toBeGreaterThan(0.88);
    expect(row?.p).toBeLessThan(0.001);
    expect(failsBuild(reportOf(rows))).toBe(true);
  });

  it('of a driver that changed alone has the driver as its headline', () => {
    const rows = fell((night) => ({ 'host.gpus': gpus(night < 25 ? '550.1' : '555.2') }));
    expect(decodeRow(rows)?.headline).toBe('The driver changed there and the engine did not: driver 550.1 → 555.2.');
    expect(trendText(reportOf(rows), 'results')).toContain('driver 550.1 → 555.2');
  });

  it('of the engine and the driver names the engine first', () => {
    const rows = fell((night) => ({
      'host.gpus': gpus(night < 25 ? '550.1' : '555.2'),
      'framework.version': night < 25 ? 'b6100' : 'b6150',
    }));
    expect(decodeRow(rows)?.headline).toBe(
      'The engine changed there: version b6100 → b6150. Also: driver 550.1 → 555.2.',
    );
  });

  it('of which nothing is recorded says so', () => {
    expect(decodeRow(fell(() => ({})))?.headline).toBe('Nothing that is recorded changed there.');
  });

  it('found a run beside its cause names the cause all the same', () => {
    const rows = fell((night) => ({ 'framework.version': night < 26 ? 'b6100' : 'b6150' }));
    expect(decodeRow(rows)?.headline).toBe('The engine changed within one run of it: version b6100 → b6150.');
  });

  it('and the improvement of the same size are told alike, whichever way is better', () => {
    const rows = nightlyRuns(40, (night) => ({ rate: night < 25 ? 45 : 50 }));
    const report = reportOf(rows);
    const verdicts = new Map(report.rows.map(({ metric, verdict }) => [metric, verdict]));
    expect(verdicts.get('decode_tokens_per_s')).toBe('improvement');
    expect(verdicts.get('ttft_ms')).toBe('improvement');
    expect(failsBuild(report)).toBe(false);
  });

  it('that went away again is history', () => {
    const rows = nightlyRuns(60, (night) => ({ rate: night >= 20 && night < 40 ? 45 : 50 }));
    const [series] = judged(rows).filter(({ history }) => history.metric.column === 'decode_tokens_per_s');
    expect(series?.verdict).toBe('unchanged');
    expect(series === undefined ? '' : explainText(series)).toContain('what is left of this move after the next one');
  });

  it('below three per cent is not told, however quiet the machine', () => {
    const rows = nightlyRuns(40, (night) => ({ rate: night < 25 ? 50 : 49 }), { noise: 0.001 });
    const [series] = judged(rows).filter(({ history }) => history.metric.column === 'decode_tokens_per_s');
    expect(series?.verdict).toBe('unchanged');
    const text = series === undefined ? '' : explainText(series);
    expect(text).toMatch(/failed {2}the levels differ by a factor of 1\.0[12]\d; a change counts from 1\.030 on/);
  });

  it('that somebody accepted is no longer told; the next one is', () => {
    const rows = nightlyRuns(70, (night) => ({ rate: night < 25 ? 50 : night < 50 ? 45 : 40 }));
    const [first] = judged(rows).filter(({ history }) => history.metric.column === 'decode_tokens_per_s');
    const blessing: Blessing = {
      series: first?.history.id ?? '',
      name: '',
      metric: '',
      from: nightOf(25),
      by: 'somebody',
      at: nightOf(30),
      reason: 'larger context',
    };
    const [then] = judged(rows, [blessing]).filter(({ history }) => history.id === blessing.series);
    expect(first?.findings.filter(({ told }) => told).map(({ point }) => point.at)).toEqual([nightOf(25), nightOf(50)]);
    expect(then?.findings.filter(({ told }) => told).map(({ point }) => point.at)).toEqual([nightOf(50)]);
    expect(then === undefined ? '' : explainText(then)).toContain('blessed by somebody');
  });
});

it('too few points are told as too few', () => {
  const report = reportOf(nightlyRuns(9, () => ({})));
  expect(report.sentence).toBe('No series has the ten points that a trend needs.');
  expect(report.rows.every(({ verdict }) => verdict === 'insufficient')).toBe(true);
});

it('names no series twice', () => {
  const rows = [
    ...nightlyRuns(3, () => ({ facts: { 'requested.batchTokens': 64 } })),
    ...nightlyRuns(3, () => ({ facts: { 'requested.batchTokens': 128 } }), { seed: 2 }),
  ];
  const names = decodeOf(rows).map(({ name }) => name);
  expect(new Set(names).size).toBe(2);
});
