import { describe, expect, it } from 'vitest';
import type { CheckName, Reading } from '../../../../scripts/log/records/certificate-records.ts';
import { type RunRecord, recordSchema } from '../../../../scripts/log/run-log-format.ts';
import { qualityText, summarizeQuality } from '../../../../scripts/run/quality/quality-text.ts';
import { judgeQuality } from '../../../../scripts/run/quality/run-quality.ts';
import { clockStepNs } from '../../../../scripts/run/quality/steadiness-checks.ts';
import { runWarnings } from '../../../../scripts/run/run-warnings.ts';
import { seededRandom } from '../../../../scripts/statistics/seeded-random.ts';
import { questions as questionsWorkload } from '../../../../scripts/workloads/questions/workload.ts';
import { type MeasuredRun, measuredRun, processorLoad, watched } from './measured-run.ts';

function certified(run: MeasuredRun) {
  const quality = judgeQuality(measuredRun(run), watched, () => 100);
  if (quality === null) throw new Error('a run that measured something has its quality checked');
  const check = (name: CheckName) => quality.checks.find((each) => each.name === name);
  return { quality, check };
}

const quiet = processorLoad(0.03);

describe('run quality', () => {
  it('of a quiet run passes, and of the same run beside a busy loop on both cores fails, and says what helps', () => {
    expect(certified({ sample: quiet }).quality.status).toBe('passed');
    // Two loops share two cores with the engine's one thread.
    const { quality, check } = certified({ sample: processorLoad(1) });
    expect(quality.status).toBe('failed');
    expect(check('others_cpu')).toMatchObject({ verdict: 'failed', value: expect.closeTo(1, 9), limit: 0.25 });
    expect(check('others_cpu')?.words).toMatch(/1\.00 core busy.*close what else runs/);
    expect(qualityText(quality)).toMatch(/^failed: others_cpu \(1\.00 cores\); nothing known of: /);
    expect(recordSchema.parse(JSON.parse(JSON.stringify(quality)))).toEqual(quality);
  });

  it.each([
    { others: 0.09, verdict: 'ok' },
    { others: 0.2, verdict: 'doubt' },
    { others: 0.26, verdict: 'failed' },
    // On a machine of 64 cores a fiftieth of them may be busy.
    { others: 1.2, verdict: 'doubt', logicalCores: 64 },
    { others: 1.4, verdict: 'failed', logicalCores: 64 },
  ])('finds $others cores of others $verdict', ({ others, verdict, logicalCores = 2 }) => {
    expect(certified({ sample: processorLoad(others), logicalCores }).check('others_cpu')).toMatchObject({ verdict });
  });

  it('looks at the measured phase alone: what others did before and after is nothing to it', () => {
    // Answers begin after one second, and the last ends before 21.1.
    const others = (seconds: number) => 0.9 * (Math.min(seconds, 0.5) + Math.max(0, seconds - 21.5));
    const sample = (seconds: number): Reading => ({
      busyMsTotal: 1000 * (seconds + others(seconds)),
      ownMsTotal: 1000 * seconds,
    });
    expect(certified({ sample }).check('others_cpu')).toMatchObject({ verdict: 'ok', value: expect.closeTo(0, 9) });
  });

  it('of time that the hardware gave to others fails, without anyone else at work here', () => {
    const { check } = certified({ sample: processorLoad(0, 0.3) });
    expect(check('steal')).toMatchObject({ verdict: 'failed', value: expect.closeTo(0.3, 9) });
  });

  it.each([
    { throttledShare: 0, verdict: 'ok', status: 'passed' },
    { throttledShare: 0.005, verdict: 'doubt', status: 'passed' },
    { throttledShare: 0.3, verdict: 'failed', status: 'failed' },
  ])(
    'of a run whose quota ran out in $throttledShare of its periods: $status',
    ({ throttledShare, verdict, status }) => {
      const sample = (seconds: number): Reading => ({
        ...quiet(seconds),
        quotaPeriodsTotal: 1000 + seconds * 10,
        // Counters since the group began: only what grew while it was measured counts.
        quotaThrottledPeriodsTotal: 700 + Math.floor(seconds * 10 * throttledShare),
      });
      const { quality, check } = certified({ sample });
      expect(check('quota')).toMatchObject({ verdict });
      expect(quality.status).toBe(status);
    },
  );

  it('is unknown where nothing tells what others did, and where a server did the work', () => {
    expect(certified({ sample: () => ({}) }).quality.status).toBe('unknown');
    const served = measuredRun({ sample: processorLoad(1) }).map(
      (record): RunRecord =>
        record.type === 'answer' ? { ...record, served: { chunks: 4, promptTokens: 20, tokens: 4 } } : record,
    );
    expect(judgeQuality(served, watched, () => 100)?.status).toBe('unknown');
  });

  it.each<{ of: string; reading: (seconds: number) => Reading; name: CheckName; verdict: string; device?: string }>([
    { of: 'swapping', reading: (s) => ({ swappedBytesTotal: s * 1e6 }), name: 'swap', verdict: 'failed' },
    { of: 'a page or two swapped', reading: (s) => ({ swappedBytesTotal: s * 4096 }), name: 'swap', verdict: 'ok' },
    {
      of: 'a hot processor',
      reading: (s) => ({ throttleEventsTotal: s > 9 ? 8 : 7 }),
      name: 'throttling',
      verdict: 'failed',
    },
    { of: 'throttling long ago', reading: () => ({ throttleEventsTotal: 7 }), name: 'throttling', verdict: 'ok' },
    {
      of: 'a hot Mac',
      reading: (s) => ({ thermalPressure: s === 9 ? 'Serious' : 'Nominal' }),
      name: 'throttling',
      verdict: 'failed',
    },
    { of: 'falling clocks', reading: (s) => ({ clockMhz: s > 9 ? 2000 : 3000 }), name: 'clocks', verdict: 'doubt' },
    { of: 'steady clocks', reading: () => ({ clockMhz: 3000 }), name: 'clocks', verdict: 'ok' },
    { of: 'heat', reading: () => ({ temperatureC: 96 }), name: 'temperature', verdict: 'doubt' },
    { of: 'a battery', reading: () => ({ onBattery: true }), name: 'power_source', verdict: 'doubt' },
    { of: 'waiting threads', reading: (s) => ({ stallMsTotal: s * 500 }), name: 'pressure', verdict: 'doubt' },
    {
      of: "others' work on a GPU",
      reading: () => ({ otherGpuProcesses: 1 }),
      name: 'gpu_users',
      verdict: 'failed',
      device: 'cuda',
    },
    { of: 'the same while we use no GPU', reading: () => ({ otherGpuProcesses: 1 }), name: 'gpu_users', verdict: 'ok' },
    {
      of: 'a hot GPU',
      reading: () => ({ gpus: [{ name: 'GPU 0', slowedBy: ['hardware_thermal'] }] }),
      name: 'throttling',
      verdict: 'failed',
      device: 'cuda',
    },
    {
      of: 'a GPU at its limit of power',
      reading: () => ({ gpus: [{ name: 'GPU 0', slowedBy: ['power_cap'] }] }),
      name: 'throttling',
      verdict: 'doubt',
      device: 'cuda',
    },
    {
      of: 'an idle GPU beside a run on the processor',
      reading: () => ({ gpus: [{ name: 'GPU 0', slowedBy: ['hardware_thermal'] }] }),
      name: 'throttling',
      verdict: 'unknown',
    },
  ])('finds $of: $name is $verdict', ({ reading, name, verdict, device = 'cpu' }) => {
    const sample = (seconds: number) => ({ ...quiet(seconds), ...reading(seconds) });
    const { quality, check } = certified({ sample, effective: { device } });
    expect(check(name)).toMatchObject({ verdict });
    expect(quality.status).toBe(verdict === 'failed' ? 'failed' : 'passed');
  });

  it('tells drift from noise', () => {
    const random = seededRandom(3);
    const noisy = Array.from({ length: 320 }, () => 10 + 0.6 * (random() - 0.5));
    const steady = certified({ sample: quiet, paces: noisy });
    expect([steady.check('drift')?.verdict, steady.check('warm_up')?.verdict]).toEqual(['ok', 'ok']);
    const slower = certified({ sample: quiet, paces: noisy.map((pace, i) => pace * (1 + 0.0005 * i)) });
    expect(slower.check('drift')).toMatchObject({ verdict: 'failed', value: expect.closeTo(0.16, 2) });
    expect(slower.check('warm_up')?.verdict).toBe('ok');
    expect(qualityText(slower.quality)).toMatch(/^failed: drift \(1[67] % slower\)/);
    expect(certified({ sample: quiet, paces: [10, 11, 12, 13, 14] }).check('drift')).toMatchObject({
      verdict: 'unknown',
      words: expect.stringContaining('24 are needed'),
    });
  });

  it('of a run that still became faster fails as not warm, and says so once', () => {
    const paces = Array.from({ length: 320 }, (_, i) => 10 * (1 + Math.exp(-i / 60)) + (i % 2) / 10);
    const { quality, check } = certified({ sample: quiet, paces });
    expect(check('drift')?.verdict).toBe('failed');
    expect(check('warm_up')).toMatchObject({
      verdict: 'failed',
      words: expect.stringMatching(/faster over the run.*while it was measured: the engine was not warm yet/),
    });
    const share = expect.stringMatching(/^\d+ % faster$/);
    expect(summarizeQuality([quality]).failedChecks).toContainEqual({ check: 'warm_up', runs: 1, worst: share });
    const records = [...measuredRun({ sample: quiet, paces }), quality];
    const codes = runWarnings(records, questionsWorkload).map(({ code }) => code);
    expect(codes.filter((code) => code === 'drift' || code === 'not_warm')).toEqual(['not_warm']);
    // Nor does it take a watched machine to see it.
    expect(runWarnings(records.slice(0, -1), questionsWorkload).map(({ code }) => code)).toContain('not_warm');
  });

  it('knows nothing of the processors where it was measured for less than half a second', () => {
    const { quality, check } = certified({ sample: processorLoad(1, 0.5), paces: [10] });
    for (const name of ['others_cpu', 'steal', 'pressure'] as const) {
      expect(check(name)).toMatchObject({
        verdict: 'unknown',
        words: expect.stringMatching(/0\.1 s, and below 0\.5 s/),
      });
    }
    expect(quality.status).toBe('unknown');
  });

  it.each([
    { others: 0.03, status: 'passed' },
    { others: 1, status: 'failed' },
  ])('of a run of a second beside $others cores of others has $status', ({ others, status }) => {
    expect(certified({ sample: processorLoad(others), paces: [10, 10] }).quality.status).toBe(status);
  });

  it.each([
    { what: 'never moved in a virtual machine', totalMs: 0, virtualized: true, verdict: 'unknown' },
    {
      what: 'never moved, and nobody says what the machine is',
      totalMs: 0,
      virtualized: undefined,
      verdict: 'unknown',
    },
    { what: 'never moved on metal', totalMs: 0, virtualized: false, verdict: 'ok' },
    { what: 'moved before the run only', totalMs: 300, virtualized: true, verdict: 'ok' },
  ])('finds stolen time $verdict where its counter $what', ({ totalMs, virtualized, verdict }) => {
    const sample = (seconds: number) => ({ ...quiet(seconds), stealMsTotal: totalMs });
    const records = measuredRun({ sample }).map((record) =>
      record.type === 'header' && virtualized !== undefined
        ? { ...record, host: { ...record.host, virtualized } }
        : record,
    );
    const steal = judgeQuality(records, watched, () => 100)?.checks.find(({ name }) => name === 'steal');
    expect(steal?.verdict).toBe(verdict);
  });

  it('doubts a clock that is too coarse for what it timed', () => {
    const settings = { clockResolutionNs: 100_000 };
    expect(certified({ sample: quiet }).check('timer')).toMatchObject({ verdict: 'ok', value: 100 });
    expect(certified({ sample: quiet, paces: [1, 1, 1], effective: { settings } }).check('timer')).toMatchObject({
      verdict: 'doubt',
      value: 100_000,
      words: expect.stringContaining('100 µs'),
    });
  });

  it('of a run that measured nothing does not exist', () => {
    const nothing = measuredRun({ sample: quiet, paces: [] });
    expect(judgeQuality(nothing, watched)).toBeNull();
  });
});

it('warnings of a run say what its quality checks doubt, and the load average only where that tells nothing', () => {
  const codes = (sample: MeasuredRun['sample']) => {
    const records = measuredRun({ sample }).map((record) =>
      record.type === 'header' ? { ...record, host: { ...record.host, loadAverage1m: 9 } } : record,
    );
    const quality = judgeQuality(records, watched, () => 100);
    return runWarnings([...records, ...(quality === null ? [] : [quality])], questionsWorkload).map(({ code }) => code);
  };
  expect(codes(quiet)).not.toContain('busy_host');
  expect(codes(processorLoad(1))).toContain('busy_host');
  expect(codes(() => ({}))).toContain('busy_host');
});

it('the step of a clock is the smallest that it makes', () => {
  let ticks = 0;
  // Every second look falls into the same step of five microseconds.
  expect(clockStepNs(() => Math.floor(ticks++ / 2) * 0.005)).toBe(5000);
});
