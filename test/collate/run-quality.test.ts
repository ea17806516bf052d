/** Run quality, energy and noise floor, from raw logs to verdicts. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../collate/analysis/analysis.ts';
import { countedRuns, replacedRuns } from '../../collate/analysis/counted-runs.ts';
import { collateAll } from '../../collate/incremental/collate-all.ts';
import { readTable } from '../../collate/tables/read.ts';
import type { Reading } from '../../scripts/log/records/certificate-records.ts';
import type { RunRecord } from '../../scripts/log/run-log-format.ts';
import { runsTable } from '../../scripts/results/runs/runs.ts';
import { judgeQuality } from '../../scripts/run/quality/run-quality.ts';
import { measuredRun, processorLoad, watched } from '../scripts/run/quality/measured-run.ts';
import { linesOf } from './log-factory.ts';
import { outputFolder } from './output-folder.ts';
import { memoryRecords } from './run-records.ts';
import { runsAt, runsInRounds } from './run-rows.ts';

async function rowOf(sample: (seconds: number) => Reading) {
  const output = outputFolder();
  const measured = measuredRun({ sample });
  const samples = measured.filter(({ type }) => type === 'conditions').length;
  const quality = judgeQuality(measured, { ...watched, samples }, () => 100);
  const memory = memoryRecords();
  const records: RunRecord[] = [
    ...measured,
    { type: 'checkpoint', name: 'engine_start', edge: 'start', atNs: 5e8 },
    ...(quality === null ? [] : [quality]),
    { type: 'checkpoint', name: 'engine_start', edge: 'end', atNs: 5e8 },
    ...memory.before,
    ...memory.behind,
    { type: 'end', status: 'completed', atNs: 1e12, endedAt: '2026-03-01T12:17:40.000Z' },
  ];
  output.file('llamacpp/run.txt', linesOf(records));
  await collateAll({ output: output.path });
  return readTable(output.path, runsTable)[0];
}

describe('a row of runs.csv', () => {
  it('has the run quality with the figures behind it', async () => {
    const row = await rowOf((seconds) => ({
      ...processorLoad(1)(seconds),
      clockMhz: 3000 - seconds,
      temperatureC: 50 + seconds,
      swappedBytesTotal: 0,
    }));
    expect(row).toMatchObject({
      status: 'completed',
      certificate: 'failed',
      certificate_failed: 'others_cpu',
      certificate_doubts: null,
      others_cpu_cores: expect.closeTo(1, 6),
      steal_cores: 0,
      swapped_bytes: 0,
      throttle_events: null,
      clock_max_mhz: 2999.5,
      temperature_max_c: 70.5,
      drift: 0,
      warm_up_stable: true,
      timer_step_ns: 100,
      noise_floor: null,
      energy_meter: null,
      joules_per_token_decode: null,
    });
  });

  it('has the energy per token where there is a meter, with and without what the machine takes at rest', async () => {
    // 10 W for half a second, then 60 W. The twenty answers take 30 ms each from t1 to tn: three gaps.
    const joules = (seconds: number) => 10 * Math.min(seconds, 0.5) + 60 * Math.max(0, seconds - 0.5);
    const sample = (seconds: number) => ({
      ...processorLoad(0)(seconds),
      energy: { 'RAPL package-0': { atNs: seconds * 1e9, joules: joules(seconds) } },
    });
    const row = await rowOf(sample);
    // Samples half a second apart cannot tell so short a span, so there is no figure.
    expect(row).toMatchObject({ energy_meter: 'RAPL package-0', idle_watts: 10, joules_per_token_decode: null });
  });

  it('of a log from before there were quality checks has none', async () => {
    const output = outputFolder();
    output.log();
    await collateAll({ output: output.path });
    expect(readTable(output.path, runsTable)[0]).toMatchObject({
      certificate: null,
      others_cpu_cores: null,
      twin: null,
    });
  });
});

describe('a run that failed its quality checks', () => {
  const turn = { session: 's', turn: 3 };
  const [failed, better] = [
    ...runsAt([50], { ...turn, certificate: 'failed' }),
    ...runsAt([100], { ...turn, attempt: 1, certificate: 'passed' }),
  ];
  if (failed === undefined || better === undefined) throw new Error('two runs were made');

  it('gives way to a later try of the same turn that passed', () => {
    expect(countedRuns([failed, better])).toEqual([better]);
    expect(replacedRuns([failed, better])).toEqual([failed]);
  });

  it('stays where no try was better, and where the better run is of another turn or session', () => {
    const worse = { ...better, certificate: 'failed' };
    expect(countedRuns([failed, worse])).toEqual([failed, worse]);
    const elsewhere = [
      { ...better, turn: 4 },
      { ...better, session: 'other' },
    ];
    expect(countedRuns([failed, ...elsewhere])).toEqual([failed, ...elsewhere]);
  });
});

describe('the noise floor', () => {
  const decodeOf = (runs: Parameters<typeof analyze>[0]) =>
    analyze(runs).comparisons[0]?.measures.find(({ measure }) => measure.column === 'decode_tokens_per_s');
  const steady = [100, 100.1, 99.9, 100.2, 99.8, 100];

  it('is what two identical cells differ by, and their twin is in no comparison', () => {
    const runs = [
      ...runsInRounds(steady, { framework: 'a' }),
      ...runsInRounds(
        steady.map((rate) => rate * 1.3),
        { framework: 'a', twin: true },
      ),
      ...runsInRounds(
        steady.map((rate, i) => rate * (1.2 + i / 1e4)),
        { framework: 'b' },
      ),
    ];
    const decode = decodeOf(runs);
    expect(decode).toMatchObject({ noiseFloor: expect.closeTo(0.3, 6), noiseFloorFrom: 'identical cells' });
    // A fifth is clear by every test, and still less than what this machine puts between equals.
    expect(decode?.contenders).toHaveLength(1);
    expect(decode?.contenders[0]?.verdict).toBe('no detectable difference');
    expect(analyze(runs).groups.map(({ key, runs: count }) => [key.framework, count])).toEqual([
      ['a', 6],
      ['b', 6],
    ]);
  });

  it('is what two of so many runs are expected to differ by where no twin was measured', () => {
    const runs = [...runsAt([100, 110, 100, 110], { framework: 'a' }), ...runsAt(steady, { framework: 'b' })];
    expect(decodeOf(runs)).toMatchObject({
      // (ln 1.1 squared + 0.00001) / 8 degrees: 0.03372; times the root of 2 / pi and of 2 / 5.
      noiseFloor: expect.closeTo(0.01716, 4),
      noiseFloorFrom: 'runs within cells',
    });
  });

  it('takes twins of the same session and setting only', () => {
    const runs = [
      ...runsAt([100], { framework: 'a', session: 's' }),
      ...runsAt([130, 131], { framework: 'a', session: 's', threads: 1, twin: true }),
      ...runsAt([130, 131], { framework: 'a', session: 'other', twin: true }),
      ...runsAt([100], { framework: 'b', session: 's' }),
    ];
    expect(decodeOf(runs)).toMatchObject({ noiseFloor: 0, noiseFloorFrom: null });
  });
});
