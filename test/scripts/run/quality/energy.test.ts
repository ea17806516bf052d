/** Energy of a run whose power is known at every instant. */
import { describe, expect, it } from 'vitest';
import type { ConditionsRecord } from '../../../../scripts/log/records/certificate-records.ts';
import type { RunRecord } from '../../../../scripts/log/run-log-format.ts';
import { type EnergySource, energyFigures } from '../../../../scripts/results/figures/energy.ts';
import { answerRecords } from '../../../collate/run-records.ts';

const nsPerSecond = 1e9;
const meter = 'RAPL package-0';

/** 10 W at rest for five seconds, then 50 W. */
const joulesAt = (seconds: number) => 10 * Math.min(seconds, 5) + 50 * Math.max(0, seconds - 5);

function samples(everySeconds: number, until = 60, name = meter): ConditionsRecord[] {
  return Array.from({ length: Math.floor(until / everySeconds) + 1 }, (_, i) => ({
    type: 'conditions',
    atNs: i * everySeconds * nsPerSecond,
    energy: { [name]: { atNs: i * everySeconds * nsPerSecond, joules: joulesAt(i * everySeconds) } },
  }));
}

/** One answer from second 10 on: a prompt of 20 tokens in 2 s, then 40 gaps of 0.5 s. */
function answer(): Array<Extract<RunRecord, { type: 'answer' }>> {
  const startNs = 10 * nsPerSecond;
  return answerRecords(0, {
    answer: {
      startNs,
      submitNs: startNs,
      promptEvaluatedNs: startNs + 2 * nsPerSecond,
      firstTokenNs: startNs + 2 * nsPerSecond,
      lastTokenNs: startNs + 22 * nsPerSecond,
      tokens: 41,
    },
  }).filter((record) => record.type === 'answer');
}

function energy(change: Partial<EnergySource> = {}) {
  return energyFigures({
    conditions: samples(0.1),
    measurements: answer(),
    device: 'cpu',
    engineStartNs: 5 * nsPerSecond,
    ...change,
  });
}

describe('energy per token', () => {
  it('is power times time over tokens, with and without what the machine takes at rest', () => {
    const figures = energy();
    expect(figures).toMatchObject({ meter, idleWatts: expect.closeTo(10, 6) });
    // 50 W x 20 s / 40 tokens, and 40 W of them.
    expect(figures?.decode).toMatchObject({ gross: expect.closeTo(25, 6), net: expect.closeTo(20, 6) });
    expect(figures?.prefill).toMatchObject({ gross: expect.closeTo(5, 6), net: expect.closeTo(4, 6) });
  });

  it('says how far the sampling may be off: each edge by what was counted between two samples', () => {
    const conditions = samples(1).map(({ energy: said, ...record }) => {
      const counted = said?.[meter];
      // The meter's own instants count, not those of the records.
      return counted === undefined
        ? record
        : { ...record, energy: { [meter]: { ...counted, atNs: counted.atNs + 0.5 * nsPerSecond } } };
    });
    // Both edges lie half-way between two samples that are 50 J apart.
    const expected = Math.sqrt(2 * 25 ** 2) / 1000;
    expect(energy({ conditions })?.decode?.samplingError).toBeCloseTo(expected, 6);
  });

  it('is not given where the samples are too far apart to tell', () => {
    // A sample every seven seconds says nothing of a prompt of two.
    const figures = energy({ conditions: samples(7) });
    expect(figures?.prefill).toBeNull();
    expect(figures?.decode).toBeNull();
    expect(energy({ conditions: samples(1.5) })?.decode).not.toBeNull();
  });

  it('is absent without a meter, and where a server did the work', () => {
    expect(energy({ conditions: [{ type: 'conditions', atNs: 0, clockMhz: 3000 }] })).toBeNull();
    expect(energy({ device: 'server' })).toBeNull();
  });

  it('keeps the gross figure alone where the machine was not watched at rest', () => {
    expect(energy({ engineStartNs: 0 })).toMatchObject({ idleWatts: null, decode: { net: null } });
  });

  it("is the GPU's own for what ran on one, and the processor's for the rest", () => {
    const gpu = 'NVML power.draw of GPU 0, integrated';
    const conditions = samples(0.1).map((record) => {
      const own = record.energy?.[meter] ?? { atNs: 0, joules: 0 };
      return { ...record, energy: { [meter]: own, [gpu]: { ...own, joules: 3 * own.joules } } };
    });
    expect(energy({ conditions, device: 'cuda' })?.meter).toBe(gpu);
    expect(energy({ conditions, device: 'cpu' })?.meter).toBe(meter);
  });
});
